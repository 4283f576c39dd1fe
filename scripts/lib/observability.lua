-- Prometheus and what it scrapes.
local observability = { trees = { "observability/service-monitors", "observability/dashboards" } }

-- The first query of the dashboard that has an answer as soon as requests have come through the edge.
local edge_requests = 'sum(envoy_http_downstream_rq_completed{envoy_http_conn_manager_prefix="edge"})'

function observability.apply()
  for _, tree in ipairs(observability.trees) do zdt.k8s.apply(tree) end
end

-- Whether there is a Prometheus to ask: the operator's Service before it.
function observability.exists()
  return zdt.k8s.get("services", "prometheus-operated", { ns = "monitoring" }) ~= nil
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

-- The names of the dashboard's queries that have no answer, sorted.
local function silent_queries()
  local silent = {}
  for name, query in pairs(zdt.prometheus.queries()) do silent[#silent + 1] = { name = name, query = query } end
  table.sort(silent, function(a, b) return a.name < b.name end)
  local names = {}
  for _, one in ipairs(silent) do
    if #zdt.prometheus.query(one.query) == 0 then names[#names + 1] = one.name end
  end
  return names
end

-- Makes some requests, and asks Prometheus for them: every panel of the dashboard has to have something to show.
function observability.check(target)
  zdt.eventually("every target is up", { timeout = "90s", every = "500ms" }, function()
    local down, count = down_targets()
    return count > 0 and #down == 0, count == 0 and "no target yet" or table.concat(down, "; ")
  end)
  local _, count = down_targets()
  zdt.observe("targets up", count)
  zdt.eventually("every query of the dashboard has an answer", { timeout = "90s", every = "2s" }, function()
    zdt.http.get(target:url("edge") .. "/companies")
    local silent = silent_queries()
    return #silent == 0, "none yet: " .. table.concat(silent, ", ")
  end)
end

return observability
