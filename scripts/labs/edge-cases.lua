local lab = require "lib.lab"
local pair = require "lib.pair"

local ns, tree = "lab-edge-cases", "manifests/labs/edge-cases"
local app, container, labels = "web", "app", "app.kubernetes.io/name=web"
local from, to = "zdt/monolith:v0.1.0", "zdt/monolith:v0.1.2"

-- quiet: how long nothing may fail before an update counts as over.
local speeds = { normal = { rate = 80, quiet = 1.5 }, fast = { rate = 60, quiet = 0.5 } }

-- Each adds one fix to the one before.
local variants = {
  { name = "naive", title = "naive",
    notes = "All three edge cases at once. Every request is a POST: no proxy may send it a second time." },
  { name = "readiness-probe", title = "+ readiness probe",
    notes = "New pods are chosen when they answer, and the old ones wait for them. Premature activation is gone." },
  { name = "graceful-stop", title = "+ graceful stop",
    notes = "What was in flight is answered. But the port closes with SIGTERM, and the ingress has not heard yet." },
  { name = "prestop-delay", title = "+ preStop delay",
    notes = "SIGTERM waits for three seconds, longer than the ingress lags. The line stays at zero." },
}

local causes = { "premature activation", "premature shutdown", "stale upstream", "unknown" }

local function speed(s) return speeds[s.params.speed] end

local function url(s) return s.target:url(ns .. "/ingress") end

-- Runs a shell line in the ingress' pod, and returns what it prints.
local function in_ingress(line)
  local pods = zdt.k8s.list("pods", { ns = ns, labels = "app.kubernetes.io/name=ingress" })
  local answer = zdt.k8s.exec(pods[1].metadata.name, { "sh", "-c", line }, { ns = ns, container = "nginx" })
  if answer.code ~= 0 then zdt.warn(answer.err) end
  zdt.expect(("exit code of `%s` in the ingress' pod"):format(line), answer.code):equals(0)
  return answer.out
end

-- The addresses of the pods that are to stay, as a set.
local function addresses()
  local set = {}
  for _, pod in ipairs(zdt.k8s.list("pods", { ns = ns, labels = labels })) do
    if not pod.metadata.deletionTimestamp and pod.status.podIP then set[pod.status.podIP] = pod.metadata.name end
  end
  return set
end

-- The ingress is late by design: waits until it knows these pods and no others.
local function wait_for_ingress()
  zdt.eventually("the ingress knows the pods", { timeout = "60s", every = "200ms" }, function()
    local missing = addresses()
    for address in in_ingress("cat /tmp/upstreams.conf"):gmatch("server ([%d.]+):%d+ max_fails") do
      if not missing[address] then return false, address .. " is still an upstream" end
      missing[address] = nil
    end
    return next(missing) == nil, (next(missing) or "") .. " is no upstream yet"
  end)
end

local function wait_until_over()
  zdt.rollout.wait(app, { ns = ns, timeout = "2m" })
  lab.wait_until_settled(ns, labels)
  wait_for_ingress()
end

-- A pod without a readiness probe counts as ready before it answers: nothing may fail any more, for a while.
local function wait_until_quiet(s)
  local failed, since = s.load:snapshot().failed, zdt.now()
  zdt.eventually("nothing fails any more", { timeout = "60s", every = "100ms" }, function()
    local now = s.load:snapshot().failed
    if now ~= failed then failed, since = now, zdt.now() end
    return zdt.now() - since >= speed(s).quiet, ("%d failed, the last just now"):format(failed)
  end)
end

local function deploy(s, variant)
  zdt.k8s.apply(("%s/overlays/%s"):format(tree, variant.name))
  wait_until_over()
  lab.wait_until_answering(url(s) .. "/metadata", 9)
end

local function runs(image)
  return zdt.k8s.get("deployments", app, { ns = ns }) ~= nil
    and zdt.rollout.status(app, { ns = ns }).images[container] == image
end

-- New connections only, as a reload of nginx closes idle ones. Half of the requests take 0.5 s: some are always in
-- flight.
local function start_load(s)
  s.load = zdt.load.start {
    targets = {
      { url = url(s) .. "/companies", method = "POST", body = '{"name":"edge cases"}' },
      { url = url(s) .. "/sleep/0.5", method = "POST" },
    },
    headers = { ["Content-Type"] = "application/json" },
    rate = speed(s).rate, keep_alive = false, seed = 1, self_check = "observe",
    follow = { labels = labels, ns = ns },
  }
  zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
    local now = s.load:snapshot()
    return now.ok >= speed(s).rate // 4, ("%d of %d ok"):format(now.ok, speed(s).rate // 4)
  end)
  zdt.expect("failed before the update", s.load:snapshot().failed):equals(0)
end

local function cause_of(address, connected, old, new)
  if new[address] then return "premature activation" end
  if not old[address] then return "unknown" end
  return connected and "premature shutdown" or "stale upstream"
end

