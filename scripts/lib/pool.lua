-- Changes of the pool that are not themselves the thing to be seen: before an experiment, after it, and between two of its
-- parts.
local workload = require "lib.workload"

local pool = {}

-- The pods of the pool that are not on their way down.
function pool.running_pods()
  local running = {}
  for _, pod in ipairs(zdt.k8s.list("pods", { labels = workload.pods })) do
    if not pod.metadata.deletionTimestamp then running[#running + 1] = pod end
  end
  return running
end

-- The first of them.
function pool.a_pod()
  return zdt.eventually("a pod of the pool runs", { timeout = "60s" }, function()
    return pool.running_pods()[1], "all are on their way down"
  end)
end

-- The pool's way to update, as a JSON patch that brings it back.
local function strategy_patch()
  local canary = zdt.k8s.get("rollouts.argoproj.io", workload.name).spec.strategy.canary
  return {
    { op = "replace", path = "/spec/strategy/canary/maxSurge", value = canary.maxSurge },
    { op = "add", path = "/spec/strategy/canary/steps", value = canary.steps },
  }
end

local function patch_pool(patch)
  zdt.k8s.patch("rollouts.argoproj.io", workload.name, patch, { type = "json" })
  zdt.rollout.wait(workload.name, { timeout = "4m" })
end

-- Does `change` (which starts an update of the pool) with all new pods at once and no canary steps: for what comes before and
-- after the thing to be seen. Returns when the pool is healthy; old pods may still be on their way down.
function pool.at_once(change)
  change()
  local as_before = strategy_patch()
  patch_pool {
    { op = "replace", path = "/spec/strategy/canary/maxSurge", value = "100%" },
    { op = "remove", path = "/spec/strategy/canary/steps" },
  }
  patch_pool(as_before)
end

-- Gives pods that are on their way down one more second. They drain for nobody.
local function hurry_leaving_pods()
  for _, pod in ipairs(zdt.k8s.list("pods", { labels = workload.pods })) do
    if pod.metadata.deletionTimestamp then zdt.k8s.delete("pod", pod.metadata.name, { grace = "1s" }) end
  end
end

-- Brings the pool to `tree` (and `tag`, the tree's own without it), and waits until the pods before are gone; requests that
-- are under way then may be lost. Does nothing when it is there already.
function pool.bring_to(target, tree, tag)
  local changed = workload.apply(tree)
  local other_tag = tag and zdt.rollout.status(workload.name).images.app ~= workload.image(tag)
  if changed > 0 or other_tag or not workload.is_healthy(workload.name) then
    pool.at_once(function()
      if other_tag then zdt.rollout.set_image(workload.name, { app = workload.image(tag) }) end
    end)
  end
  pool.wait_until_gone(target)
end

-- For between two things to be seen, when no load runs: until the pods before are gone, and neither the Service nor the edge
-- leads to them any more.
function pool.wait_until_gone(target)
  hurry_leaving_pods()
  workload.wait_until_settled()
  workload.wait_until_answering(target, zdt.rollout.status(workload.name).replicas)
end

return pool
