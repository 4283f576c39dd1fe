-- The drain hooks of the pool's app, and what an Envoy does whose app is started anew.
local pool = require "lib.pool"
local workload = require "lib.workload"

local hooks = {}
local connections = "http.ingress.downstream_cx_active"

local function status_of(pod, container)
  for _, list in ipairs { "initContainerStatuses", "containerStatuses" } do
    for _, status in ipairs(pod and pod.status[list] or {}) do
      if status.name == container then return status end
    end
  end
  return { restartCount = 0, ready = false }
end

function hooks.of_app(pod)
  for _, container in ipairs(pod and pod.spec.containers or {}) do
    if container.name == "app" then
      local lifecycle = container.lifecycle or {}
      return (lifecycle.postStart and "postStart " or "") .. (lifecycle.preStop and "preStop" or "")
    end
  end
  return "no app"
end

function hooks.pool_has(wanted)
  for _, pod in ipairs(pool.running_pods()) do
    if hooks.of_app(pod) ~= wanted then return false end
  end
  return workload.is_healthy(workload.name)
end

-- Whether the Service's endpoint of this pod is ready.
function hooks.endpoint_ready(name)
  for _, slice in ipairs(zdt.k8s.list("endpointslices", { labels = "kubernetes.io/service-name=" .. workload.name })) do
    for _, endpoint in ipairs(slice.endpoints or {}) do
      if endpoint.targetRef and endpoint.targetRef.name == name then return endpoint.conditions.ready end
    end
  end
  return false
end

-- Until nobody is connected to the pod any more: what the preStop hook waits for, too.
local function wait_until_unused(envoy)
  local zeros = 0
  zdt.eventually("nobody is connected to it, three looks in a row", { timeout = "60s", every = "1s" }, function()
    local active = zdt.envoy.stats(envoy, { filter = "^" .. connections .. "$" })[connections]
    zeros = active == 0 and zeros + 1 or 0
    return zeros >= 3, ("%s connections"):format(active)
  end)
end

-- Envoy is told to fail its health check, as a preStop hook does; then the app alone ends and is started again. Returns the
-- pod's name when its app is ready again.
function hooks.close_envoy_and_restart_app()
  local pod = pool.a_pod()
  local name = pod.metadata.name
  local envoy = "pod/" .. name
  zdt.expect("Envoy takes traffic at first", zdt.envoy.ready(envoy)):is_true()
  zdt.envoy.fail_healthcheck(envoy)
  zdt.expect("fail_healthcheck closes Envoy", not zdt.envoy.ready(envoy)):is_true()
  zdt.eventually("its endpoint is not ready", { timeout = "30s", every = "100ms" }, function()
    return not hooks.endpoint_ready(name), "it is still ready"
  end)
  wait_until_unused(envoy)
  local before = zdt.k8s.get("pod", name)
  -- Its exit code says nothing: the shell may go down with the container.
  zdt.k8s.exec(name, { "sh", "-c", "kill 1" }, { container = "app" })
  local after = zdt.eventually("the app runs again, and is ready", { timeout = "60s", every = "200ms" }, function()
    local now = zdt.k8s.get("pod", name)
    local app = status_of(now, "app")
    return app.restartCount > status_of(before, "app").restartCount and app.ready and now,
      ("%d restarts, ready %s"):format(app.restartCount, app.ready)
  end)
  zdt.expect("restarts of Envoy meanwhile", status_of(after, "envoy").restartCount - status_of(before, "envoy").restartCount)
    :equals(0)
  return name
end

function hooks.wait_for_endpoint(name)
  zdt.eventually("its endpoint is ready again", { timeout = "30s", every = "100ms" }, function()
    return hooks.endpoint_ready(name), "it is not"
  end)
end

return hooks
