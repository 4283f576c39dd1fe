-- A lab lives in one namespace of its own, and goes with it.
local pods = require "lib.pods"

local lab = {}

local function is_there(ns) return zdt.k8s.get("namespaces", ns) ~= nil end

-- Removes the namespace with all that is in it, and waits until it is gone. True when there was one.
function lab.remove(ns, timeout)
  if not is_there(ns) then return false end
  zdt.k8s.delete("namespaces", ns)
  zdt.k8s.wait("namespaces", ns, "delete", { timeout = timeout or "3m" })
  return true
end

local function make(ns)
  zdt.k8s.apply {
    apiVersion = "v1", kind = "Namespace",
    metadata = { name = ns, labels = { ["app.kubernetes.io/part-of"] = "zdt-demo" } },
  }
end

-- Waits until every Deployment of the namespace is rolled out.
function lab.wait_until_rolled_out(ns, timeout)
  local waits = {}
  for _, deployment in ipairs(zdt.k8s.list("deployments", { ns = ns })) do
    waits[#waits + 1] = function() zdt.rollout.wait(deployment.metadata.name, { ns = ns, timeout = timeout or "3m" }) end
  end
  zdt.parallel(waits)
end

-- Begins a variant with nothing left of the one before: `tree` in a new namespace, rolled out.
function lab.deploy(ns, tree, timeout)
  lab.remove(ns)
  make(ns)
  zdt.k8s.apply(tree, { ns = ns })
  lab.wait_until_rolled_out(ns, timeout)
end

-- Waits until `tries` requests in a row, each over a connection of its own, are answered with 200.
function lab.wait_until_answering(url, tries)
  zdt.eventually(url .. " answers", { timeout = "60s", every = "200ms" }, function()
    local report = zdt.load.start({ url = url, connections = 4, requests = tries or 20, keep_alive = false }):wait()
    return report.failed == 0, ("%d of %d requests failed"):format(report.failed, report.sent)
  end)
end

-- Waits until no pod of the namespace (or of `labels` in it) is on its way down.
function lab.wait_until_settled(ns, labels, timeout)
  return pods.wait_until_settled({ ns = ns, labels = labels }, timeout)
end

return lab
