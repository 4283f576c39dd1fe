local arithmetic = require "lib.rolling_arithmetic"
local gotcha_pods = require "lib.gotcha_pods"
local gotchas = require "lib.gotchas"
local lab = require "lib.lab"
local pair = require "lib.pair"

local function replace(gotcha)
  return function(variant)
    return gotcha_pods.replace(gotchas.ns, gotchas.name(gotcha, variant), gotchas.labels(gotcha, variant))
  end
end

-- A step that is complete in itself, so that --only works: pods, load, change, count.
local function gotcha(step)
  local id = step.id
  step.checkpoint, step.timeout = id, "5m"
  step.undo = function() gotchas.undo(id) end
  step.verify = function(s) return s.state[id] ~= nil and gotchas.is_open() end
  return zdt.step(step)
end

local function show_ends(title, result, variants)
  local rows = {}
  for _, variant in ipairs(variants) do
    local pods = result[variant].pods
    rows[#rows + 1] = { variant, ("%.1f s"):format(pods.seconds), pods.exit_code }
  end
  zdt.table { title = title, columns = { "", "from deletion to gone", "exit code" }, rows = rows }
end

-- Of several lengths: connections that all waited for the same answer time would be between two requests together.
local mixed = { "/sleep/0.29", "/sleep/0.37", "/sleep/0.43", "/sleep/0.53", "/sleep/0.61" }

local function shell_form(s)
  local both = { "naive", "fixed" }
  gotchas.lay(s, "shell-form", both)
  local result = gotchas.measure(s, "shell-form", both,
    { paths = mixed, connections = 16, per_second = 36, least = 100, act = replace "shell-form" })
  show_ends("PID 1 is a shell, or the program", result, both)
  pair.expect(result.naive, result.fixed, 4)
  zdt.expect("naive: exit code", result.naive.pods.exit_code):equals(137)
  zdt.expect("naive: seconds, of a grace period of 7", result.naive.pods.seconds):at_least(6.5)
  zdt.expect("fixed: exit code", result.fixed.pods.exit_code):equals(0)
  zdt.expect("fixed: seconds", result.fixed.pods.seconds):below(result.naive.pods.seconds)
end

local function stop_signal(s)
  local both = { "naive", "fixed" }
  gotchas.lay(s, "stop-signal", both)
  local result = gotchas.measure(s, "stop-signal", both,
    { paths = mixed, connections = 16, per_second = 36, least = 100, act = replace "stop-signal" })
  show_ends("SIGTERM, or the signal that the program drains on", result, both)
  pair.expect(result.naive, result.fixed, 4)
  zdt.expect("naive: exit code, 128 + SIGTERM", result.naive.pods.exit_code):equals(143)
  zdt.expect("fixed: exit code", result.fixed.pods.exit_code):equals(0)
end

-- Twice what both pods can do, for 4 s; then little, until what has queued up is done.
local function burst(variant, load)
  load:rate("80/s")
  gotchas.keep_on(load, 4, 80)
  load:rate("10/s")
  zdt.eventually(variant .. ": the queue is gone", { timeout = "60s", every = "200ms" }, function()
    local now = load:snapshot().in_flight
    return now <= 4, now .. " requests wait"
  end)
  gotchas.keep_on(load, 2, 10)  -- a container that has just been killed is started again meanwhile
  local restarts, ready = gotcha_pods.restarts(gotchas.ns, gotchas.labels("liveness", variant))
  return { restarts = restarts, ready = ready }
end

local function liveness(s)
  local both = { "naive", "fixed" }
  gotchas.lay(s, "liveness", both)
  local result = gotchas.measure(s, "liveness", both,
    { paths = { "/sleep/0.2" }, rate = 20, connections = 600, per_second = 10, least = 300,
      touchy = "naive", act = burst })  -- on a busy machine its probe kills before the burst does
  local rows = {}
  for _, variant in ipairs(both) do
    local pods = result[variant].pods
    rows[#rows + 1] = { variant, pods.restarts, ("%d of 2"):format(pods.ready), result[variant].failed }
  end
  zdt.table { title = "A burst of 4 s, twice the capacity", rows = rows,
    columns = { "", "restarts", "ready afterwards", "requests lost" } }
  pair.expect(result.naive, result.fixed, 20)
  zdt.expect("naive: restarts", result.naive.pods.restarts):at_least(2)
  zdt.expect("fixed: restarts", result.fixed.pods.restarts):equals(0)
  zdt.expect("fixed: ready afterwards", result.fixed.pods.ready):equals(2)
end

local function surge(s)
  arithmetic.show { 1, 2, 3, 4, 5, 8, 10, 30 }
  local both, limits = { "naive", "fixed" }, {}
  gotchas.lay(s, "surge", both)
  for _, variant in ipairs { "naive", "fixed", "default" } do
    limits[variant] = arithmetic.of(zdt.k8s.get("deployments", gotchas.name("surge", variant), { ns = gotchas.ns }))
  end
  local seen
  local result = zdt.parallel {
    function()
      return gotchas.measure(s, "surge", both,
        { paths = { "/sleep/0.2" }, rate = 32, per_second = 32, patience = "2s", least = 200, act = replace "surge" })
    end,
    function() seen = replace "surge" "default" end,
  }
  arithmetic.compare(limits, { naive = result.naive.pods, fixed = result.fixed.pods, default = seen })
  pair.expect(result.naive, result.fixed, 10)
end

local function sidecar(s)
  local all = { "naive", "native", "sleep" }
  gotchas.lay(s, "sidecar", all)
  local result = gotchas.measure(s, "sidecar", all,
    { paths = { "/upstream/sleep/0.3" }, rate = 50, per_second = 50, least = 250, act = replace "sidecar" })
  pair.expect(result.naive, result.native, 5)
  pair.expect_time_for(result.sleep)
  zdt.expect("requests that the variant with a longer sleep lost", result.sleep.failed):equals(0)
  zdt.expect("unfinished requests of the variant with a longer sleep", result.sleep.unfinished):equals(0)
end

local function warm_up(s)
  local both = { "naive", "fixed" }
  gotchas.lay(s, "warm-up", both)
  gotchas.warm(s, "warm-up", both, "/companies", 80)
  local result = gotchas.measure(s, "warm-up", both,
    { paths = { "/companies" }, rate = 30, per_second = 30, patience = "2s", least = 150, act = replace "warm-up" })
  pair.expect(result.naive, result.fixed, 20)
end

local rules = {
  { "shell-form", "fixed", "ENTRYPOINT in exec form: signals reach the program" },
  { "stop-signal", "fixed", "STOPSIGNAL is the one that the program drains on" },
  { "liveness", "fixed", "liveness: seldom, patient, and never before readiness" },
  { "surge", "fixed", "maxUnavailable 0 for few replicas, a small maxSurge" },
  { "sidecar", "native", "sidecars go last: native ones, or a longer sleep" },
  { "warm-up", "fixed", "ready means warm" },
}

local function sum_up(s)
  local rows, lost, naive_lost = {}, 0, 0
  for _, rule in ipairs(rules) do
    local result = s.state[rule[1]]
    if result then
      rows[#rows + 1] = { rule[1], result.naive.failed, result[rule[2]].failed, rule[3] }
      lost = lost + result[rule[2]].failed
      naive_lost = naive_lost + result.naive.failed
    end
  end
  zdt.table { title = "The rules", columns = { "gotcha", "naive lost", "fixed lost", "rule" }, rows = rows }
  zdt.result(("%d gotchas: %d requests lost naively, %d with the fixes"):format(#rows, naive_lost, lost))
  zdt.expect("gotchas that were measured", #rows):at_least(1)
  zdt.expect("requests that all fixed variants lost", lost):equals(0)
end

return zdt.script {
  name = "gotchas",
  title = "Six gotchas of zero-downtime deployments",
  about = "Shell-form ENTRYPOINT, STOPSIGNAL, eager liveness, surge arithmetic, sidecars that go first, cold starts: each as it "
    .. "goes wrong and put right, side by side under the same load. Three rows of steps go on at the same time.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "Open the lab", id = "open", checkpoint = "opened", timeout = "3m",
    notes = "A namespace of its own, and one Envoy without retries: every loss arrives at the client.",
    run = function(s)
      lab.remove(gotchas.ns)
      zdt.expect("the router was opened", gotchas.open()):is_true()
    end,
    undo = function() lab.remove(gotchas.ns) end,
    verify = function() return gotchas.is_open() end },

  gotcha { "Shell-form ENTRYPOINT", id = "shell-form", after = "open", run = shell_form,
    notes = "The shell is PID 1, SIGTERM ends there. The pod takes its whole grace period, and clients on kept connections "
      .. "are served until SIGKILL cuts them off. One pair of brackets in the Dockerfile." },

  gotcha { "The wrong STOPSIGNAL", id = "stop-signal", after = "open", run = stop_signal,
    notes = "The program drains on SIGQUIT, like nginx. Kubernetes sends what the image says: SIGTERM, if it says nothing." },

  gotcha { "Liveness faster than readiness", id = "liveness", after = "shell-form", run = liveness,
    notes = "A burst fills the workers, /health waits in the queue, and the eager probe kills pods that were only busy." },

  gotcha { "The sidecar that goes first", id = "sidecar", after = "open", run = sidecar,
    notes = "A proxy to the database exits at SIGTERM while the app still answers. Native sidecar, or a longer sleep." },

  gotcha { "maxSurge and maxUnavailable", id = "surge", after = "sidecar", run = surge,
    notes = "maxSurge rounds up, maxUnavailable rounds down. Below four replicas the default takes nobody away; 50 % of two "
      .. "is half of the capacity, and clients wait." },

  gotcha { "Ready, but cold", id = "warm-up", after = "stop-signal", run = warm_up,
    notes = "The first 30 requests to a new process take 3 s longer. Let the startup probe be those 30 requests." },

  zdt.step { "The rules of uptime", id = "rules", checkpoint = "counted",
    notes = "Six gotchas, six rules. Every number here was counted just now.",
    run = sum_up,
    verify = function(s) return s.state["warm-up"] ~= nil end },

  finally = function() lab.remove(gotchas.ns, "50s") end,
}
