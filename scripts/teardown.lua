local addons = require "lib.addons"
local workload = require "lib.workload"

-- The kinds of what the trees hold: those of the add-ons, which a cluster may not have, then its own. What makes pods comes
-- before what they need.
local addon_kinds = {
  "httproutes.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io", "referencegrants.gateway.networking.k8s.io",
  "scaledobjects.keda.sh", "rollouts.argoproj.io", "servicemonitors.monitoring.coreos.com", "podmonitors.monitoring.coreos.com",
}
local own_kinds = { "deployments.apps", "poddisruptionbudgets.policy", "services", "configmaps" }

local ours = "app.kubernetes.io/part-of=zdt-demo"

-- Removes the objects of one kind, and returns how many. The notes of `addons` stay for the next step.
local function remove_all(kind)
  local removed = 0
  for _, object in ipairs(zdt.k8s.list(kind, { ns = "*", labels = ours })) do
    if not object.metadata.name:match("^zdt%-demo%-installed%-") then
      if zdt.k8s.delete(kind, object.metadata.name, { ns = object.metadata.namespace }) then removed = removed + 1 end
    end
  end
  return removed
end

local function remove_objects()
  local removed = 0
  for _, kind in ipairs(addon_kinds) do
    if zdt.k8s.get("customresourcedefinitions", kind) then removed = removed + remove_all(kind) end
  end
  for _, kind in ipairs(own_kinds) do removed = removed + remove_all(kind) end
  return removed
end

return zdt.script {
  name = "teardown",
  title = "Remove what deploy-all made",
  about = "A cluster that we made goes as a whole. On any other, only objects labelled part-of=zdt-demo, and add-ons that we installed.",

  zdt.step { "Remove the demo", id = "objects", timeout = "5m",
    run = function(s)
      if s.target:has("create") then return zdt.observe("objects", "go with the cluster") end
      zdt.observe("objects removed", remove_objects())
      workload.wait_until_settled("3m", ours)
    end },

  zdt.step { "Remove the add-ons", id = "addons", timeout = "10m",
    run = function(s)
      if s.target:has("create") then return zdt.observe("add-ons", "go with the cluster") end
      local removed = addons.remove_installed()
      zdt.observe("add-ons removed", #removed > 0 and table.concat(removed, ", ") or "none was ours")
    end },

  zdt.step { "Remove the cluster", id = "cluster", timeout = "5m",
    run = function(s)
      if not s.target:has("create") then return zdt.observe("cluster", "stays: it is not ours") end
      zdt.observe("removed", s.target:down())
    end },
}
