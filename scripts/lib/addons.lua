-- The add-ons that the demo stands on: what each is known by, and where it comes from. A cluster that has its own
-- (capability "operators": the rehearsal cluster) needs none of the charts; everything after that is asked of both alike.
-- Versions: scripts/lib/pins.lua.
local conditions = require "lib.conditions"
local pins = require "lib.pins"

local addons = {}

-- An add-on is there when its controller answers; definitions alone prove nothing, as helm leaves them behind.
-- `proof`        the definition that an installed add-on has.
-- `controllers`  selectors, one of which finds the controller's Deployment in any namespace, whoever installed it.
-- `api`          the API that it serves, whatever its Deployment is called.
addons.argo_rollouts = {
  title = "Argo Rollouts", proof = "rollouts.argoproj.io", controllers = { "app.kubernetes.io/name=argo-rollouts" },
  chart = "argo-rollouts", release = "argo-rollouts", namespace = "argo-rollouts",
}
addons.keda = {
  title = "KEDA", proof = "scaledobjects.keda.sh", controllers = { "app.kubernetes.io/name=keda-operator" },
  chart = "keda", release = "keda", namespace = "keda",
}
addons.metrics_server = {
  title = "metrics-server", api = "v1beta1.metrics.k8s.io",
  chart = "metrics-server", release = "metrics-server", namespace = "kube-system",
}
addons.prometheus = {
  title = "Prometheus", proof = "servicemonitors.monitoring.coreos.com",
  controllers = { "app.kubernetes.io/component=prometheus-operator", "app.kubernetes.io/name=prometheus-operator" },
  chart = "kube-prometheus-stack", release = "prometheus", namespace = "monitoring",
  tree = "observability/rehearsal",  -- in place of the chart, where the operator is part of the cluster
}
addons.gateway_api = {
  title = "Gateway API", proof = "gateways.gateway.networking.k8s.io",
  manifest = "gateway-api-v1.5.1.yaml", group = "gateway.networking.k8s.io",
}

local order = { "argo_rollouts", "keda", "metrics_server", "prometheus", "gateway_api" }

local function is_established(definition)
  return conditions.is_true(zdt.k8s.get("customresourcedefinitions", definition), "Established")
end

local function serves(definition, wanted)
  local found = zdt.k8s.get("customresourcedefinitions", definition)
  for _, version in ipairs(found and found.spec.versions or {}) do
    if version.name == wanted and version.served then return true end
  end
  return false
end

-- Whether a Deployment that one of the selectors finds has a pod that is available.
local function has_controller(addon)
  for _, selector in ipairs(addon.controllers) do
    for _, deployment in ipairs(zdt.k8s.list("deployments.apps", { ns = "*", labels = selector })) do
      if ((deployment.status or {}).availableReplicas or 0) > 0 then return true end
    end
  end
  return false, ("no controller of %s is available"):format(addon.title)
end

-- cloud-provider-kind 0.11 watches ReferenceGrant v1, and makes no Gateway Programmed without it. On any other cluster the
-- Gateway's controller is not ours to know, nor what definitions it wants.
local function has_gateway_definitions(target, addon)
  return is_established(addon.proof) and (not target:has("docker") or serves("referencegrants." .. addon.group, "v1"))
end

-- Whether the add-on works here. A cluster that has the operators itself runs none of them as a Deployment.
local function is_installed(target, addon)
  if addon.api then return conditions.is_true(zdt.k8s.get("apiservices", addon.api), "Available") end
  if addon.manifest then return has_gateway_definitions(target, addon) end
  if not is_established(addon.proof) then return false, addon.proof .. " is not established" end
  if target:has("operators") then return true end
  return has_controller(addon)
end

-- What was brought by this program, for `teardown`: a ConfigMap on the cluster itself, so that it is right for whoever asks.
local function record_of(name) return "zdt-demo-installed-" .. name:gsub("_", "-") end

local function remember(name, state)
  zdt.k8s.apply {
    apiVersion = "v1", kind = "ConfigMap",
    metadata = { name = record_of(name), namespace = "default",
      labels = { ["app.kubernetes.io/part-of"] = "zdt-demo" } },
    data = { addon = name, state = state },
  }
end

