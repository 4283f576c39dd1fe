-- Pods that are made to fail in each phase of their life, under a load that must say so.
local ns = "attribution"

local function container(options)
  local env = { { name = "APP_VERSION", value = "v0.1.0" } }
  for name, value in pairs(options.env or {}) do env[#env + 1] = { name = name, value = value } end
  local app = {
    name = "app", image = "zdt/monolith:v0.1.0", env = env, ports = { { name = "http", containerPort = 8000 } },
  }
  if options.hook then app.lifecycle = { preStop = { exec = { command = { "sh", "-c", options.hook } } } } end
  if options.probe ~= false then
    app.readinessProbe = { httpGet = { path = "/health", port = 8000 }, periodSeconds = 1 }
  end
  return app
end

local function deploy(name, options)
  zdt.k8s.apply { apiVersion = "v1", kind = "Namespace", metadata = { name = ns } }
  zdt.k8s.apply({
    apiVersion = "apps/v1", kind = "Deployment", metadata = { name = name },
    spec = {
      replicas = options.replicas or 1, selector = { matchLabels = { app = name } },
      template = {
        metadata = { labels = { app = name } },
        spec = { terminationGracePeriodSeconds = 20, containers = { container(options) } },
      },
    },
  }, { ns = ns })
  zdt.k8s.apply({
    apiVersion = "v1", kind = "Service", metadata = { name = name },
    spec = { selector = { app = name }, ports = { { name = "http", port = 80, targetPort = 8000 } } },
  }, { ns = ns })
  zdt.rollout.wait(name, { ns = ns, timeout = "30s" })
end

-- Until `count` pods get connections: the Service's rules follow its endpoints a second later.
local function wait_until_answering(url, count)
  zdt.eventually(url .. " answers", { timeout = "10s", every = "100ms" }, function()
    local report = zdt.load.start({ url = url .. "/health", connections = 1, requests = 4, keep_alive = false }):wait()
    local pods = 0
    for _ in pairs(report.pods) do pods = pods + 1 end
    return pods == count and report.failed == 0
  end)
end

-- A load of new connections that follows the pods of `name`.
local function start(s, name, path, pods)
  local url = s.target:url(ns .. "/" .. name)
  wait_until_answering(url, pods)
  return zdt.load.start {
    url = url .. path, rate = 50, connections = 200, keep_alive = false, connect_timeout = "1s",
    follow = { labels = "app=" .. name, ns = ns }, self_check = "observe",
  }
end

local function pods_of(name) return zdt.k8s.list("pods", { ns = ns, labels = "app=" .. name }) end

local function wait_for_pods(name, count)
  zdt.eventually(("%s has %d pods"):format(name, count), { timeout = "30s", every = "50ms" }, function()
    return #pods_of(name) == count
  end)
end

local function delete_one(name)
  local pod = pods_of(name)[1].metadata.name
  zdt.k8s.delete("pods", pod, { ns = ns })
  return pod
end

-- At least `least` requests were lost in that phase, by `pod` when it is given, and the sentence has `words`.
local function expect_losses(report, phase, least, words, pod)
  zdt.expect("losses " .. phase, report.verdict.losses_by_phase[phase] or 0):at_least(least)
  for _, loss in ipairs(report.losses) do
    if loss.phase == phase then
      zdt.expect("sentence of " .. phase, loss.sentence):contains(words)
      zdt.expect("version of " .. phase, loss.version):equals("v0.1.0")
      if pod then zdt.expect("pod of " .. phase, loss.pod):equals(pod) end
      return
    end
  end
end

return zdt.script {
  name = "attribution",
  title = "Losses by phase of a pod's life",

  zdt.step { "Before ready", id = "before-ready",
    notes = "Without a readiness probe Kubernetes sends requests to a pod that does not listen yet.",
    run = function(s)
      deploy("slow", { probe = false, env = { STARTUP_DELAY = "1500ms" } })
      local load = start(s, "slow", "/health", 1)
      zdt.k8s.scale("deployment", "slow", 2, { ns = ns })
      zdt.eventually("both pods answer", { timeout = "10s", every = "50ms" }, function()
        local snapshot = load:snapshot()
        return snapshot.failed >= 5 and snapshot.ok >= 150
      end)
      expect_losses(load:stop(), "before-ready", 5, "before its first good answer")
    end },

  zdt.step { "Ready", id = "ready",
    run = function(s)
      deploy("broken", {})
      local load = start(s, "broken", "/exception", 1)
      zdt.eventually("failures", { timeout = "5s", every = "50ms" }, function() return load:snapshot().failed >= 10 end)
      expect_losses(load:stop(), "ready", 10, "while it was ready", pods_of("broken")[1].metadata.name)
    end },

  zdt.step { "Hook", id = "hook",
    notes = "The only pod goes: it is called as long as it serves, while its hook runs.",
    run = function(s)
      local log = "echo '[Kubernetes PreStop] %s' >>/proc/1/fd/1"
      deploy("hooked", { hook = log:format("START") .. "; sleep 2; " .. log:format("END") })
      local load = start(s, "hooked", "/status/503", 1)
      local pod = pods_of("hooked")[1].metadata.name
      zdt.k8s.scale("deployment", "hooked", 0, { ns = ns })
      wait_for_pods("hooked", 0)
      expect_losses(load:stop(), "hook", 50, "while its hook ran", pod)
    end },

  zdt.step { "After SIGTERM", id = "sigterm",
    notes = "A long request keeps the pod draining, with its port closed, while the Service still leads to it.",
    run = function(s)
      deploy("draining", { replicas = 2 })
      local load = start(s, "draining", "/health", 2)
      local url = s.target:url(ns .. "/draining")
      local long = zdt.load.start { url = url .. "/sleep/2", connections = 4, requests = 4 }
      zdt.eventually("long requests", { timeout = "5s", every = "20ms" }, function() return long:snapshot().sent == 4 end)
      local pod = delete_one("draining")
      zdt.expect("long requests that failed", long:wait().failed):equals(0)
      wait_for_pods("draining", 2)
      expect_losses(load:stop(), "after-sigterm", 5, "after SIGTERM", pod)
    end },

  zdt.step { "After exit", id = "exit",
    notes = "It ends at once, and connections still go to it for a second.",
    run = function(s)
      deploy("abrupt", { replicas = 2, env = { GRACEFUL = "off" } })
      local load = start(s, "abrupt", "/health", 2)
      local pod = delete_one("abrupt")
      zdt.eventually("failures", { timeout = "10s", every = "50ms" }, function() return load:snapshot().failed >= 10 end)
      expect_losses(load:stop(), "after-exit", 5, "after it exited", pod)
    end },

  finally = function() zdt.k8s.delete("namespaces", ns) end,
}
