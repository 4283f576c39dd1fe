local conditions = require "lib.conditions"
local edge = require "lib.edge"
local pair = require "lib.pair"
local statistics = require "lib.statistics"
local workload = require "lib.workload"

local old, new = "asg-web-pool", "k8s-web-pool"
local both = { old, new }
local confidence = 0.999  -- a count outside of these bounds happens by chance once in 1,000

-- What is measured at each stage, in requests: the rarer the share, the more it takes to see it.
local stages = {
  ["99-asg-1-k8s"] = { asg = 99, k8s = 1, normal = 1500, fast = 800 },
  ["50-asg-50-k8s"] = { asg = 50, k8s = 50, normal = 900, fast = 300 },
  ["100-k8s"] = { asg = 0, k8s = 100, normal = 600, fast = 120 },
}
-- Visitors who ask, get the answer, and ask again after a while: about 45 requests a second while the weights change, and
-- 150 while a stage is measured.
local few, many = { connections = 10, think_time = "100ms" }, { connections = 25, think_time = "50ms" }

local function samples_of(s, stage) return stages[stage][s.params.speed] end

-- Asserts it, and adds to what the last step tells.
local function expect_nothing_lost(s, what, report)
  pair.expect_time_for(report)
  zdt.expect("requests lost " .. what, report.failed):equals(0)
  zdt.expect("requests unfinished " .. what, report.unfinished):equals(0)
  s.state.sent = (s.state.sent or 0) + report.sent
  s.state.lost = (s.state.lost or 0) + report.failed + report.unfinished
end

-- Both pools: every replica is ready.
local function expect_healthy()
  for _, pool in ipairs { old, new } do
    local status = zdt.rollout.status(pool)
    zdt.expect(pool .. " is healthy", status.phase):equals("Healthy")
    zdt.expect(pool .. ": pods ready", status.ready):at_least(status.replicas)
  end
end

-- Starts visitors; without `requests` they come until they are stopped.
local function visit(s, visitors, requests)
  return zdt.load.start { targets = workload.mix(s.target:url("edge")), connections = visitors.connections,
    think_time = visitors.think_time, requests = requests, seed = 1,
    follow = { { labels = edge.pods }, { labels = "app.zerodt.com/component=web" } } }
end

-- Changes the edge while visitors keep coming, and does not stop before every new connection leads to the new one.
local function change_under_load(s, what, change)
  local load = visit(s, few)
  change()
  local report = load:stop()
  expect_nothing_lost(s, "while the edge changed to " .. what, report)
end

local function go_to(s, stage)
  change_under_load(s, stage, function() edge.use(s.target, edge.split_trees .. stage) end)
  zdt.expect("weights that the edge uses", edge.weights(s.target))
    :equals { [old] = stages[stage].asg, [new] = stages[stage].k8s }
end

-- Back to the edge of deploy-all, which knows the new pool only.
local function go_to_the_beginning(s)
  change_under_load(s, "the base", function() edge.use(s.target, workload.edge_tree) end)
  zdt.expect("weights that the edge uses", next(edge.weights(s.target)) == nil and "none" or "some"):equals("none")
end