local function pin_of(list, name)
  for _, pin in ipairs(list) do
    if pin.name == name then return pin end
  end
  zdt.fail(("scripts/lib/pins.lua names no %s"):format(name))
end

local function install_chart(addon, values)
  local pin = pin_of(pins.charts, addon.chart)
  local release = { release = addon.release, namespace = addon.namespace, values = values, timeout = "8m",
    values_file = pin.values and pin.values[1] }
  local brought = ("%s-%s"):format(pin.name, pin.version)
  if zdt.bundle.has("chart", brought) then
    release.chart = zdt.bundle.path("chart", brought)
  else
    release.chart, release.repo, release.version = pin.name, pin.repo, pin.version
  end
  zdt.helm.upgrade_install(release)
end

local function install_manifest(addon)
  local pin = pin_of(pins.manifests, addon.manifest)
  zdt.k8s.apply(zdt.bundle.has("manifest", pin.name) and zdt.bundle.path("manifest", pin.name) or pin.url)
end

-- Makes sure that the add-on is there and its definitions are established. One that is there already, whoever installed
-- it, stays as it is.
function addons.ensure(target, name, values)
  local addon = addons[name]
  local note = zdt.k8s.get("ConfigMap", record_of(name), { ns = "default" })
  -- One that was interrupted may have left its definitions and nothing that acts on them.
  local found = is_installed(target, addon) and (note == nil or note.data.state ~= "installing")
  zdt.observe(addon.title, found and "is there already" or "is installed now")
  if not found then
    remember(name, "installing")
    if addon.manifest then install_manifest(addon) else install_chart(addon, values) end
    remember(name, "installed")
  end
  if addon.tree and target:has("operators") then
    zdt.k8s.apply { apiVersion = "v1", kind = "Namespace", metadata = { name = addon.namespace } }
    zdt.k8s.apply(addon.tree)
  end
  if addon.proof then
    zdt.k8s.wait("customresourcedefinitions", addon.proof, "condition=Established", { timeout = "60s" })
  end
end

function addons.is_there(target, name) return is_installed(target, addons[name]) end

-- "2 gateways" of what still uses the add-on's definitions; "" when nothing does. GatewayClasses are their controllers' own.
local function users_of(definitions)
  local users = {}
  for _, definition in ipairs(definitions) do
    local count = definition.spec.names.plural == "gatewayclasses" and 0 or #zdt.k8s.list(definition.metadata.name, { ns = "*" })
    if count > 0 then users[#users + 1] = ("%d %s"):format(count, definition.spec.names.plural) end
  end
  return table.concat(users, ", ")
end

-- The definitions of a manifest that we applied, unless somebody uses them by now. Returns what became of the add-on.
local function remove_definitions(addon)
  local definitions = {}
  for _, definition in ipairs(zdt.k8s.list("customresourcedefinitions")) do
    if definition.spec.group == addon.group then definitions[#definitions + 1] = definition end
  end
  local users = users_of(definitions)
  if users ~= "" then return ("%s (its definitions stay: %s use them)"):format(addon.title, users) end
  -- The policy that comes with the definitions (gateway.networking.k8s.io_vap_safeupgrades.yaml) goes first.
  for _, kind in ipairs { "validatingadmissionpolicybindings", "validatingadmissionpolicies" } do
    pcall(zdt.k8s.delete, kind, "safe-upgrades." .. addon.group)  -- neither kind nor policy has to be there
  end
  for _, definition in ipairs(definitions) do zdt.k8s.delete("customresourcedefinitions", definition.metadata.name) end
  return addon.title
end

-- helm keeps a chart's definitions, and what is made of them.
local function remove_release(addon)
  zdt.helm.uninstall(addon.release, { namespace = addon.namespace })
  return addon.proof and addon.title .. " (helm keeps its definitions)" or addon.title
end

-- Removes what `ensure` has installed here, and nothing else. Returns the titles, each with what stays of it.
function addons.remove_installed()
  local removed = {}
  for _, name in ipairs(order) do
    local addon = addons[name]
    if zdt.k8s.get("ConfigMap", record_of(name), { ns = "default" }) then
      removed[#removed + 1] = addon.chart and remove_release(addon) or remove_definitions(addon)
      zdt.k8s.delete("ConfigMap", record_of(name), { ns = "default" })
    end
  end
  return removed
end

return addons
