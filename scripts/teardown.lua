local addons = require "lib.addons"
local workload = require "lib.workload"

-- The kinds of what the trees hold, workloads first, so that nothing makes pods anew.
local kinds = {
  "httproutes.gateway.networking.k8s.io", "gateways.gateway.networking.k8s.io", "referencegrants.gateway.networking.k8s.io",
  "scaledobjects.keda.sh", "rollouts.argoproj.io", "deployments.apps", "poddisruptionbudgets.policy", "services",
  "servicemonitors.monitoring.coreos.com", "podmonitors.monitoring.coreos.com", "configmaps",
}

local ours = "app.kubernetes.io/part-of=zdt-demo"

-- A kind that the cluster does not know has no objects.
local function objects_of(kind)
  local ok, objects = pcall(zdt.k8s.list, kind, { ns = "*", labels = ours })
  return ok and objects or {}
end

local function remove_objects()
  local removed = 0
  for _, kind in ipairs(kinds) do
    for _, object in ipairs(objects_of(kind)) do
      if not object.metadata.name:match("^zdt%-demo%-installed%-") then
        if zdt.k8s.delete(kind, object.metadata.name, { ns = object.metadata.namespace }) then removed = removed + 1 end
      end
    end
  end
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
      workload.wait_until_settled("3m")
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