-- Notes every pod of both pools that was ready and is not any more, until it is ended.
local function watch_the_pools(fallen)
  local ready = {}
  zdt.k8s.watch("pods", { labels = "app.zerodt.com/component=web", timeout = "10m" }, function(_, pod)
    local name, is_ready = pod.metadata.name, conditions.is_true(pod, "Ready")
    if ready[name] and not is_ready then fallen[#fallen + 1] = name end
    ready[name] = is_ready
  end)
end

local function pool_counts(report)
  local ok, failed = { [old] = 0, [new] = 0 }, { [old] = 0, [new] = 0 }
  for pod, count in pairs(report.pods) do
    for _, pool in ipairs { old, new } do
      if pod:sub(1, #pool + 1) == pool .. "-" then
        ok[pool], failed[pool] = ok[pool] + count.ok, failed[pool] + count.failed
      end
    end
  end
  return ok, failed
end

-- Each pool's p50 and p99, when the edge has brought them up to date.
local function latencies(s, ok)
  return zdt.eventually("the edge knows each pool's latency", { timeout = "20s", every = "250ms" }, function()
    local seen = {}
    for _, pool in ipairs { old, new } do
      seen[pool] = edge.latency(s.target, pool) or { p50 = "-", p99 = "-" }
      if ok[pool] > 0 and seen[pool].p50 == "-" then return false, "nothing yet of " .. pool end
    end
    return seen
  end)
end

local function show(stage, samples, rows_of)
  local rows = {}
  for _, pool in ipairs { old, new } do rows[#rows + 1] = rows_of(pool) end
  zdt.table { title = ("%s: %d requests, and what chance allows with a confidence of %.1f %%"):format(stage, samples,
      100 * confidence),
    columns = { "pool", "weight", "allowed", "measured", "share", "edge counted", "failed", "5xx", "p50", "p99" }, rows = rows }
end

-- Sends the stage's requests, tells who answered, and asserts it.
local function measure(s, stage)
  local samples = samples_of(s, stage)
  local before = edge.account(both)
  local fallen = {}
  local report = zdt.parallel({
    function() return visit(s, many, samples):wait() end,
    function() watch_the_pools(fallen) end,
  }, { beside_first = true })
  local ok, failed = pool_counts(report)
  local seen, counted = latencies(s, ok), edge.since(before, both)
  local others = counted.all - report.sent  -- why the two counts differ, if they do
  if others ~= 0 then zdt.observe("requests at the edge that were not ours", others) end
  expect_nothing_lost(s, "at " .. stage, report)
  zdt.expect("pods that were ready and fell meanwhile", table.concat(fallen, ", ")):equals("")
  show(stage, samples, function(pool)
    local weight = pool == old and stages[stage].asg or stages[stage].k8s
    local low, high = statistics.binomial_bounds(samples, weight / 100, confidence)
    local at_edge, ours = counted[pool], ok[pool] + failed[pool]
    zdt.expect(("%s: requests, %d %% of %d"):format(pool, weight, samples), ok[pool]):at_least(low)
    zdt.expect(("%s: requests, %d %% of %d"):format(pool, weight, samples), ok[pool]):at_most(high)
    zdt.expect(pool .. ": what the edge counted is what the client counted", at_edge.requests):equals(ours)
    zdt.expect(pool .. ": answers of 5xx", at_edge.status_5xx):equals(0)
    return { pool, weight .. " %", ("%d to %d"):format(low, high), ok[pool], ("%.2f %%"):format(100 * ok[pool] / samples),
      at_edge.requests, failed[pool], at_edge.status_5xx, seen[pool].p50, seen[pool].p99 }
  end)
  s.state.measured = s.state.measured or {}
  table.insert(s.state.measured, { stage = stage, samples = samples, asg = ok[old], k8s = ok[new] })
  expect_healthy()
end

local function stage_step(title, stage, notes, back)
  return zdt.step { title, id = stage, checkpoint = stage, notes = notes, timeout = "4m",
    run = function(s)
      go_to(s, stage)
      measure(s, stage)
    end,
    undo = back,
    verify = function(s) return edge.weights(s.target)[new] == stages[stage].k8s end }
end

local function back_to(stage)
  return function(s) go_to(s, stage) end
end

return zdt.script {
  name = "traffic-split",
  title = "From the old pool to Kubernetes, by weights at the edge",
  about = "99/1, 50/50, 100, and back again: every stage is a manifest, every share is measured, nothing is lost on the way.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "Both pools serve", id = "pools", checkpoint = "pools",
    notes = "asg-web-pool stands for the virtual machines: the application alone. k8s-web-pool: the same behind Envoy.",
    run = function(s)
      expect_healthy()
      edge.restore(s.target)  -- where deploy-all left it, unless a run was cut off
      zdt.expect("weights that the edge uses", next(edge.weights(s.target)) == nil and "none" or "some"):equals("none")
      s.state.sent, s.state.lost, s.state.measured = 0, 0, {}
    end,
    undo = function() end,
    verify = function() return workload.is_healthy(old) and workload.is_healthy(new) end },

  stage_step("One request in a hundred to Kubernetes", "99-asg-1-k8s",
    "The canary. One hundredth of 1,500 is 15 on average, and anything from 4 to 29 is chance. Back: the edge of deploy-all.",
    go_to_the_beginning),

  stage_step("Half of them", "50-asg-50-k8s",
    "Enough on both sides to compare latency and errors. One key back, and 99 of 100 are with the old pool again.",
    back_to "99-asg-1-k8s"),

  stage_step("All of them", "100-k8s",
    "The old pool still stands, and answers nobody. As long as it stands, the way back is one key.",
    back_to "50-asg-50-k8s"),

  zdt.step { "The way back", id = "way-back", timeout = "6m",
    notes = "A way back that was never gone is a hope. This is what the key does, under load, and the share is measured.",
    run = function(s)
      back_to "50-asg-50-k8s" (s)
      measure(s, "50-asg-50-k8s")
      if s.params.speed == "normal" then go_to(s, "100-k8s") end  -- and forward again
    end,
    undo = function(s) go_to(s, "100-k8s") end },

  zdt.step { "What the migration cost", id = "result", needs_state = { measured = "pools" },
    run = function(s)
      local rows = {}
      for _, each in ipairs(s.state.measured) do rows[#rows + 1] = { each.stage, each.samples, each.asg, each.k8s } end
      zdt.table { title = "The migration", columns = { "stage", "requests", old, new }, rows = rows }
      zdt.result(pair.lost { sent = s.state.sent, failed = s.state.lost, unfinished = 0 } .. " on the way from the old pool to the new one")
      zdt.observe("requests sent", s.state.sent)
      zdt.expect("requests lost on the whole way", s.state.lost):equals(0)
      zdt.expect("requests sent", s.state.sent):at_least(1500)
    end },

  finally = function(s) edge.restore(s.target) end,
}
