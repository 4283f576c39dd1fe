-- The add-ons that the demo stands on: what each is known by, and where it comes from. A cluster that has its own
-- (capability "operators": the rehearsal cluster) needs none of the charts; everything after that is asked of both alike.
-- Versions: scripts/lib/pins.lua.
local conditions = require "lib.conditions"
local pins = require "lib.pins"

local addons = {}

-- `proof` is the definition that an installed add-on has; `api` the API that it serves, whatever its Deployment is called.
addons.argo_rollouts = {
  title = "Argo Rollouts", proof = "rollouts.argoproj.io",
  chart = "argo-rollouts", release = "argo-rollouts", namespace = "argo-rollouts",
}
addons.keda = {
  title = "KEDA", proof = "scaledobjects.keda.sh",
  chart = "keda", release = "keda", namespace = "keda",
}
addons.metrics_server = {
  title = "metrics-server", api = "v1beta1.metrics.k8s.io",
  chart = "metrics-server", release = "metrics-server", namespace = "kube-system",
}
addons.prometheus = {
  title = "Prometheus", proof = "servicemonitors.monitoring.coreos.com",
  chart = "kube-prometheus-stack", release = "prometheus", namespace = "monitoring",
  tree = "observability/rehearsal",  -- in place of the chart, where the operator is part of the cluster
}
addons.gateway_api = {
  title = "Gateway API", proof = "gateways.gateway.networking.k8s.io",
  manifest = "gateway-api-v1.4.0.yaml",
}

local order = { "argo_rollouts", "keda", "metrics_server", "prometheus", "gateway_api" }

-- Whether the add-on's definitions are established, or its API is available.
local function is_installed(addon)
  if addon.api then return conditions.is_true(zdt.k8s.get("apiservices", addon.api), "Available") end
  return conditions.is_true(zdt.k8s.get("customresourcedefinitions", addon.proof), "Established")
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
  local found = is_installed(addon) and (note == nil or note.data.state ~= "installing")
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

function addons.is_there(name) return is_installed(addons[name]) end

-- Removes what `ensure` has installed here, and nothing else. Returns the titles.
function addons.remove_installed()
  local removed = {}
  for _, name in ipairs(order) do
    local addon = addons[name]
    if zdt.k8s.get("ConfigMap", record_of(name), { ns = "default" }) then
      if addon.chart then zdt.helm.uninstall(addon.release, { namespace = addon.namespace }) end
      zdt.k8s.delete("ConfigMap", record_of(name), { ns = "default" })
      removed[#removed + 1] = addon.title
    end
  end
  return removed
end

return addons
