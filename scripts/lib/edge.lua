-- The edge: what it is set to, and what it has counted since its pod began.
local observability = require "lib.observability"
local workload = require "lib.workload"

local edge = {
  pods = "app.zerodt.com/component=edge",
  retry_tree = "manifests/routing-service/envoy-retry-policy",
  split_trees = "manifests/routing-service/traffic-split/",
}

-- The pod that takes the traffic: the one that is not on its way down.
local function current_pod()
  return zdt.eventually("there is one edge", { timeout = "30s" }, function()
    local names = {}
    for _, pod in ipairs(zdt.k8s.list("pods", { labels = edge.pods })) do
      if not pod.metadata.deletionTimestamp then names[#names + 1] = pod.metadata.name end
    end
    return #names == 1 and names[1], ("%d pods: %s"):format(#names, table.concat(names, ", "))
  end)
end

-- A connection of its own for each request: one that is kept stays with the pod that it once led to, and holds up its drain.
local function ask(url)
  return zdt.http.request { url = url, headers = { Connection = "close" } }
end

-- Whether 20 connections, one after the other, all end at this pod; or why not.
local function leads_to(target, pod)
  for _ = 1, 20 do
    local who = ask(target:url("edge") .. "/metadata").headers["x-edge-pod"]
    if who ~= pod then return false, ("%s answers, not yet %s"):format(who or "another edge", pod) end
  end
  return true
end

-- Applies a tree of the edge, and waits until every new connection leads to the new pod. The old one may still drain.
function edge.use(target, tree)
  workload.apply(tree)
  zdt.rollout.wait(workload.edge, { timeout = "2m" })
  local pod = current_pod()
  zdt.eventually("new connections lead to the new edge", { timeout = "60s", every = "100ms" }, function()
    return leads_to(target, pod)
  end)
end

-- Back to what deploy-all has left: its edge, alone, and seen by Prometheus.
function edge.restore(target)
  edge.use(target, workload.edge_tree)
  zdt.parallel {
    function() workload.wait_until_settled("50s", edge.pods) end,
    function()
      if not observability.exists() then
        return zdt.log("this cluster has no Prometheus (no Service monitoring/prometheus-operated): nothing is waited for")
      end
      zdt.eventually("Prometheus sees the edge", { timeout = "50s", every = "500ms" }, observability.sees_the_demo)
    end,
  }
end

-- Whether the running Envoy retries.
function edge.retries(target)
  return ask(target:url("edge-admin", 9901) .. "/config_dump").body:find('"retry_policy"', 1, true) ~= nil
end

-- The weights that the running Envoy uses, pool to number, empty where it knows one pool only.
function edge.weights(target)
  local weights = {}
  local entries = ask(target:url("edge-admin", 9901) .. "/runtime?format=json").json.entries
  for key, entry in pairs(entries) do
    local pool = key:match("^split%.(.+)$")
    if pool then weights[pool] = tonumber(entry.final_value) end
  end
  return weights
end

-- Counters of one upstream cluster since the edge's pod began: `requests` that were sent to it, retries included,
-- `status_5xx` answers (those that were retried not among them), what became of the retries, `open_connections` now, and
-- `cut_connections`: those that the edge closed in the middle of an answer.
local function counts_in(stats, pool)
  local prefix = "cluster." .. pool .. "."
  local function of(name) return math.tointeger(stats[prefix .. "upstream_" .. name] or 0) end
  return {
    requests = of("rq_total"), status_5xx = of("rq_5xx"), retries = of("rq_retry"), retry_success = of("rq_retry_success"),
    retry_exhausted = of("rq_retry_limit_exceeded"), retry_overflow = of("rq_retry_overflow"),
    open_connections = of("cx_active"), cut_connections = of("cx_destroy_local_with_active_rq"),
  }
end

-- { pod, active, all, [pool] = counts_in() }: `all` requests of clients, `active` of them under way.
local function read(pod, pools)
  local filter = ("^cluster\\.(%s)\\.upstream_(rq|cx)_|^http\\.edge\\.downstream_rq_(active|total)$"):format(table.concat(pools, "|"))
  local stats = zdt.envoy.stats("pod/" .. pod, { filter = filter })
  local function of(name) return math.tointeger(stats["http.edge.downstream_rq_" .. name] or 0) end
  local seen = { pod = pod, active = of("active"), all = of("total") }
  for _, pool in ipairs(pools) do seen[pool] = counts_in(stats, pool) end
  return seen
end

function edge.open_connections(pool) return read(current_pod(), { pool })[pool].open_connections end

local function agree(one, other, pools)
  for _, pool in ipairs(pools) do
    if one[pool].requests ~= other[pool].requests then return false end
  end
  return one.all == other.all
end

-- What the edge's pod itself has counted, at a moment when no request is in it and two looks agree.
function edge.account(pools)
  local pod, before = current_pod(), nil
  return zdt.eventually("the edge has counted all that it answered", { timeout = "30s", every = "250ms" }, function()
    local last, now = before, read(pod, pools)
    before = now
    if now.active > 0 then return false, ("%d requests are under way in it"):format(now.active) end
    return last ~= nil and agree(last, now, pools) and now, "it counts on"
  end)
end

-- The account since `before`, field by field. The edge has to be the same one.
function edge.since(before, pools)
  local now = edge.account(pools)
  zdt.expect("the edge that counts", now.pod):equals(before.pod)
  local result = { all = now.all - before.all }
  for _, pool in ipairs(pools) do
    result[pool] = {}
    for name, value in pairs(now[pool]) do result[pool][name] = value - before[pool][name] end
  end
  return result
end

local function quantile(histogram, supported, wanted)
  for index, each in ipairs(supported) do
    if each == wanted then return histogram.values[index].cumulative end
  end
end

-- { p50, p99 }, as text, of a pool's answers as the edge saw them since its pod began; nil until it has any.
-- Envoy adds to its histograms at each stats_flush_interval only.
function edge.latency(target, pool)
  local name = ("cluster.%s.upstream_rq_time"):format(pool)
  local answer = ask(target:url("edge-admin", 9901) .. "/stats?format=json&filter=^" .. name .. "$").json
  for _, entry in ipairs(answer.stats) do
    local found = entry.histograms
    for _, histogram in ipairs(found and found.computed_quantiles or {}) do
      if histogram.name == name then
        local p50 = quantile(histogram, found.supported_quantiles, 50)
        local p99 = quantile(histogram, found.supported_quantiles, 99)
        if type(p50) == "number" and type(p99) == "number" then
          return { p50 = ("%.1f ms"):format(p50), p99 = ("%.1f ms"):format(p99) }
        end
      end
    end
  end
  return nil
end

return edge
