local lab = require "lib.lab"
local pair = require "lib.pair"

local ns = "lab-graceful-shutdown"
local variants = { "problem", "solution" }

-- Seconds of each phase; of the second, at least.
local speeds = {
  normal = { warm_up = 15, sustained = 90, cool_down = 15 },
  fast = { warm_up = 2, sustained = 12, cool_down = 2 },
}

local function speed(s) return speeds[s.params.speed] end

local function tree(variant) return "manifests/labs/graceful-shutdown/" .. variant end
local function url(s) return s.target:url(ns .. "/gateway") .. "/upstream" end

-- What tells the variants apart, asked of the cluster.
local function runs(variant)
  local backend = zdt.k8s.get("deployments", "backend", { ns = ns })
  if not backend or zdt.rollout.status("backend", { ns = ns }).phase ~= "Healthy" then return false end
  return (backend.spec.template.spec.containers[1].lifecycle ~= nil) == (variant == "solution")
end

-- The gateway's own account: it is not restarted, so its log has every failure of the chain behind it, one line each:
-- "upstream GET http://…: 502 refused behind frontend-x after 2ms". Without "behind" it was the gateway's own connection.
local function read_account()
  local account = {}
  for _, pod in ipairs(zdt.k8s.list("pods", { ns = ns, labels = "app.kubernetes.io/name=gateway" })) do
    local log = zdt.k8s.logs(pod.metadata.name, { ns = ns })
    for status, error, rest in log:gmatch("upstream %u+ %S+: (%d+) ([%a_]+)([^\n]*)") do
      local hop = rest:find("behind", 1, true) and "frontend → backend" or "gateway → frontend"
      local key = status .. " " .. error .. " " .. hop
      local entry = account[key] or { status = status, error = error, hop = hop, count = 0, longest_ms = 0 }
      entry.count = entry.count + 1
      entry.longest_ms = math.max(entry.longest_ms, tonumber(rest:match("after (%d+)ms")))
      account[key] = entry
    end
  end
  return account
end

