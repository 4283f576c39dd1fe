-- What the experiments know about the demo's workload.
local conditions = require "lib.conditions"
local images = require "lib.images"
local pods = require "lib.pods"

local workload = {
  name = "k8s-web-pool",
  asg = "asg-web-pool",
  edge = "edge-routing-service",
  asg_tree = "manifests/asg-ec2-app-stack/base-manifest",
  edge_tree = "manifests/routing-service/base-manifest",
  pods = "app.zerodt.com/component=web,app.zerodt.com/instance=k8s",
}

-- The manifests of each way to stop a pod.
workload.trees = {
  ["base"] = "manifests/k8s-app-workload/base-manifest",
  ["after-native-sidecar"] = "manifests/k8s-app-workload/lifecycle-hooks/after-native-sidecar",
  ["before-native-sidecar"] = "manifests/k8s-app-workload/lifecycle-hooks/before-native-sidecar",
  ["none"] = "manifests/k8s-app-workload/naive",
}

function workload.tree(hooks) return workload.trees[hooks] end

-- Applies a tree and says what it changed. registry  where its images are, "" when the nodes have them; without it: where
-- the running pool has its image from.
function workload.apply(tree, registry)
  local changed = 0
  local overrides = registry and images.overrides(registry) or { [images.name] = workload.image_name() }
  for _, object in ipairs(zdt.k8s.apply(tree, { images = overrides })) do
    if object.change ~= "unchanged" then
      changed = changed + 1
      zdt.log(("%s %s/%s"):format(object.change, object.kind, object.name))
    end
  end
  zdt.observe("objects changed", changed)
  return changed
end

-- The application's image without its tag, as the pool runs it.
function workload.image_name()
  local pool = zdt.k8s.get("rollouts.argoproj.io", workload.name)
  for _, container in ipairs(pool and pool.spec.template.spec.containers or {}) do
    if container.name == "app" then return container.image:match("^(.*):[^:/]+$") or container.image end
  end
  return images.name
end

function workload.image(tag) return workload.image_name() .. ":" .. tag end

function workload.exists(name)
  return zdt.k8s.get("rollouts.argoproj.io", name) ~= nil or zdt.k8s.get("Deployment", name) ~= nil
end

function workload.is_fast(s) return s.params.speed == "fast" end

-- The pod template that all pods of the pool run, by its hash; "" when there is none.
function workload.template()
  return workload.exists(workload.name) and zdt.rollout.status(workload.name).stable or ""
end

function workload.is_healthy(name)
  return workload.exists(name) and zdt.rollout.status(name).phase == "Healthy"
end

-- Waits until every node is Ready; returns how many there are.
function workload.wait_for_nodes(timeout)
  return zdt.eventually("every node is Ready", { timeout = timeout }, function()
    local nodes, waiting = zdt.k8s.list("nodes"), {}
    for _, node in ipairs(nodes) do
      if not conditions.is_true(node, "Ready") then waiting[#waiting + 1] = node.metadata.name end
    end
    return #nodes > 0 and #waiting == 0 and #nodes, #nodes == 0 and "no node yet" or table.concat(waiting, ", ") .. " not Ready"
  end)
end

function workload.has_node_metrics() return #zdt.k8s.list("nodes.metrics.k8s.io") > 0 end

-- What `kubectl top nodes` asks for.
function workload.wait_for_node_metrics(timeout)
  zdt.eventually("kubectl top nodes would answer", { timeout = timeout, every = "500ms" }, function()
    return workload.has_node_metrics(), "metrics.k8s.io has no nodes yet"
  end)
end

-- Waits until no pod of the pool (or of `labels`) is on its way down any more.
function workload.wait_until_settled(timeout, labels)
  return pods.wait_until_settled({ labels = labels or workload.pods }, timeout)
end

function workload.wait_for_edge(target, timeout)
  return zdt.eventually("the edge answers 200", { timeout = timeout }, function()
    local answer = zdt.http.get(target:url("edge") .. "/companies")
    return answer.status == 200, "status " .. answer.status
  end)
end

-- The pods that answer 100 requests, and whether none failed. Many at a time: one after another would all go over one
-- connection, to one pod.
local function answers(plan)
  plan.connections, plan.requests, plan.connect_timeout = 20, 100, "500ms"
  local report = zdt.load.start(plan):wait()
  local names = {}
  for name in pairs(report.pods) do names[#names + 1] = name end
  table.sort(names)
  return names, report.failed, ("%d pods, %d of %d requests failed"):format(#names, report.failed, report.sent)
end

-- Waits until at least `wanted` pods answer through the edge and no request fails. Returns their names, sorted.
-- Where the Service itself can be reached it is asked first: the edge keeps the connections that it opens, and would go on
-- using the few pods that the Service knew at that moment.
function workload.wait_until_answering(target, wanted)
  local often = { timeout = "60s", every = "200ms" }
  if target:has("inside") then
    local service = target:url(workload.name)
    zdt.eventually(("the Service leads to %d pods"):format(wanted), often, function()
      local names, failed, seen = answers { url = service .. "/metadata", keep_alive = false }
      return failed == 0 and #names >= wanted, seen
    end)
  end
  -- Longer than the edge keeps an idle connection (4 s), so that each try begins with new ones.
  local rarely = { timeout = "60s", every = "5s" }
  return zdt.eventually(("%d pods answer through the edge"):format(wanted), rarely, function()
    local names, failed, seen = answers { url = target:url("edge") .. "/sleep/0.01" }
    if failed == 0 and #names >= wanted then return names end
    return false, seen
  end)
end

-- What a visitor asks for. The slow requests keep several connections busy, so that every pod has work, and they are what
-- a pod that stops too early cuts off.
function workload.mix(url)
  return {
    { url = url .. "/companies", weight = 6 },
    { url = url .. "/projects", weight = 3 },
    { url = url .. "/sleep/0.3", weight = 6 },
  }
end

return workload
