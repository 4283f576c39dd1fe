local edge = require "lib.edge"
local pair = require "lib.pair"
local urls = require "lib.urls"
local workload = require "lib.workload"

local ill = { name = "k8s-web-pool-ill", tree = "manifests/k8s-app-workload/ill-pod",
  pods = "app.kubernetes.io/name=k8s-web-pool-ill" }
-- Each visitor asks, gets the answer, and asks again, as siege has it: about 125 requests a second.
local everyday_visitors, pause = 15, "50ms"
local pools = { workload.name }
local visitors = 30  -- of the retry demo, without a pause: all of their connections are in use all the time

-- Requests of each load, and how many 5xx the edge without retries has to let through at least: the pod makes two a second.
local speeds = {
  normal = { everyday = 1000, demo = 2000, least_lost = 10 },
  fast = { everyday = 300, demo = 600, least_lost = 4 },
}

local function speed_of(s) return speeds[s.params.speed] end

-- The ill pod's name; how many 503 it says that it has answered.
local function ill_pod()
  return zdt.eventually("there is an ill pod", { timeout = "10s" }, function()
    local pod = zdt.k8s.list("pods", { labels = ill.pods })[1]
    return pod and pod.metadata.name, "there is none"
  end)
end

local function faults_of(pod)
  local metrics = zdt.k8s.exec(pod, { "curl", "-s", "http://127.0.0.1:8000/metrics" }).out
  local sum = 0
  for count in metrics:gmatch('http_requests_total{method="[A-Z]+",code="503"} (%d+)') do sum = sum + tonumber(count) end
  return sum
end

-- Connections stay where they are, and the edge keeps those that it has (4 s without a request): so all are made anew, for as
-- many visitors as come next, and each of these is then used all the time.
local function wait_until_the_ill_pod_answers(s, pod)
  local often = { timeout = "60s", every = "250ms" }
  zdt.eventually("the edge leads to " .. pod, often, function()
    local open = edge.open_connections(workload.name)
    if open > 2 then return false, ("the edge still has %d connections from before"):format(open) end
    local report = zdt.load.start({ url = s.target:url("edge") .. "/sleep/0.1", connections = visitors, requests = visitors })
      :wait()
    return report.pods[pod] ~= nil, ("none of %d connections led there"):format(visitors)
  end)
end

-- The retry demo's list against the edge as it is. Returns the report, and what the edge and the pod counted meanwhile.
local function run_retry_demo(s)
  local pod = ill_pod()
  wait_until_the_ill_pod_answers(s, pod)
  local before, faults = edge.account(pools), faults_of(pod)
  local plan = { targets = urls.targets("retry-demo-urls.txt", s.target:url("edge")), connections = visitors,
    requests = speed_of(s).demo, seed = 1, follow = { labels = "app.zerodt.com/component=web" } }
  local report = zdt.load.start(plan):wait()
  pair.expect_trustworthy(report, plan.requests)
  return report, edge.since(before, pools)[workload.name], faults_of(pod) - faults
end

local function remove_the_ill_pod()
  zdt.k8s.delete("Deployment", ill.name)
  zdt.eventually("the ill pod is gone", { timeout = "50s" }, function()
    return #zdt.k8s.list("pods", { labels = ill.pods }) == 0, "it still terminates"
  end)
end

local function clean_up(s)
  zdt.parallel { remove_the_ill_pod, function() edge.restore(s.target) end }
end

-- Requests of one kind; what the client saw, and what the edge did.
local function ask(s, path, method, connections, requests)
  local before = edge.account(pools)
  local target = { url = s.target:url("edge") .. path, method = method }
  local report = zdt.load.start({ targets = { target }, connections = connections, requests = requests }):wait()
  return report, edge.since(before, pools)[workload.name]
end

