-- What the gotchas share: one namespace, one router, and variants of a Deployment side by side under the same load.
local lab = require "lib.lab"
local pair = require "lib.pair"

local gotchas = { ns = "lab-gotchas", router = "gotchas-router" }
local trees = "manifests/labs/gotchas/"

-- Seconds of load before what is done, and after it.
local speeds = { normal = { before = 2, after = 3 }, fast = { before = 1, after = 1 } }

function gotchas.speed(s) return speeds[s.params.speed] end

function gotchas.name(gotcha, variant) return ("%s-%s-app"):format(gotcha, variant) end

function gotchas.labels(gotcha, variant)
  return "zdt.dev/gotcha=" .. gotcha .. (variant and ",zdt.dev/variant=" .. variant or "")
end

local function url(s, gotcha, variant, path)
  return ("%s/%s-%s%s"):format(s.target:url(gotchas.ns .. "/" .. gotchas.router), gotcha, variant, path)
end

function gotchas.is_open()
  return zdt.k8s.get("deployments", gotchas.router, { ns = gotchas.ns }) ~= nil
    and zdt.rollout.status(gotchas.router, { ns = gotchas.ns }).phase == "Healthy"
end

-- The namespace and the router. Each gotcha asks for it, so that it also runs alone.
function gotchas.open()
  if gotchas.is_open() then return false end
  local there = zdt.k8s.get("namespaces", gotchas.ns)
  if there and there.metadata.deletionTimestamp then lab.remove(gotchas.ns) end
  zdt.k8s.apply {
    apiVersion = "v1", kind = "Namespace",
    metadata = { name = gotchas.ns, labels = { ["app.kubernetes.io/part-of"] = "zdt-demo" } },
  }
  zdt.k8s.apply(trees .. "router")
  zdt.rollout.wait(gotchas.router, { ns = gotchas.ns, timeout = "2m" })
  return true
end

local function deployments(gotcha)
  return zdt.k8s.list("deployments", { ns = gotchas.ns, labels = gotchas.labels(gotcha) })
end

-- Takes the pods of a gotcha away; the Services stay, and with them the addresses that the router knows.
function gotchas.clear(gotcha)
  for _, deployment in ipairs(deployments(gotcha)) do
    zdt.k8s.delete("deployments", deployment.metadata.name, { ns = gotchas.ns })
  end
end

function gotchas.undo(gotcha)
  gotchas.clear(gotcha)
  zdt.eventually("the pods of " .. gotcha .. " are gone", { timeout = "90s", every = "250ms" }, function()
    local left = #zdt.k8s.list("pods", { ns = gotchas.ns, labels = gotchas.labels(gotcha) })
    return left == 0, left .. " left"
  end)
end

-- Begins a gotcha with new pods, and waits until each of `variants` answers through the router.
function gotchas.lay(s, gotcha, variants)
  gotchas.open()
  if #deployments(gotcha) > 0 then gotchas.undo(gotcha) end
  zdt.k8s.apply(trees .. gotcha)
  local waits = {}
  for _, deployment in ipairs(deployments(gotcha)) do
    waits[#waits + 1] = function()
      zdt.rollout.wait(deployment.metadata.name, { ns = gotchas.ns, timeout = "2m" })
    end
  end
  zdt.parallel(waits)
  waits = {}
  for _, variant in ipairs(variants) do
    waits[#waits + 1] = function() lab.wait_until_answering(url(s, gotcha, variant, "/health")) end
  end
  zdt.parallel(waits)
end

-- Sends `count` requests at once, again and again, until none is answered late: nobody is cold any more.
function gotchas.warm(s, gotcha, variants, path, count)
  local waits = {}
  for _, variant in ipairs(variants) do
    waits[#waits + 1] = function()
      zdt.eventually(gotcha .. "-" .. variant .. " is warm", { timeout = "60s" }, function()
        local report = zdt.load.start { url = url(s, gotcha, variant, path), connections = count, requests = count }:wait()
        return report.failed == 0 and report.latency.max < 1500, ("slowest answer %.0f ms"):format(report.latency.max)
      end)
    end
  end
  zdt.parallel(waits)
end

-- Until `load` has sent, for `seconds` more, what it is to send.
function gotchas.keep_on(load, seconds, per_second)
  local wanted = load:snapshot().sent + math.ceil(seconds * per_second)
  zdt.eventually("the load went on", { timeout = "60s", every = "100ms" }, function()
    local sent = load:snapshot().sent
    return sent >= wanted, ("%d of %d requests"):format(sent, wanted)
  end)
end

-- The counts are complete. That requests left evenly is not asked for: nothing here rests on it, and five loads share the
-- machine with the cluster.
local function expect_counted(report, least)
  zdt.expect("requests sent", report.sent):at_least(least)
  zdt.expect("sent = ok + failed + unfinished", report.ok + report.failed + report.unfinished):equals(report.sent)
  for _, name in ipairs { "dropped_arrivals", "unsent_arrivals", "ports_exhausted" } do
    zdt.expect("self-check: " .. name, report.self_check[name]):equals(0)
  end
end

-- One variant under load. plan  paths; rate or connections; per_second (what comes out of it); least (requests that make a
-- count); patience (of clients that give up; else 15 s); touchy (a variant that may lose something before); act(variant, load).
-- Returns the report's summary, with what `act` returned as .pods.
local function run_variant(s, gotcha, variant, plan)
  local speed = gotchas.speed(s)
  local targets = {}
  for index, path in ipairs(plan.paths) do targets[index] = { url = url(s, gotcha, variant, path) } end
  local load = zdt.load.start {
    targets = targets, rate = plan.rate, connections = plan.connections,
    timeout = plan.patience or "15s", seed = 1, self_check = "observe",
    follow = { labels = gotchas.labels(gotcha, variant), ns = gotchas.ns },
  }
  gotchas.keep_on(load, speed.before, plan.per_second)
  if variant ~= plan.touchy then zdt.expect(variant .. ": failed before", load:snapshot().failed):equals(0) end
  load:mark("change")
  local pods = plan.act(variant, load)
  load:mark("after")
  gotchas.keep_on(load, speed.after, plan.per_second)
  local report = load:stop()
  expect_counted(report, plan.least)
  local summary = pair.summary(report)
  summary.pods = pods
  return summary
end

-- All variants at the same time. Returns their summaries by name, and keeps them for the last step.
function gotchas.measure(s, gotcha, variants, plan)
  local runs = {}
  for index, variant in ipairs(variants) do
    runs[index] = function() return run_variant(s, gotcha, variant, plan) end
  end
  local results, summaries, columns = { zdt.parallel(runs) }, {}, {}
  for index, variant in ipairs(variants) do
    summaries[variant] = results[index]
    columns[index] = { variant, results[index] }
  end
  pair.show(gotcha .. " under the same load", columns)
  gotchas.clear(gotcha)
  s.state[gotcha] = summaries
  return summaries
end

return gotchas
