-- What Kubernetes promises about starting and stopping pods, asked of the cluster at hand: the same on the rehearsal cluster
-- and on a real one. Where the two differ, the real one is right.
local ns = "zdt-contract"
local image = "busybox:1.36"

local function shell(command) return { "sh", "-c", command } end

-- A pod that sleeps, and ends on SIGTERM after `linger` seconds.
local function patient(linger)
  return shell(("trap 'echo TERM; sleep %s; exit 0' TERM; echo up; while :; do sleep 0.1; done"):format(linger or 0))
end

local function container(fields)
  fields.image = image
  fields.name = fields.name or "main"
  fields.command = fields.command or patient()
  return fields
end

local function pod(name, spec, labels)
  spec.terminationGracePeriodSeconds = spec.terminationGracePeriodSeconds or 20
  return { apiVersion = "v1", kind = "Pod", metadata = { name = name, labels = labels or { app = name } }, spec = spec }
end

local function apply(objects) zdt.k8s.apply(objects, { ns = ns }) end

local function ready(name) zdt.k8s.wait("pod", name, "condition=Ready", { ns = ns, timeout = "120s" }) end

-- Deletes the pod and returns its last state that a watch has seen, and how long it took to go.
local function end_of(name)
  local last, began = nil, zdt.now()
  zdt.parallel {
    function()
      zdt.k8s.watch("pods", { ns = ns, name = name, timeout = "60s" }, function(kind, object)
        last = object
        return kind ~= "DELETED"
      end)
    end,
    function()
      zdt.eventually("the watch sees it", { timeout = "10s", every = "20ms" }, function() return last ~= nil end)
      zdt.k8s.delete("pod", name, { ns = ns })
    end,
  }
  return last, zdt.now() - began
end

local function state_of(object, name)
  for _, list in ipairs { object.status.containerStatuses or {}, object.status.initContainerStatuses or {} } do
    for _, status in ipairs(list) do
      if status.name == name then return status.state, status end
    end
  end
end

local function endpoint_of(service, name)
  for _, slice in ipairs(zdt.k8s.list("endpointslices", { ns = ns, labels = "kubernetes.io/service-name=" .. service })) do
    for _, endpoint in ipairs(slice.endpoints or {}) do
      if endpoint.targetRef and endpoint.targetRef.name == name then return endpoint.conditions end
    end
  end
end

local function service(name)
  return { apiVersion = "v1", kind = "Service", metadata = { name = name },
    spec = { selector = { app = name }, ports = { { port = 80, targetPort = 8080 } } } }
end

-- How many pods of a Deployment a watch has seen at most, and how few ready at least, while `change` runs.
local function bounds_during(deployment, change)
  local pods, most, least, done = {}, 0, math.huge, false
  local function count()
    local all, up = 0, 0
    for _, is_ready in pairs(pods) do
      all = all + 1
      if is_ready then up = up + 1 end
    end
    most, least = math.max(most, all), math.min(least, up)
  end
  local function is_ready(object)
    for _, condition in ipairs(object.status and object.status.conditions or {}) do
      if condition.type == "Ready" then return condition.status == "True" end
    end
    return false
  end
  for _, object in ipairs(zdt.k8s.list("pods", { ns = ns, labels = "app=" .. deployment })) do
    pods[object.metadata.name] = is_ready(object)
  end
  zdt.parallel {
    function()
      zdt.k8s.watch("pods", { ns = ns, labels = "app=" .. deployment, timeout = "120s" }, function(kind, object)
        -- Kubernetes counts pods that terminate no more.
        local gone = kind == "DELETED" or object.metadata.deletionTimestamp ~= nil
        if gone then pods[object.metadata.name] = nil else pods[object.metadata.name] = is_ready(object) end
        count()
        return not done
      end)
    end,
    function()
      change()
      done = true
      -- One more event, so that the watch looks at `done`.
      zdt.k8s.patch("pods", next(pods), { metadata = { annotations = { done = "yes" } } }, { ns = ns, type = "merge" })
    end,
  }
  return most, least
end

