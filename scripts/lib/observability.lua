-- Prometheus and what it scrapes.
local observability = { trees = { "observability/service-monitors", "observability/dashboards" } }

-- The first query of the dashboard that has an answer as soon as requests have come through the edge.
local edge_requests = 'sum(envoy_http_downstream_rq_completed{envoy_http_conn_manager_prefix="edge"})'

function observability.apply()
  for _, tree in ipairs(observability.trees) do zdt.k8s.apply(tree) end
end

function observability.answers()
  return #zdt.prometheus.query("vector(1)") == 1
end

function observability.wait_until_answering(timeout)
  return zdt.eventually("Prometheus answers", { timeout = timeout, every = "500ms" }, observability.answers)
end

-- Which targets of the demo are not up, as text; and how many there are.
local function down_targets()
  local down, count = {}, 0
  for _, target in ipairs(zdt.prometheus.targets()) do
    if target.labels.namespace == "default" then
      count = count + 1
      if target.health ~= "up" then
        down[#down + 1] = ("%s is %s %s"):format(target.url, target.health, target.error)
      end
    end
  end
  return down, count
end

-- Whether the dashboard has data now. Targets of pods that come and go are not looked at: an update may be under way.
function observability.sees_the_demo()
  local answer = zdt.prometheus.query(edge_requests)
  return #answer > 0 and answer[1].value > 0, "the query has no answer yet"
end

-- Makes some requests, and asks Prometheus for them.
function observability.check(target)
  zdt.eventually("every target is up", { timeout = "90s", every = "500ms" }, function()
    local down, count = down_targets()
    return count > 0 and #down == 0, count == 0 and "no target yet" or table.concat(down, "; ")
  end)
  local _, count = down_targets()
  zdt.observe("targets up", count)
  zdt.http.get(target:url("edge") .. "/companies")
  zdt.eventually("the dashboard has data", { timeout = "60s", every = "500ms" }, observability.sees_the_demo)
end

return observability
