-- The tiers of the workers: two on demand, one spot that only takes what tolerates it.
local nodes = { label = "node.zerodt.com/tier" }

local control_plane = "node-role.kubernetes.io/control-plane"

function nodes.all() return zdt.k8s.list("nodes") end

-- The workers, by name: what the tiers are given to in this order.
function nodes.workers()
  local workers = {}
  for _, node in ipairs(nodes.all()) do
    if not (node.metadata.labels or {})[control_plane] then workers[#workers + 1] = node end
  end
  table.sort(workers, function(a, b) return a.metadata.name < b.metadata.name end)
  return workers
end

function nodes.tier_of(index, count) return index == count and count > 1 and "spot" or "ondemand" end

local function spot_taints(node, is_spot)
  local taints = {}
  for _, taint in ipairs(node.spec.taints or {}) do
    if taint.key ~= nodes.label then taints[#taints + 1] = taint end
  end
  if is_spot then taints[#taints + 1] = { key = nodes.label, value = "spot", effect = "NoSchedule" } end
  return taints
end

local function has_tier(node, tier)
  local tainted = false
  for _, taint in ipairs(node.spec.taints or {}) do tainted = tainted or taint.key == nodes.label end
  return (node.metadata.labels or {})[nodes.label] == tier and tainted == (tier == "spot")
end

-- A JSON patch, as an empty table would be an object in JSON, and the taints are a list.
local function patch_for(node, tier)
  local labels = {}
  for key, value in pairs(node.metadata.labels or {}) do labels[key] = value end
  labels[nodes.label] = tier
  local patch = { { op = "add", path = "/metadata/labels", value = labels } }
  local taints = spot_taints(node, tier == "spot")
  if #taints > 0 then
    patch[2] = { op = "add", path = "/spec/taints", value = taints }
  elseif node.spec.taints then
    patch[2] = { op = "remove", path = "/spec/taints" }
  end
  return patch
end

-- Gives every worker its tier. Returns how many had to change.
function nodes.set_tiers()
  local workers, changed = nodes.workers(), 0
  for index, node in ipairs(workers) do
    local tier = nodes.tier_of(index, #workers)
    if not has_tier(node, tier) then
      zdt.k8s.patch("nodes", node.metadata.name, patch_for(node, tier), { type = "json" })
      changed = changed + 1
    end
  end
  return changed
end

function nodes.have_tiers()
  local workers = nodes.workers()
  for index, node in ipairs(workers) do
    if not has_tier(node, nodes.tier_of(index, #workers)) then return false end
  end
  return #workers > 0
end

-- "v1.34.11" -> 34
local function minor_of(version) return tonumber(version:match("^v%d+%.(%d+)")) end

-- The nodes are those that the cluster was made with, native sidecars work (1.29: on by default,
-- https://kubernetes.io/docs/concepts/workloads/pods/sidecar-containers/), and no kubelet is newer than the API server or
-- more than three minors older (https://kubernetes.io/releases/version-skew-policy/).
function nodes.check(target)
  local all, server = nodes.all(), minor_of(target:version())
  if target:node_count() then zdt.expect("nodes", #all):equals(target:node_count()) end
  zdt.expect("Kubernetes 1.x", server):at_least(29)
  for _, node in ipairs(all) do
    local kubelet = minor_of(node.status.nodeInfo.kubeletVersion)
    local behind = server - kubelet
    zdt.expect(("the kubelet of %s is not newer than the API server: minors behind"):format(node.metadata.name), behind):at_least(0)
    zdt.expect(("the kubelet of %s is not too old for the API server: minors behind"):format(node.metadata.name), behind):at_most(3)
  end
end

return nodes