-- What nginx wrote about each loss: a pod that was to come, a pod that was to go and had taken the request, or one that
-- was gone already. Returns the count of each cause.
local function losses(old, new)
  local counts = {}
  for _, cause in ipairs(causes) do counts[cause] = 0 end
  for line in in_ingress("cat /tmp/losses.log"):gmatch("[^\n]+") do
    local address, connect_time = line:match("^%S+ %S+ ([%d.]+):%d+ (%S+) ")
    local cause = cause_of(address, connect_time ~= "-", old, new)
    counts[cause] = counts[cause] + 1
  end
  return counts
end

local function update(s)
  local old = addresses()
  in_ingress(": >/tmp/losses.log")
  start_load(s)
  s.load:mark("update")
  zdt.rollout.set_image(app, { [container] = to }, { ns = ns })
  wait_until_over()
  wait_until_quiet(s)
  local report = s.load:stop()
  s.load = nil
  return report, losses(old, addresses())
end

local function total(counts)
  local sum = 0
  for _, cause in ipairs(causes) do sum = sum + counts[cause] end
  return sum
end

local function deploy_step(index, variant)
  return zdt.step { "Deploy: " .. variant.title, id = "deploy-" .. variant.name,
    checkpoint = "deployed-" .. variant.name, timeout = "4m",
    notes = ("manifests/labs/edge-cases/overlays/%s. Three pods of v0.1.0."):format(variant.name),
    run = function(s) deploy(s, variant) end,
    undo = function(s)
      if index > 1 then return deploy(s, variants[index - 1]) end
      for _, kind in ipairs { "deployments", "services" } do zdt.k8s.delete(kind, app, { ns = ns }) end
      lab.wait_until_settled(ns, labels)
    end,
    verify = function(s) return s.state[variant.name] ~= nil or runs(from) end }
end

local function update_step(variant)
  return zdt.step { "Update: " .. variant.title, id = "update-" .. variant.name,
    checkpoint = "updated-" .. variant.name, timeout = "4m", notes = variant.notes,
    run = function(s)
      local report, counts = update(s)
      pair.expect_trustworthy(report, 3 * speed(s).rate)
      zdt.expect("losses that the ingress saw too", total(counts)):equals(report.failed)
      for _, cause in ipairs(causes) do zdt.observe(cause, counts[cause]) end
      s.state[variant.name] = pair.summary(report)
      s.state[variant.name].causes = counts
    end,
    undo = function(s) deploy(s, variant) end,
    verify = function(s) return s.state[variant.name] ~= nil end }
end

local function show_causes(s)
  local columns, rows = { "lost by" }, {}
  for index, variant in ipairs(variants) do columns[index + 1] = variant.title end
  for row, cause in ipairs(causes) do
    rows[row] = { cause }
    for index, variant in ipairs(variants) do rows[row][index + 1] = s.state[variant.name].causes[cause] end
  end
  zdt.table { title = "Each fix takes one kind of loss away", columns = columns, rows = rows }
end

-- The fix at `index` ends `cause`, and every variant before it has it.
local function expect_fixed(s, cause, index)
  for at, variant in ipairs(variants) do
    local lost = zdt.expect(("%s, %s"):format(cause, variant.title), s.state[variant.name].causes[cause])
    if at < index then lost:at_least(5) else lost:equals(0) end
  end
end

local script = {
  name = "edge-cases",
  title = "Edge cases of a rolling update behind an ingress",
  about = "An ingress that goes to the pods themselves, and hears of changes 0.7 s late. Three kinds of loss, "
    .. "three fixes, added one at a time.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "Start the ingress", id = "ingress", checkpoint = "ingress", timeout = "4m",
    notes = "nginx, and a controller of fifty lines that follows the EndpointSlices. client -> nginx -> pod addresses.",
    run = function(s)
      lab.deploy(ns, tree .. "/ingress")
      lab.wait_until_answering(url(s) .. "/ingress/health")
    end,
    undo = function() lab.remove(ns) end,
    verify = function(s)
      return s.state["prestop-delay"] ~= nil or zdt.k8s.get("deployments", "ingress", { ns = ns }) ~= nil
    end },

  finally = function() lab.remove(ns) end,
}

for index, variant in ipairs(variants) do
  script[#script + 1] = deploy_step(index, variant)
  script[#script + 1] = update_step(variant)
end

local measured = {}
for _, variant in ipairs(variants) do measured[variant.name] = "update-" .. variant.name end

script[#script + 1] = zdt.step { "Compare", id = "compare", needs_state = measured,
  notes = "Same image, same load, same update. Read the diagonal.",
  run = function(s)
    local shown = {}
    for index, variant in ipairs(variants) do shown[index] = { variant.title, s.state[variant.name] } end
    pair.show("The same update, one fix more each time", shown)
    show_causes(s)
    expect_fixed(s, "premature activation", 2)
    expect_fixed(s, "premature shutdown", 3)
    expect_fixed(s, "stale upstream", 4)
    expect_fixed(s, "unknown", 1)
    pair.say(s.state.naive, s.state["prestop-delay"], { "naive", "all three fixes" })
    pair.expect(s.state.naive, s.state["prestop-delay"], 15)
  end }

return zdt.script(script)
