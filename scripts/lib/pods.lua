-- Pods of any workload.
local pods = {}

-- Waits until none of them is on its way down. where  { ns?, labels? }
function pods.wait_until_settled(where, timeout)
  return zdt.eventually("no pod is terminating", { timeout = timeout or "90s", every = "250ms" }, function()
    local leaving = {}
    for _, pod in ipairs(zdt.k8s.list("pods", where)) do
      if pod.metadata.deletionTimestamp then leaving[#leaving + 1] = pod.metadata.name end
    end
    return #leaving == 0, table.concat(leaving, ", ") .. " still terminating"
  end)
end

return pods