return zdt.script {
  name = "load-test",
  title = "A pool that fails now and then, with and without retries",
  about = "The talk's URL lists against the edge; then one pod of the pool answers some requests with 503: what the customer "
    .. "sees without retries, with them, and what no retry heals.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  zdt.step { "An everyday load", id = "everyday",
    notes = "urls.txt of the talk: reads, some writes, some that take 0.3 s. Nothing is wrong, and nothing is lost.",
    run = function(s)
      clean_up(s)  -- nothing to do, unless a run was cut off
      local plan = { targets = urls.targets("urls.txt", s.target:url("edge")), connections = everyday_visitors,
        think_time = pause, requests = speed_of(s).everyday, seed = 1 }
      local report = zdt.load.start(plan):wait()
      pair.expect_trustworthy(report, plan.requests)
      local rows = {}
      for index, url in ipairs(report.urls) do
        rows[index] = { url.method, url.url:match("^http://[^/]+(.*)$"), url.sent, url.ok, url.failed }
      end
      zdt.table { title = "urls.txt", columns = { "method", "path", "sent", "ok", "failed" }, rows = rows }
      pair.expect_time_for(report)
      zdt.expect("failed requests", report.failed):equals(0)
      zdt.expect("unfinished requests", report.unfinished):equals(0)
      zdt.expect("the edge retries", edge.retries(s.target)):equals(false)
    end,
    undo = function() end },

  zdt.step { "One pod falls ill", id = "ill-pod", checkpoint = "ill-pod", timeout = "3m",
    notes = "A fifth pod: it answers one request in half a second with 503, and its probe says that all is well.",
    run = function(s)
      workload.apply(ill.tree)
      zdt.rollout.wait("deployment/" .. ill.name, { timeout = "2m" })
      wait_until_the_ill_pod_answers(s, ill_pod())
    end,
    undo = remove_the_ill_pod,
    verify = function() return workload.is_healthy(ill.name) end },

  zdt.step { "Without retries", id = "naive", timeout = "3m",
    notes = "Every 503 of that pod is a 503 of the customer.",
    run = function(s)
      local report, counted, faults = run_retry_demo(s)
      s.state.naive = pair.summary(report)
      zdt.expect("losses that nobody can be named for", report.unattributed):equals(0)
      zdt.expect("every failure was a 503", report.statuses["503"] or 0):equals(report.failed)
      zdt.expect("503 that the pod says it made", faults):equals(report.failed)
      zdt.expect("5xx that the edge counted", counted.status_5xx):equals(report.failed)
      zdt.expect("retries", counted.retries):equals(0)
    end,
    undo = function() end },

  zdt.step { "Give the edge a retry policy", id = "retry-policy", checkpoint = "retry-policy", timeout = "3m",
    notes = "Two more tries for what may be repeated: GET, HEAD, OPTIONS, PUT, DELETE.",
    run = function(s)
      edge.use(s.target, edge.retry_tree)
      zdt.expect("the edge retries", edge.retries(s.target)):equals(true)
    end,
    undo = function(s) edge.use(s.target, workload.edge_tree) end,
    verify = function(s) return edge.retries(s.target) end },

  zdt.step { "With retries", id = "retries", timeout = "3m", needs_state = { naive = "naive" },
    notes = "The pod fails as before. The customer does not see it; Envoy's statistics do. See also who answered: each 503 "
      .. "costs the edge a connection to the ill pod, and the next one goes where the Service says.",
    run = function(s)
      local report, counted, faults = run_retry_demo(s)
      local fixed = pair.summary(report)
      pair.show("The same load, the same ill pod", { { "no retries", s.state.naive }, { "retries", fixed } })
      pair.say(s.state.naive, fixed, { "no retries", "retries" })
      pair.expect(s.state.naive, fixed, speed_of(s).least_lost)
      zdt.expect("answers of 5xx that the customer saw", (report.statuses["503"] or 0) + (report.statuses["500"] or 0)):equals(0)
      zdt.expect("503 that the pod says it made", faults):above(0)
      zdt.expect("upstream_rq_retry", counted.retries):above(0)
      zdt.expect("upstream_rq_retry_success", counted.retry_success):above(0)
      zdt.expect("retries are the pod's 503", counted.retries):equals(faults)
      zdt.expect("requests to the pool are the customer's and the retries", counted.requests)
        :equals(report.sent + counted.retries)
      zdt.observe("503 that the pod made, and a retry hid", counted.retry_success)
      zdt.observe("connections that the edge cut in order to retry", counted.cut_connections)
      zdt.expect("upstream_rq_retry_limit_exceeded", counted.retry_exhausted):equals(0)
      zdt.expect("upstream_rq_retry_overflow", counted.retry_overflow):equals(0)
    end,
    undo = function() end },

  zdt.step { "What no retry heals", id = "limits", timeout = "3m",
    notes = "What always fails is asked three times for. What the policy does not name, and what may not be repeated, fails once.",
    run = function(s)
      local rows = {}
      local function row(name, report, counted)
        rows[#rows + 1] = { name, report.sent, report.failed, counted.requests, counted.retries, counted.retry_success }
      end
      -- A retry closes the connection that brought the 503, so few lead to the ill pod any more: as many again are made now.
      local posted, of_posted = ask(s, "/sleep/0.5", "POST", 2 * visitors, 8 * visitors)
      local broken, of_broken = ask(s, "/status/503", "GET", 5, 60)
      local thrown, of_thrown = ask(s, "/exception", "GET", 5, 60)
      row("POST /sleep/0.5", posted, of_posted)
      row("GET /status/503", broken, of_broken)
      row("GET /exception", thrown, of_thrown)
      zdt.table { title = "With the retry policy", rows = rows,
        columns = { "request", "sent", "failed", "to the pool", "retries", "healed" } }
      zdt.expect("/status/503: failed", broken.failed):equals(broken.sent)
      zdt.expect("/status/503: retries, two for each", of_broken.retries):equals(2 * broken.sent)
      zdt.expect("/status/503: the pool's load", of_broken.requests):equals(3 * broken.sent)
      zdt.expect("/status/503: given up", of_broken.retry_exhausted):equals(broken.sent)
      zdt.expect("/exception: answers of 500", thrown.statuses["500"]):equals(thrown.sent)
      zdt.expect("/exception: healed", of_thrown.retry_success):equals(of_thrown.retries)
      zdt.expect("POST: retries", of_posted.retries):equals(0)
      zdt.expect("POST: failed", posted.failed):at_least(1)
    end,
    undo = function() end },

  finally = clean_up,
}
