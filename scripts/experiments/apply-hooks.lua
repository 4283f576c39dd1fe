local endings = require "lib.endings"
local hooks = require "lib.hooks"
local pair = require "lib.pair"
local pool = require "lib.pool"
local shutdowns = require "lib.shutdowns"
local workload = require "lib.workload"

local watched = { labels = workload.pods, service = workload.name, containers = { "app", "envoy" } }

-- Until what the pods before may have cost is over: two seconds of requests without a failure.
local function wait_until_calm(s)
  local failed, ok
  zdt.eventually("two seconds of requests without a failure", { timeout = "60s", every = "100ms" }, function()
    local now = s.load:snapshot()
    if failed ~= now.failed then failed, ok = now.failed, now.ok end
    return now.ok >= ok + 2 * s.params.rate, ("%d failed so far"):format(now.failed)
  end)
end

-- Applies the hooks, and puts what the rollout does on the time axis. fast: all pods at once.
local function apply_hooks(s, record)
  local function apply() workload.apply(workload.trees["after-native-sidecar"]) end
  if workload.is_fast(s) then return pool.at_once(apply) end
  apply()
  local seen
  zdt.rollout.watch(workload.name, { timeout = "5m" }, function(status)
    local now = ("revision %d, %s, weight %d %%, %d of %d updated"):format(status.revision, status.phase, status.weight,
      status.updated, status.replicas)
    if now ~= seen then shutdowns.note(record, "rollout", now) end
    seen = now
  end)
end

-- The load that goes on through all steps; begun here when this run did not come through the step that does.
local function load_of(s)
  if not s.load then
    s.load = zdt.load.start {
      targets = workload.mix(s.target:url("edge")), rate = s.params.rate, seed = 1, follow = { labels = workload.pods },
    }
  end
  return s.load
end

local function phase_of(report, name)
  for _, phase in ipairs(report.phases) do
    if phase.name == name then return phase end
  end
  return { name = name, sent = 0, ok = 0, failed = 0, unfinished = 0 }
end

return zdt.script {
  name = "apply-hooks",
  title = "Lifecycle hooks come to a running system",
  about = "Under load: the hooks are applied, which replaces every pod; postStart opens an Envoy that was closed; from then on "
    .. "every pod that goes drains first. speed=fast leaves out what happens without hooks, and the canary's steps.",
  needs = { "deploy-all" },
  params = { rate = 100, speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "The base runs, without hooks", id = "base", checkpoint = "base",
    notes = "Probes, a graceful stop, a native sidecar: all but the drain.",
    timeout = "5m",
    run = function(s)
      pool.bring_to(s.target, workload.trees.base)
      zdt.expect("hooks of the app", hooks.of_app(pool.a_pod())):equals("")
    end,
    verify = function() return hooks.pool_has("") end },

  zdt.step { "Start the load", id = "load",
    notes = "It goes on to the end; each step is a phase of its own.",
    run = function(s)
      local load = load_of(s)
      zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
        return load:snapshot().ok >= s.params.rate, ("%d ok"):format(load:snapshot().ok)
      end)
      zdt.expect("failed before anything changes", load:snapshot().failed):equals(0)
    end,
    undo = function(s)
      if s.load then s.load:stop() end
      s.load = nil
    end },

  zdt.step { "Without postStart a closed Envoy stays closed", id = "stays-closed",
    notes = "The app is back, and its pod gets no request: nobody told Envoy. Here we do it by hand.",
    timeout = "4m",
    run = function(s)
      if workload.is_fast(s) then return zdt.observe("left out", "speed=fast") end
      load_of(s):mark("app restarted, no hooks")
      local name = hooks.close_envoy_and_restart_app()
      zdt.expect("Envoy is still closed when the app is back", not zdt.envoy.ready("pod/" .. name)):is_true()
      zdt.expect("and its endpoint still not ready", not hooks.endpoint_ready(name)):is_true()
      zdt.envoy.ok_healthcheck("pod/" .. name)
      hooks.wait_for_endpoint(name)
    end,
    undo = function() end },

  zdt.step { "Apply the hooks", id = "apply", checkpoint = "applied",
    notes = "A changed pod template: an update like any other. The pods that go have no hooks yet, so watch what that costs.",
    timeout = "6m",
    run = function(s)
      load_of(s):mark("apply")
      local record = shutdowns.record(watched, function(record)
        record.zero = zdt.now()
        apply_hooks(s, record)
      end)
      wait_until_calm(s)
      endings.show_each(record, "The pods that went, without hooks")
      zdt.expect("the update's end", zdt.rollout.status(workload.name).phase):equals("Healthy")
      zdt.expect("every pod has the hooks", hooks.pool_has("postStart preStop")):is_true()
      local gone = shutdowns.ended(record)
      zdt.expect("pods that went", #gone):at_least(4)
      for _, pod in ipairs(gone) do
        endings.expect_no_drain(pod)
      end
    end,
    undo = function(s) pool.bring_to(s.target, workload.trees.base) end,
    verify = function() return hooks.pool_has("postStart preStop") end },

  zdt.step { "postStart opens Envoy again", id = "reopened",
    notes = "The same again: Envoy closed, the app restarted. Now the hook of the new container opens it.",
    timeout = "4m",
    run = function(s)
      load_of(s):mark("app restarted, hooks")
      local name = hooks.close_envoy_and_restart_app()
      -- The kubelet calls the container started, and asks its probes, only when postStart has returned.
      zdt.expect("postStart has opened Envoy when the app is back", zdt.envoy.ready("pod/" .. name)):is_true()
      hooks.wait_for_endpoint(name)
    end,
    undo = function() end },

  zdt.step { "Every pod that goes drains", id = "drain",
    notes = "A new image, all pods at once. Each old one: Envoy signalled, connections counted down to zero, then SIGTERM.",
    timeout = "6m",
    run = function(s)
      load_of(s):mark("drain")
      local record = shutdowns.record(watched, function(record)
        record.zero = zdt.now()
        pool.at_once(function() zdt.rollout.set_image(workload.name, { app = workload.image("v0.1.2") }) end)
      end)
      load_of(s):mark("end")
      endings.show(record, "What happened, in ms since the update")
      endings.show_each(record, "The pods that went, with hooks")
      local gone = shutdowns.ended(record)
      zdt.expect("pods that went", #gone):at_least(4)
      for _, pod in ipairs(gone) do
        endings.expect_drained(pod)
        endings.expect_endpoint(pod)
        endings.expect_app_first(pod, true)
      end
    end,
    undo = function() end },

  zdt.step { "Count what was lost", id = "count", checkpoint = "counted",
    notes = "Losses of the phase apply are those of pods without hooks. With hooks: none.",
    run = function(s)
      local report = load_of(s):stop()
      s.state.sent, s.state.failed = report.sent, report.failed
      zdt.result(("%s, %d of them while pods without hooks went"):format(pair.lost(report), phase_of(report, "apply").failed))
      pair.show_phases(report)
      pair.expect_trustworthy(report, 10 * s.params.rate)
      zdt.observe("lost while pods without hooks went", phase_of(report, "apply").failed)
      for _, name in ipairs { "app restarted, hooks", "drain", "end" } do
        local phase = phase_of(report, name)
        pair.expect_time_for(report, phase.failed + phase.unfinished)
        zdt.expect(("lost in the phase \"%s\""):format(name), phase.failed + phase.unfinished):equals(0)
      end
    end },

  finally = function(s) pool.bring_to(s.target, workload.trees.base) end,
}
