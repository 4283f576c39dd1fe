local endings = require "lib.endings"
local pool = require "lib.pool"
local shutdowns = require "lib.shutdowns"
local workload = require "lib.workload"

local watched = { labels = workload.pods, service = workload.name, containers = { "app", "envoy" } }
local gauge = "http.ingress.downstream_rq_active"

local function hooks_of(container)
  local names = {}
  for _, name in ipairs { "postStart", "preStop" } do
    if (container.lifecycle or {})[name] then names[#names + 1] = name end
  end
  return #names > 0 and table.concat(names, ", ") or "-"
end

-- Shows what is in the pod, and gives it as names: init containers, containers.
local function show_pod(pod, title)
  local rows, names = {}, { initContainers = {}, containers = {} }
  for _, list in ipairs { "initContainers", "containers" } do
    for _, container in ipairs(pod.spec[list] or {}) do
      rows[#rows + 1] = { list, container.name, container.restartPolicy or "-", hooks_of(container), container.image }
      table.insert(names[list], container.name)
    end
  end
  zdt.table { title = title, columns = { "list", "container", "restartPolicy", "hooks", "image" }, rows = rows }
  return names
end

-- The pod in which most requests are under way, as its Envoy counts them.
local function busiest_pod()
  local name, most = nil, 0
  for _, pod in ipairs(pool.running_pods()) do
    local active = zdt.envoy.stats("pod/" .. pod.metadata.name, { filter = "^" .. gauge .. "$" })[gauge] or 0
    if active > most then name, most = pod.metadata.name, active end
  end
  return name, "no request of 5 s is under way"
end

local function start_loads(s)
  local edge, follow = s.target:url("edge"), { labels = workload.pods }
  local quick = zdt.load.start {
    targets = { { url = edge .. "/companies" }, { url = edge .. "/projects" } }, rate = 50, seed = 1, follow = follow,
  }
  zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
    return quick:snapshot().ok >= 50, ("%d ok"):format(quick:snapshot().ok)
  end)
  return quick, zdt.load.start { url = edge .. "/sleep/5", connections = 8, requests = 8, follow = follow }
end

-- Deletes a pod right after requests of 5 s have reached it, and records its end. Keeps in s.state[variant] what became of
-- them, and of 50 quick requests a second meanwhile. Returns the pod's record.
local function end_a_busy_pod(s, variant)
  local quick, slow = start_loads(s)
  local name = zdt.eventually("a pod has requests of 5 s in it", { timeout = "4s", every = "50ms" }, busiest_pod)
  local in_time, slow_report
  local record = shutdowns.record(watched, function(record)
    record.zero = zdt.now()
    zdt.k8s.delete("pod", name)
    in_time = slow:snapshot().ok == 0
    slow_report = slow:wait()
    shutdowns.note(record, "client", ("requests of 5 s: %d ok, %d failed"):format(slow_report.ok, slow_report.failed))
    zdt.rollout.wait(workload.name, { timeout = "2m" })
  end)
  local other = quick:stop()
  zdt.expect("the pod was deleted before the first answer", in_time):is_true()
  s.state[variant] = {
    slow = slow_report.sent, slow_ok = slow_report.statuses["200"] or 0,
    in_pod = (slow_report.pods[name] or { ok = 0 }).ok,
    quick = other.sent, quick_failed = other.failed + other.unfinished,
  }
  endings.show(record, variant .. ": what happened, in ms since the deletion")
  return shutdowns.pod(record, name)
end

local function expect_nothing_lost(seen)
  zdt.expect("requests of 5 s answered with 200", seen.slow_ok):equals(seen.slow)
  zdt.expect("of them by the pod that went", seen.in_pod):at_least(1)
  zdt.expect("quick requests lost meanwhile", seen.quick_failed):equals(0)
end

local function expect_drained(pod, native)
  zdt.expect("connections that the hook waited for", endings.most_connections(pod)):at_least(1)
  endings.expect_drained(pod)
  endings.expect_endpoint(pod)
  endings.expect_app_first(pod, native)
end

-- Envoy as an ordinary container, and nothing that holds it back.
local function deploy_without_envoys_hook(target)
  pool.at_once(function()
    workload.apply(workload.trees["before-native-sidecar"])
    zdt.k8s.patch("rollouts.argoproj.io", workload.name, {
      { op = "test", path = "/spec/template/spec/containers/0/name", value = "envoy" },
      { op = "remove", path = "/spec/template/spec/containers/0/lifecycle" },
    }, { type = "json" })
  end)
  pool.wait_until_gone(target)
end

local function runs_with(envoys_list)
  return function()
    local pod = pool.running_pods()[1]
    if not pod or not workload.is_healthy(workload.name) then return false end
    for _, container in ipairs(pod.spec[envoys_list] or {}) do
      if container.name == "envoy" then return hooks_of(pod.spec.containers[#pod.spec.containers]) ~= "-" end
    end
    return false
  end
end

local function back_to_base(s) pool.bring_to(s.target, workload.trees.base) end

return zdt.script {
  name = "lifecycle-hooks",
  title = "Lifecycle hooks before and after native sidecars",
  about = "The same drain in both worlds: a pod is deleted while requests of 5 s are in it. Shown are what is in the pod, in "
    .. "which order its containers stop, and that the requests are answered. speed=fast leaves out the first, naive one.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "Envoy as an ordinary container, without a hook", id = "without",
    notes = "Both containers get their SIGTERM by themselves. Envoy has nothing to wait for, exits, and takes the requests along.",
    timeout = "5m",
    run = function(s)
      if workload.is_fast(s) then return zdt.observe("left out", "speed=fast") end
      deploy_without_envoys_hook(s.target)
      show_pod(pool.a_pod(), "Without a hook for Envoy")
      end_a_busy_pod(s, "without")
      zdt.expect("requests of 5 s that were lost", s.state.without.slow - s.state.without.slow_ok):at_least(1)
    end,
    undo = back_to_base },

  zdt.step { "Hooks before native sidecars", id = "before", checkpoint = "before",
    notes = "Two containers side by side, and two hooks: the app's drains, Envoy's only lasts longer.",
    timeout = "5m",
    run = function(s)
      pool.bring_to(s.target, workload.trees["before-native-sidecar"])
      local pod = pool.a_pod()
      local names = show_pod(pod, "before-native-sidecar")
      zdt.expect("init containers", #names.initContainers):equals(0)
      zdt.expect("containers", names.containers):equals { "envoy", "app" }
      zdt.expect("Envoy's hooks", hooks_of(pod.spec.containers[1])):equals("preStop")
      zdt.expect("the app's hooks", hooks_of(pod.spec.containers[2])):equals("postStart, preStop")
    end,
    undo = back_to_base,
    verify = runs_with("containers") },

  zdt.step { "Delete a busy pod: ordinary container", id = "before-end",
    notes = "Envoy's hook polls once a second whether the app's port is closed: up to a second passes between the two SIGTERMs.",
    timeout = "3m",
    run = function(s)
      s.before = end_a_busy_pod(s, "before")
      expect_drained(s.before, false)
      expect_nothing_lost(s.state.before)
    end,
    undo = function() end },

  zdt.step { "Hooks with a native sidecar", id = "after", checkpoint = "after",
    notes = "An init container that stays: restartPolicy Always. It has no hook; the kubelet keeps the order.",
    timeout = "5m",
    run = function(s)
      pool.bring_to(s.target, workload.trees["after-native-sidecar"])
      local pod = pool.a_pod()
      local names = show_pod(pod, "after-native-sidecar")
      zdt.expect("init containers", names.initContainers):equals { "envoy" }
      zdt.expect("containers", names.containers):equals { "app" }
      zdt.expect("Envoy's restartPolicy", pod.spec.initContainers[1].restartPolicy):equals("Always")
      zdt.expect("Envoy's hooks", hooks_of(pod.spec.initContainers[1])):equals("-")
      zdt.expect("the app's hooks", hooks_of(pod.spec.containers[1])):equals("postStart, preStop")
    end,
    undo = function(s) pool.bring_to(s.target, workload.trees["before-native-sidecar"]) end,
    verify = runs_with("initContainers") },

  zdt.step { "Delete a busy pod: native sidecar", id = "after-end",
    notes = "Envoy gets its SIGTERM milliseconds after the app has exited, whatever the app took.",
    timeout = "3m",
    run = function(s)
      s.after = end_a_busy_pod(s, "after")
      expect_drained(s.after, true)
      expect_nothing_lost(s.state.after)
    end,
    undo = function() end },

  zdt.step { "Side by side", id = "compare",
    needs_state = { before = "before-end", after = "after-end" },
    notes = "The same drain, one hook less, and an order that nobody has to guess.",
    run = function(s)
      local ends, rows = {}, {}
      if s.before then ends[#ends + 1] = { "before-native-sidecar", s.before } end
      if s.after then ends[#ends + 1] = { "after-native-sidecar", s.after } end
      endings.compare("The pod's end", ends)
      for _, variant in ipairs { "without", "before", "after" } do
        local seen = s.state[variant]
        if seen then rows[#rows + 1] = { variant, seen.slow, seen.slow_ok, seen.in_pod, seen.quick, seen.quick_failed } end
      end
      local said = {}
      for _, variant in ipairs { "without", "before", "after" } do
        local seen = s.state[variant]
        local names = { without = "no hook", before = "ordinary container", after = "native sidecar" }
        if seen then said[#said + 1] = ("%s: %d of %d requests of 5 s lost"):format(names[variant], seen.slow - seen.slow_ok, seen.slow) end
      end
      zdt.result(table.concat(said, ", "))
      zdt.table { title = "Requests", rows = rows,
        columns = { "variant", "of 5 s", "answered 200", "by the pod that went", "quick ones", "lost" } }
    end },

  finally = back_to_base,
}
