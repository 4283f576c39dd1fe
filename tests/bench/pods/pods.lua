-- What tests/bench/pods/run measures: how long pods take from being wanted to being ready, and an update from image to Healthy.
local image = "busybox"

local function pod(name)
  return {
    apiVersion = "v1", kind = "Pod", metadata = { name = name },
    spec = {
      terminationGracePeriodSeconds = 0,
      containers = { { name = "main", image = image, command = { "sleep", "3600" } } },
      volumes = { { name = "data", emptyDir = {} } },
    },
  }
end

local function deployment(release)
  return {
    apiVersion = "apps/v1", kind = "Deployment", metadata = { name = "web" },
    spec = {
      replicas = 6, selector = { matchLabels = { app = "web" } },
      strategy = { rollingUpdate = { maxSurge = 2, maxUnavailable = 0 } },
      template = {
        metadata = { labels = { app = "web", release = release } },
        spec = { terminationGracePeriodSeconds = 0, containers = { { name = "main", image = image, command = { "sleep", "3600" } } } },
      },
    },
  }
end

local function measured(name, work)
  local start = zdt.now()
  work()
  zdt.observe(name, (zdt.now() - start) * 1000)
end

return zdt.script {
  name = "pods", title = "How long pods and updates take",
  zdt.step { "Up", run = function(s) measured("cluster up", function() s.target:up() end) end },
  zdt.step { "One pod after another", run = function()
    for i = 1, 10 do
      measured("pod ready", function()
        zdt.k8s.apply(pod("one-" .. i))
        zdt.k8s.wait("Pod", "one-" .. i, "condition=Ready")
      end)
      measured("pod gone", function()
        zdt.k8s.delete("Pod", "one-" .. i)
        zdt.k8s.wait("Pod", "one-" .. i, "delete")
      end)
    end
  end },
  zdt.step { "Many pods at once", run = function()
    measured("20 pods ready", function()
      local pods = {}
      for i = 1, 20 do pods[i] = pod("many-" .. i) end
      zdt.k8s.apply(pods)
      for i = 1, 20 do zdt.k8s.wait("Pod", "many-" .. i, "condition=Ready") end
    end)
    for i = 1, 20 do zdt.k8s.delete("Pod", "many-" .. i) end
  end },
  zdt.step { "An update", run = function()
    zdt.k8s.apply(deployment("first"))
    zdt.rollout.wait("web")
    measured("rollout", function()
      zdt.k8s.apply(deployment("second"))
      zdt.rollout.wait("web")
    end)
  end },
}
