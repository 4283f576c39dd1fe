-- The ways in for people: a Gateway, and port-forwards. Load never takes one of them.
local conditions = require "lib.conditions"

local access = { gateway = "zerodt-demo-gateway", tree = "manifests/ingress" }

-- name, Service, namespace, port of the Service, port of the Gateway, a path that answers below 400
access.pages = {
  { name = "application", service = "edge-routing-service", ns = "default", port = 80, listener = 80, path = "/companies" },
  { name = "Grafana", service = "prometheus-grafana", ns = "monitoring", port = 80, listener = 3000, path = "/api/health" },
  { name = "Prometheus", service = "prometheus-kube-prometheus-prometheus", ns = "monitoring", port = 9090, listener = 9090,
    path = "/-/ready" },  -- the chart's; the operator's own is headless
  { name = "Envoy admin", service = "edge-routing-service", ns = "default", port = 9901, listener = 9901, path = "/ready" },
}

local function exists(page) return zdt.k8s.get("services", page.service, { ns = page.ns }) ~= nil end

function access.wants_gateway(target, wanted)
  if wanted == "auto" then return target:has("operators") end
  return wanted == "yes"
end

-- The URL of one listener: where a cluster answers on this machine, its Service says so.
function access.gateway_url(listener)
  -- Without its definition the cluster does not know the kind at all.
  if not zdt.k8s.get("customresourcedefinitions", "gateways.gateway.networking.k8s.io") then return nil end
  local gateway = zdt.k8s.get("gateways.gateway.networking.k8s.io", access.gateway)
  if not gateway or not gateway.status or not gateway.status.addresses then return nil end
  for _, service in ipairs(zdt.k8s.list("services", { labels = "gateway.networking.k8s.io/gateway-name=" .. access.gateway })) do
    for _, port in ipairs(service.spec.ports) do
      local here = (service.metadata.annotations or {})["rehearsal.zdt.dev/host-port-" .. (port.name or "")]
      if port.port == listener and here then return "http://" .. here end
    end
  end
  return ("http://%s:%d"):format(gateway.status.addresses[1].value, listener)
end

function access.is_open()
  local programmed = conditions.of(zdt.k8s.get("gateways.gateway.networking.k8s.io", access.gateway), "Programmed")
  return programmed ~= nil and programmed.status == "True", programmed and programmed.message or "no condition yet"
end

-- On Kind nothing gives a Gateway its address but cloud-provider-kind. One that the user runs has a few seconds to show;
-- else it is started, and ends with the run: https://github.com/kubernetes-sigs/cloud-provider-kind#gateway-api-support-alpha
local function provide_addresses(target)
  if not target:has("docker") then return end
  local answered = pcall(zdt.eventually, "a cloud-provider-kind that runs already", { timeout = "5s" }, access.is_open)
  if answered then return end
  access.provider = zdt.start { "cloud-provider-kind", "--gateway-channel", "standard" }
end

local function provider_ended() return access.provider and not access.provider:running() end

-- The last line that cloud-provider-kind printed, for a message.
local function provider_says()
  local last = access.provider and access.provider:output():match("([^\n]+)\n*$")
  return last and "; cloud-provider-kind says: " .. last or ""
end

-- Applies the Gateway and its routes, waits for the address, and asks every page that there is.
function access.open_gateway(target, timeout)
  zdt.k8s.apply(access.tree)
  provide_addresses(target)
  zdt.eventually("the gateway is programmed", { timeout = timeout, every = "250ms" }, function()
    if provider_ended() then return true end  -- nothing more to wait for
    local open, message = access.is_open()
    if open then return true end
    return false, message .. provider_says()
  end)
  if provider_ended() then
    zdt.fail("cloud-provider-kind has ended: " .. access.provider:output(), "run it by hand, or leave --gateway out", "environment")
  end
  for _, page in ipairs(access.pages) do
    if exists(page) then
      zdt.eventually(page.name .. " answers through the gateway", { timeout = "60s", every = "250ms" }, function()
        local url = access.gateway_url(page.listener)
        if not url then return false, "the gateway has no address yet" end
        local answer = zdt.http.get(url .. page.path)
        return answer.status < 400, ("%s answers %d"):format(url, answer.status)
      end)
    end
  end
end

local function credentials(page)
  return page.name == "Grafana" and "admin, the password of Secret monitoring/prometheus-grafana" or "none"
end

-- Where the cluster publishes the Service to this machine (Kind does), as people could use it.
local function published_url(target, page)
  if target:has("inside") then return nil end
  local ok, url = pcall(target.url, target, page.ns .. "/" .. page.service, page.port)
  return ok and url or nil
end

-- A table of URLs; with `forward` they are port-forwards that end with the run.
function access.show(target, forward)
  local rows = { { "load", target:url("edge"), "none" } }
  for _, page in ipairs(access.pages) do
    if exists(page) then
      local url = access.gateway_url(page.listener) or published_url(target, page)
      if forward then
        url = zdt.forward({ service = page.service, ns = page.ns, port = page.port }).url
      end
      rows[#rows + 1] = { page.name, url or "zdt-demo forward", credentials(page) }
    end
  end
  zdt.table { title = "Where to look", columns = { "what", "URL", "credentials" }, rows = rows }
end

return access
