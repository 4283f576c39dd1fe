-- What a Deployment's rolling update may do: maxSurge is rounded up, maxUnavailable down, and when both come to 0 one pod
-- may be missing (ResolveFenceposts in Kubernetes' deployment_util.go).
-- https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#rolling-update-deployment
local arithmetic = {}

-- value  a number, or a string with a percentage of `replicas`.
local function pods(value, replicas, round)
  local percent = tostring(value):match("^(%d+)%%$")
  if not percent then return math.tointeger(tonumber(value)) end
  return round(replicas * tonumber(percent) / 100)
end

-- Returns fewest (pods that stay available) and most (that exist, those on their way down not counted).
function arithmetic.limits(replicas, max_surge, max_unavailable)
  local surge, unavailable = pods(max_surge, replicas, math.ceil), pods(max_unavailable, replicas, math.floor)
  if surge == 0 and unavailable == 0 then unavailable = 1 end
  return { replicas = replicas, surge = surge, unavailable = unavailable,
    fewest = replicas - unavailable, most = replicas + surge }
end

function arithmetic.of(deployment)
  local update = deployment.spec.strategy.rollingUpdate
  return arithmetic.limits(deployment.spec.replicas, update.maxSurge, update.maxUnavailable)
end

local function share(limits) return ("%.0f %%"):format(100 * limits.fewest / limits.replicas) end

-- The default, 25 % and 25 %, and what it leaves of the capacity.
function arithmetic.show(sizes)
  local rows = {}
  for _, replicas in ipairs(sizes) do
    local default = arithmetic.limits(replicas, "25%", "25%")
    rows[#rows + 1] = { replicas, default.surge, default.unavailable, default.fewest, default.most, share(default) }
  end
  zdt.table { title = "The default: 25 % and 25 %", rows = rows,
    columns = { "replicas", "more, rounded up", "fewer, rounded down", "fewest ready", "most pods", "capacity left" } }
end

-- Holds what was seen of an update against the arithmetic. limits, seen  by variant's name; seen: fewest_ready, most.
function arithmetic.compare(limits, seen)
  local rows = {}
  for _, variant in ipairs { "naive", "fixed", "default" } do
    local want, got = limits[variant], seen[variant]
    rows[#rows + 1] = { variant, want.replicas, want.fewest, got.fewest_ready, want.most, got.most, share(want) }
    zdt.expect(variant .. ": fewest ready pods", got.fewest_ready):equals(want.fewest)
    zdt.expect(variant .. ": most pods", got.most):equals(want.most)
  end
  zdt.table { title = "What the controller did", rows = rows,
    columns = { "", "replicas", "fewest ready: promised", "seen", "most pods: promised", "seen", "capacity left" } }
end

return arithmetic
