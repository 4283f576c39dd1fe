-- What becomes of a variant's pods while something is done to them.
local gotcha_pods = {}

local function is_ready(pod)
  if pod.metadata.deletionTimestamp then return false end
  for _, condition in ipairs(pod.status and pod.status.conditions or {}) do
    if condition.type == "Ready" then return condition.status == "True" end
  end
  return false
end

local function exit_code_of(pod, container)
  for _, status in ipairs(pod.status and pod.status.containerStatuses or {}) do
    if status.name == container and status.state and status.state.terminated then return status.state.terminated.exitCode end
  end
end

-- How often containers of the pods were started again, and how many pods are ready now.
function gotcha_pods.restarts(ns, labels)
  local restarts, ready = 0, 0
  for _, pod in ipairs(zdt.k8s.list("pods", { ns = ns, labels = labels })) do
    for _, status in ipairs(pod.status.containerStatuses or {}) do restarts = restarts + status.restartCount end
    if is_ready(pod) then ready = ready + 1 end
  end
  return restarts, ready
end

-- One watch's memory. leaving  pods that were there in the beginning and are to go, by name.
local function new_record(leaving, count)
  return { leaving = leaving, left = count, wanted = count, alive = {}, ready = {}, seen = 0,
    fewest_ready = nil, most = 0, exit_codes = {}, seconds = {}, deleted_at = {} }
end

local function count(set)
  local n = 0
  for _ in pairs(set) do n = n + 1 end
  return n
end

local function note_end(record, name, pod, type)
  record.exit_codes[name] = exit_code_of(pod, "app") or record.exit_codes[name]
  if pod.metadata.deletionTimestamp and not record.deleted_at[name] then record.deleted_at[name] = zdt.now() end
  if type == "DELETED" then
    record.left = record.left - 1
    record.seconds[#record.seconds + 1] = zdt.now() - (record.deleted_at[name] or zdt.now())
  end
end

-- The numbers that a Deployment promises: of its pods that are not on their way down.
local function note_counts(record)
  record.seen = record.seen + 1
  if record.seen < record.wanted then return end  -- the first events only tell what is there
  local ready, alive = count(record.ready), count(record.alive)
  record.fewest_ready = math.min(record.fewest_ready or ready, ready)
  record.most = math.max(record.most, alive)
end

local function note(record, type, pod)
  local name = pod.metadata.name
  local stays = type ~= "DELETED" and not pod.metadata.deletionTimestamp
  record.alive[name] = stays or nil
  record.ready[name] = stays and is_ready(pod) or nil
  if record.leaving[name] then note_end(record, name, pod, type) end
  note_counts(record)
end

local function watch(ns, labels, record, timeout)
  local ended = zdt.k8s.watch("pods", { ns = ns, labels = labels, timeout = timeout }, function(type, pod)
    note(record, type, pod)
    return not (record.left == 0 and count(record.ready) >= record.wanted)
  end)
  if not ended then zdt.fail(("%s: %d pods are still there after %s"):format(labels, record.left, timeout)) end
end

-- The largest, so that one bad end among several shows.
local function worst(values)
  local result = nil
  for _, value in pairs(values) do result = math.max(result or value, value) end
  return result
end

-- Replaces all pods of a Deployment, and follows them until the new ones are ready and the old ones gone.
-- Returns exit_code (of container app, the worst; "unknown" when no event told), seconds (from deletion to gone, the
-- longest), fewest_ready, most (pods that are not on their way down).
function gotcha_pods.replace(ns, deployment, labels)
  local leaving, before = {}, zdt.k8s.list("pods", { ns = ns, labels = labels })
  for _, pod in ipairs(before) do leaving[pod.metadata.name] = true end
  local record = new_record(leaving, #before)
  zdt.parallel {
    function() watch(ns, labels, record, "2m") end,
    function()
      zdt.rollout.restart(deployment, { ns = ns })
      zdt.rollout.wait(deployment, { ns = ns, timeout = "2m" })
    end,
  }
  return { exit_code = worst(record.exit_codes) or "unknown", seconds = worst(record.seconds) or 0,
    fewest_ready = record.fewest_ready or 0, most = record.most }
end

return gotcha_pods
