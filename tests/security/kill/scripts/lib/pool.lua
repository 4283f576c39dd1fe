-- A Deployment whose pods start and stop within a second.
local pool = { few = 2, many = 4, name = "pool" }

local labels = { app = pool.name }

pool.service = { apiVersion = "v1", kind = "Service", metadata = { name = pool.name },
  spec = { selector = labels, ports = { { port = 80, targetPort = 8000 } } } }

function pool.apply(version, replicas)
  zdt.k8s.apply { apiVersion = "apps/v1", kind = "Deployment", metadata = { name = pool.name },
    spec = { replicas = replicas, selector = { matchLabels = labels },
      strategy = { rollingUpdate = { maxSurge = 1, maxUnavailable = 0 } },
      template = { metadata = { labels = labels, annotations = { version = version } },
        spec = { terminationGracePeriodSeconds = 1, containers = { {
          name = "app", image = "zdt/monolith:v0.1.0",
          env = { { name = "STARTUP_DELAY", value = "0s" }, { name = "VERSION", value = version } },
          readinessProbe = { httpGet = { path = "/health", port = 8000 }, periodSeconds = 1 } } } } } } }
end

function pool.wait() zdt.rollout.wait("deployment/" .. pool.name, { timeout = "2m" }) end

function pool.is_healthy()
  return zdt.k8s.get("deployment", pool.name) ~= nil and zdt.rollout.status("deployment/" .. pool.name).phase == "Healthy"
end

function pool.runs(version, replicas)
  local deployment = zdt.k8s.get("deployment", pool.name)
  return deployment ~= nil and deployment.spec.template.metadata.annotations.version == version
    and deployment.spec.replicas >= replicas and pool.is_healthy()
end

function pool.note(name) zdt.k8s.apply { apiVersion = "v1", kind = "ConfigMap", metadata = { name = name }, data = { done = "yes" } } end
function pool.has_note(name) return zdt.k8s.get("configmap", name) ~= nil end

return pool