-- `now` without what was there before the load.
local function since(before, now)
  local entries = {}
  for key, entry in pairs(now) do
    entry.count = entry.count - (before[key] and before[key].count or 0)
    if entry.count > 0 then entries[#entries + 1] = entry end
  end
  table.sort(entries, function(a, b)
    return a.status ~= b.status and a.status < b.status or a.status == b.status and a.count > b.count
  end)
  return entries
end

local function count_of(account, status)
  local count = 0
  for _, entry in ipairs(account) do
    if not status or entry.status == status then count = count + entry.count end
  end
  return count
end

local tcp = {
  refused = "SYN, then RST: the port is closed already, or not open yet",
  unreachable = "SYN, then ICMP host unreachable: the pod is gone",
  connect_timeout = "SYN, then silence: the pod is gone, its address is still chosen",
  read_timeout = "SYN, SYN-ACK, request, then silence: who took it waits without a limit, or cannot work yet",
  reset = "SYN, SYN-ACK, request, then RST",
  closed = "SYN, SYN-ACK, request, then FIN before the answer",
}

local function show_account(variant, account)
  local rows = {}
  for _, entry in ipairs(account) do
    rows[#rows + 1] = { entry.status, entry.error, entry.hop, entry.count, ("%d ms"):format(entry.longest_ms),
      tcp[entry.error] or "" }
  end
  if #rows == 0 then rows[1] = { "none", "-", "-", 0, "-", "-" } end
  zdt.table { title = "What TCP did, " .. variant, rows = rows,
    columns = { "status", "X-Upstream-Error", "connection", "requests", "longest", "on the wire" } }
end

-- Reading and writing, slow and quick. A connection for each request, as from many visitors. The load waits for longer
-- than the gateway does (3 s), so that it is the gateway that says 504.
local function start_load(s)
  local chain = url(s)
  s.load = zdt.load.start {
    targets = {
      { url = chain .. "/sleep/0.3", weight = 6 },
      { url = chain .. "/companies", weight = 3 },
      { url = chain .. "/companies", method = "POST", body = '{"name":"a company"}', weight = 1 },
    },
    rate = s.params.rate, keep_alive = false, timeout = "10s", seed = 1,
  }
end

local function stop_load(s)
  local report = s.load and s.load:stop()
  s.load = nil
  return report
end

local function restart_both()
  zdt.rollout.restart("backend", { ns = ns })
  zdt.rollout.restart("frontend", { ns = ns })
  zdt.parallel {
    function() zdt.rollout.wait("backend", { ns = ns, timeout = "3m" }) end,
    function() zdt.rollout.wait("frontend", { ns = ns, timeout = "3m" }) end,
  }
end

local notes = {
  problem = {
    deploy = "Each service stops gracefully, and looks careful. No hook, no probes, and the frontend waits without limits.",
    restart = "kubectl rollout restart of both. Watch the failures: pods close their port while they are still chosen.",
  },
  solution = {
    deploy = "The same programs. solution/shutdown.yaml and solution/timeouts.yaml are all that is new.",
    restart = "The same restart. Each old pod serves for 5 s after its deletion; each new one is chosen when it is ready.",
  },
}

local function deploy(variant)
  return zdt.step { "Deploy the " .. variant, id = "deploy-" .. variant, checkpoint = "deployed-" .. variant,
    timeout = "4m", notes = notes[variant].deploy,
    run = function(s)
      lab.deploy(ns, tree(variant))
      lab.wait_until_answering(url(s) .. "/metadata", 30)
    end,
    undo = function() lab.remove(ns) end,
    verify = function(s) return s.state[variant] ~= nil or runs(variant) end }
end

-- A load that has run for a while, and lost nothing.
local function begin(s)
  s.before = read_account()
  start_load(s)
  zdt.sleep(speed(s).warm_up)
  local now = s.load:snapshot()
  zdt.expect("failed before the restart", now.failed):equals(0)
  zdt.expect("answered before the restart", now.ok):above(0)
end

local function warm_up(variant)
  return zdt.step { "Warm up, " .. variant, id = "warm-up-" .. variant, timeout = "2m",
    notes = "50 requests a second through gateway, frontend and backend; six of ten take 0.3 s. Nothing may fail yet.",
    run = begin,
    undo = function(s) stop_load(s) end }
end

local function restart(variant)
  return zdt.step { "Restart both services, " .. variant, id = "restart-" .. variant, timeout = "5m",
    notes = notes[variant].restart, needs_state = { load = "warm-up-" .. variant },
    run = function(s)
      local began = zdt.now()
      s.load:mark("sustained")
      restart_both()
      zdt.observe("both rolled out after", ("%.1f s"):format(zdt.now() - began))
      lab.wait_until_settled(ns)
      zdt.observe("the last old pod gone after", ("%.1f s"):format(zdt.now() - began))
      zdt.sleep(math.max(0, began + speed(s).sustained - zdt.now()))
    end,
    undo = function(s)
      stop_load(s)
      begin(s)
    end }
end

local function count(variant)
  return zdt.step { "Cool down and count, " .. variant, id = "count-" .. variant, checkpoint = "counted-" .. variant,
    timeout = "2m",
    notes = "Each loss has a status, and the gateway's log says what TCP did to that request.",
    needs_state = { load = "warm-up-" .. variant },
    run = function(s)
      s.load:mark("cool-down")
      zdt.sleep(speed(s).cool_down)
      local report = stop_load(s)
      local account = since(s.before, read_account())
      pair.show_phases(report, "warm-up")
      show_account(variant, account)
      pair.expect_trustworthy(report, s.params.rate * (speed(s).warm_up + speed(s).sustained))
      zdt.expect("losses in the gateway's account", count_of(account)):equals(report.failed)
      local summary = pair.summary(report)
      summary.bad_gateway, summary.gateway_timeout = count_of(account, "502"), count_of(account, "504")
      s.state[variant] = summary
    end,
    verify = function(s) return s.state[variant] ~= nil end }
end

local function compare(s)
  local problem, solution = s.state.problem, s.state.solution
  pair.show("The same load, the same restarts", { { "problem", problem }, { "solution", solution } })
  zdt.table { title = "Told apart", columns = { "status", "problem", "solution" }, rows = {
    { "502 Bad Gateway", problem.bad_gateway, solution.bad_gateway },
    { "504 Gateway Timeout", problem.gateway_timeout, solution.gateway_timeout },
  } }
  pair.say(problem, solution, { "problem", "solution" })
  pair.expect(problem, solution, 40)
  zdt.expect("502 of the problem", problem.bad_gateway):at_least(20)
  zdt.expect("504 of the problem", problem.gateway_timeout):at_least(5)
  zdt.expect("502 of the solution", solution.bad_gateway):equals(0)
  zdt.expect("504 of the solution", solution.gateway_timeout):equals(0)
end

local steps = {}
for _, variant in ipairs(variants) do
  for _, step in ipairs { deploy(variant), warm_up(variant), restart(variant), count(variant) } do
    steps[#steps + 1] = step
  end
end
steps[#steps + 1] = zdt.step { "Side by side", id = "compare",
  notes = "502: somebody said no. 504: nobody said anything. Neither is left.",
  needs_state = { problem = "count-problem", solution = "count-solution" },
  run = compare }

local script = {
  name = "graceful-shutdown",
  title = "Graceful shutdown of a chain",
  about = "Restarts a frontend and its backend under load: 502 and 504 with the usual manifests, none with the careful ones.",
  needs = { "deploy-all" },
  params = { speed = "normal", rate = 50 },
  choices = { speed = { "normal", "fast" } },
  finally_keeps = { "deployed-*", "counted-*" },  -- verify asks for the rest
  finally = function(s)
    stop_load(s)
    lab.remove(ns)
  end,
}
table.move(steps, 1, #steps, 1, script)
return zdt.script(script)
