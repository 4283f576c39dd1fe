-- How pods end, on one time axis: what watches of the pods and of their Service's EndpointSlices bring, and what the
-- containers write. Every event has the time at which it arrived here, so that nothing depends on the nodes' clocks; lines of
-- logs have the node's time besides, to tell what happened first within a pod.
local shutdowns = {}

local function note(record, pod, source, what)
  record.events[#record.events + 1] = { at = zdt.now(), pod = pod, source = source, what = what }
end

-- What is known of one pod: deleted, gone (times), lines (by container), followed, endpoint (its conditions one after another,
-- then "gone"), ended (by container: at, finished_at, exit_code).
local function pod_in(record, name)
  local pod = record.pods[name]
  if not pod then
    pod = { name = name, lines = {}, followed = {}, endpoint = {}, ended = {} }
    record.pods[name] = pod
  end
  return pod
end

-- What is known of a pod, whatever became of it.
function shutdowns.pod(record, name) return pod_in(record, name) end

-- Seconds since 1970 of "2026-11-21T15:24:10.143922Z".
local function seconds_of(stamp)
  local year, month, day, hour, minute, second = stamp:match("^(%d+)-(%d+)-(%d+)T(%d+):(%d+):([%d.]+)")
  local whole = os.time { year = year, month = month, day = day, hour = hour, min = minute, sec = 0 }
  return whole + tonumber(second)
end

local function take_line(record, name, container, line)
  local stamp, text = line:match("^(%d+%-%S+) (.*)$")
  if not stamp then return end  -- not a line of the container
  local lines = pod_in(record, name).lines[container]
  lines[#lines + 1] = { at = zdt.now(), written = seconds_of(stamp), text = text }
  note(record, name, container, text)
end

-- From 5 s before (a stream takes a moment to open). A log that cannot be read ends nobody else's: what it should have told
-- is then missed by name.
local function follow(record, name, container)
  local pod = pod_in(record, name)
  pod.lines[container] = {}
  local ok, failure = pcall(zdt.k8s.follow, name,
    { ns = record.ns, container = container, since = "5s", timestamps = true, timeout = "10m" },
    function(line) take_line(record, name, container, line) end)
  if not ok then note(record, name, container, "log lost: " .. tostring(failure)) end
  pod.followed[container] = "ended"
end

local function take_containers(record, pod, object)
  for _, list in ipairs { "initContainerStatuses", "containerStatuses" } do
    for _, status in ipairs(object.status[list] or {}) do
      local ended = status.state.terminated
      if ended and not pod.ended[status.name] then
        pod.ended[status.name] = { at = zdt.now(), finished_at = ended.finishedAt, exit_code = ended.exitCode }
        note(record, pod.name, "pod", ("%s terminated, exit code %d"):format(status.name, ended.exitCode))
      end
    end
  end
end

local function take_pod(record, type, object)
  record.sees_pods = true
  if not object.metadata.deletionTimestamp and type ~= "DELETED" then return end
  local pod = pod_in(record, object.metadata.name)
  if not pod.deleted then
    pod.deleted = zdt.now()
    note(record, pod.name, "pod", "deleted")
  end
  take_containers(record, pod, object)
  if type == "DELETED" then
    pod.gone = zdt.now()
    note(record, pod.name, "pod", "gone")
  end
end

local function conditions_of(endpoint)
  local is = endpoint.conditions
  return ("ready=%s serving=%s terminating=%s"):format(is.ready, is.serving, is.terminating)
end

-- All slices of the Service together: a pod may move from one to another.
local function endpoints_in(slices)
  local found = {}
  for _, slice in pairs(slices) do
    for _, endpoint in ipairs(slice.endpoints or {}) do
      if endpoint.targetRef then found[endpoint.targetRef.name] = conditions_of(endpoint) end
    end
  end
  return found
end

local function take_slice(record, type, object)
  record.sees_endpoints = true
  record.slices[object.metadata.name] = type ~= "DELETED" and object or nil
  local now = endpoints_in(record.slices)
  for name in pairs(record.endpoints) do now[name] = now[name] or "gone" end
  for name, state in pairs(now) do
    if record.endpoints[name] ~= state then
      -- How a pod begins is not what this is about.
      if record.endpoints[name] then note(record, name, "endpoint", state) end
      local states = pod_in(record, name).endpoint
      states[#states + 1] = { at = zdt.now(), state = state }
    end
    record.endpoints[name] = state ~= "gone" and state or nil
  end
end

-- The pods that were deleted, in that order.
function shutdowns.ended(record)
  local pods = {}
  for _, pod in pairs(record.pods) do
    if pod.deleted then pods[#pods + 1] = pod end
  end
  table.sort(pods, function(a, b) return a.deleted < b.deleted end)
  return pods
end

local function unfinished(record)
  for _, pod in ipairs(shutdowns.ended(record)) do
    if not pod.gone then return pod.name .. " is not gone" end
    if record.endpoints[pod.name] then return pod.name .. " is still in the EndpointSlice" end
    for container in pairs(pod.lines) do
      if not pod.followed[container] then return ("the log of %s in %s has not ended"):format(container, pod.name) end
    end
  end
end

-- Records while work(record) runs, and then until the last pod that was deleted meanwhile is gone and its logs have ended.
-- watched  { ns?, labels (of the pods), service (whose endpoints), containers (whose logs) }: the logs of all pods that there
-- are at the beginning. record.zero, where the time axis begins, is the beginning unless `work` sets it.
function shutdowns.record(watched, work)
  local record = { ns = watched.ns, zero = zdt.now(), events = {}, pods = {}, slices = {}, endpoints = {} }
  local branches = {
    function()
      zdt.eventually("the watches have begun", { timeout = "10s", every = "20ms" }, function()
        return record.sees_pods and record.sees_endpoints, "no pod or no EndpointSlice seen"
      end)
      work(record)
      zdt.eventually("every end was seen to its last line", { timeout = "90s", every = "50ms" }, function()
        local missing = unfinished(record)
        return missing == nil, missing
      end)
    end,
    function()
      zdt.k8s.watch("pods", { ns = watched.ns, labels = watched.labels, timeout = "10m" },
        function(type, object) take_pod(record, type, object) end)
    end,
    function()
      local labels = "kubernetes.io/service-name=" .. watched.service
      zdt.k8s.watch("endpointslices", { ns = watched.ns, labels = labels, timeout = "10m" },
        function(type, object) take_slice(record, type, object) end)
    end,
  }
  for _, object in ipairs(zdt.k8s.list("pods", { ns = watched.ns, labels = watched.labels })) do
    for _, container in ipairs(watched.containers) do
      branches[#branches + 1] = function() follow(record, object.metadata.name, container) end
    end
  end
  zdt.parallel(branches, { beside_first = true })
  return record
end

-- Puts something else on the axis: an update's step, a request.
function shutdowns.note(record, source, what) note(record, "", source, what) end

return shutdowns