return zdt.script {
  name = "contract",
  title = "What Kubernetes promises about starting and stopping pods",

  finally = function()
    if zdt.k8s.get("namespaces", ns) then
      zdt.k8s.delete("namespaces", ns)
      zdt.k8s.wait("namespaces", ns, "delete", { timeout = "120s" })
    end
  end,

  zdt.step { "A namespace", run = function()
    zdt.k8s.apply { apiVersion = "v1", kind = "Namespace", metadata = { name = ns } }
    zdt.k8s.wait("serviceaccounts", "default", "exists", { ns = ns })
  end },

  zdt.step { "Init containers run in order, a native sidecar before the rest", id = "start", after = "a-namespace",
    run = function()
      apply { pod("start", {
        initContainers = {
          container { name = "first", command = shell "sleep 1; date +%s%N >/pod/first", volumeMounts = { { name = "work", mountPath = "/pod" } } },
          container { name = "sidecar", restartPolicy = "Always", volumeMounts = { { name = "work", mountPath = "/pod" } },
            command = shell "test -f /pod/first && touch /pod/order; sleep 1; touch /pod/up; trap exit TERM; while :; do sleep 0.1; done",
            startupProbe = { exec = { command = { "test", "-f", "/pod/up" } }, periodSeconds = 1 } },
        },
        containers = { container { command = shell "test -f /pod/up && test -f /pod/order && echo in-order; trap exit TERM; while :; do sleep 0.1; done",
          volumeMounts = { { name = "work", mountPath = "/pod" } } } },
        volumes = { { name = "work", emptyDir = { medium = "" } } },
      }) }
      ready "start"
      zdt.eventually("the main container finds all in order", { timeout = "20s" }, function()
        local log = zdt.k8s.logs("start", { ns = ns, container = "main" })
        return log:find("in-order", 1, true) ~= nil, log
      end)
    end },

  zdt.step { "The end: main containers first, then sidecars; a hook before the signal", id = "stop", after = "a-namespace",
    run = function()
      apply { pod("stop", {
        initContainers = { container { name = "sidecar", restartPolicy = "Always" } },
        containers = { container { command = patient(2), lifecycle = { preStop = { exec = { command = shell "sleep 2" } } } } },
      }) }
      ready "stop"
      local last, took = end_of "stop"
      local main, sidecar = state_of(last, "main"), state_of(last, "sidecar")
      zdt.expect("seconds for a hook of 2 s and an end of 2 s", took):at_least(4)
      zdt.expect("seconds, well below the grace period", took):below(15)
      zdt.expect("exit code of the main container", main.terminated and main.terminated.exitCode):equals(0)
      zdt.expect("the sidecar ended", sidecar.terminated ~= nil):is_true()
      zdt.expect("the sidecar ended not before the main container",
        sidecar.terminated.finishedAt >= main.terminated.finishedAt):is_true()
    end },

  zdt.step { "PID 1 without a handler ignores SIGTERM, and gets SIGKILL when the grace period is over", id = "kill", after = "a-namespace",
    run = function()
      apply { pod("kill", { terminationGracePeriodSeconds = 3, containers = { container { command = shell "while :; do sleep 1; done" } } }) }
      ready "kill"
      local last, took = end_of "kill"
      zdt.expect("exit code", state_of(last, "main").terminated.exitCode):equals(137)
      zdt.expect("seconds", took):at_least(2.5)
      zdt.expect("seconds", took):below(12)
    end },

  zdt.step { "A hook that uses the grace period up still leaves 2 s", id = "hook", after = "a-namespace",
    run = function()
      apply { pod("hook", { terminationGracePeriodSeconds = 2,
        containers = { container { lifecycle = { preStop = { exec = { command = shell "sleep 30" } } } } } }) }
      ready "hook"
      local _, took = end_of "hook"
      zdt.expect("seconds", took):at_least(2)
      zdt.expect("seconds", took):below(12)
    end },

  zdt.step { "An endpoint is ready when its pod is, and at its end serving and terminating", id = "endpoints", after = "a-namespace",
    run = function()
      apply {
        service "endpoints",
        pod("endpoints", { containers = { container { command = patient(3),
          readinessProbe = { exec = { command = { "test", "-f", "/tmp/ready" } }, periodSeconds = 1 } } } }),
      }
      zdt.k8s.wait("pod", "endpoints", "phase=Running", { ns = ns, timeout = "120s" })
      zdt.eventually("an endpoint that is not ready", { timeout = "20s" }, function()
        local conditions = endpoint_of("endpoints", "endpoints")
        return conditions ~= nil and conditions.ready == false, "no endpoint yet"
      end)
      zdt.k8s.exec("endpoints", { "touch", "/tmp/ready" }, { ns = ns })
      zdt.eventually("the endpoint is ready", { timeout = "20s" }, function()
        local conditions = endpoint_of("endpoints", "endpoints")
        return conditions.ready == true and conditions.serving == true and conditions.terminating == false
      end)
      zdt.parallel {
        function() zdt.k8s.delete("pod", "endpoints", { ns = ns }) end,
        function()
          zdt.eventually("not ready, serving, terminating", { timeout = "10s", every = "20ms" }, function()
            local conditions = endpoint_of("endpoints", "endpoints")
            return conditions ~= nil and conditions.ready == false and conditions.serving == true and conditions.terminating == true
          end)
        end,
      }
      zdt.eventually("the endpoint is gone", { timeout = "30s" }, function() return endpoint_of("endpoints", "endpoints") == nil end)
    end },

  zdt.step { "A Deployment keeps its bounds: maxSurge rounds up, maxUnavailable down", id = "bounds", after = "a-namespace",
    run = function()
      local template = { metadata = { labels = { app = "bounds" } }, spec = { terminationGracePeriodSeconds = 5, containers = { container {} } } }
      local deployment = { apiVersion = "apps/v1", kind = "Deployment", metadata = { name = "bounds" },
        spec = { replicas = 3, selector = { matchLabels = { app = "bounds" } }, template = template,
          strategy = { rollingUpdate = { maxSurge = "25%", maxUnavailable = "25%" } } } }
      apply { deployment }
      zdt.rollout.wait("deployment/bounds", { ns = ns, timeout = "120s" })
      local most, least = bounds_during("bounds", function()
        zdt.rollout.restart("deployment/bounds", { ns = ns })
        zdt.rollout.wait("deployment/bounds", { ns = ns, timeout = "120s" })
      end)
      zdt.expect("pods at most (3 + ceil 0.75)", most):at_most(4)
      zdt.expect("ready pods at least (3 - floor 0.75)", least):at_least(3)
    end },

  zdt.step { "Liveness kills and restarts, readiness only takes out of the Service", id = "probes", after = "a-namespace",
    run = function()
      local failing = { exec = { command = { "false" } }, periodSeconds = 1, failureThreshold = 1 }
      apply {
        pod("unready", { containers = { container { readinessProbe = failing } } }),
        pod("unlive", { terminationGracePeriodSeconds = 1, containers = { container { livenessProbe = failing } } }),
      }
      zdt.eventually("a restart", { timeout = "60s" }, function()
        local found = zdt.k8s.get("pod", "unlive", { ns = ns })
        return found.status.containerStatuses and found.status.containerStatuses[1].restartCount >= 1, "not restarted yet"
      end)
      local unready = zdt.k8s.get("pod", "unready", { ns = ns })
      zdt.expect("restarts of the unready one", unready.status.containerStatuses[1].restartCount):equals(0)
      zdt.expect("it is ready", unready.status.containerStatuses[1].ready):equals(false)
    end },

  zdt.step { "A PodDisruptionBudget counts the healthy pods, and allows what is above its minimum", id = "budget", after = "a-namespace",
    run = function()
      apply {
        pod("guarded", { containers = { container {} } }),
        { apiVersion = "policy/v1", kind = "PodDisruptionBudget", metadata = { name = "guarded" },
          spec = { minAvailable = 1, selector = { matchLabels = { app = "guarded" } } } },
      }
      ready "guarded"
      zdt.eventually("the budget counts the pod", { timeout = "30s" }, function()
        local budget = zdt.k8s.get("poddisruptionbudgets", "guarded", { ns = ns })
        return budget.status ~= nil and budget.status.currentHealthy == 1 and budget.status.disruptionsAllowed == 0
      end)
    end },
}
