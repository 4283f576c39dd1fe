-- What is shown and asserted of the pods' ends that lib/shutdowns.lua has recorded. `pod` is one of shutdowns.ended(record).
local shutdowns = require "lib.shutdowns"

local endings = {}

local function milliseconds(from, to) return to and math.floor((to - from) * 1000 + 0.5) end

-- "6d5b8b6c9f-x2x4q" of k8s-web-pool-6d5b8b6c9f-x2x4q: the ReplicaSet's hash and the pod.
local function short(name) return name:match("%w+%-%w+$") or name end

-- A line without what stands before its message: the hook's mark, the app's time, Envoy's time, level and place.
local function message_of(line)
  return line:gsub("^%[Kubernetes PreStop%] ", ""):gsub("^%d+%-%S+Z ", ""):gsub("^%[.-%]%[.-%]%[.-%]%[.-%] %[.-%] ", "")
end

-- Of the logs only what is said about the end is shown, as with: kubectl logs -f … | grep -E 'PreStop|SIGTERM|exited'
local function is_shown(record, event)
  if event.at < record.zero then return false end
  if event.source ~= "app" and event.source ~= "envoy" then return true end
  for _, word in ipairs { "PreStop", "SIGTERM", "exited", "log lost" } do
    if event.what:find(word, 1, true) then return true end
  end
  return false
end

-- What happened since record.zero, in the order in which it did. Short events of one source within 20 ms share a row.
function endings.show(record, title)
  local rows, last = {}, nil
  for _, event in ipairs(record.events) do
    local what = message_of(event.what)
    local together = last and last.pod == event.pod and last.source == event.source and event.at - last.at < 0.02
    if not is_shown(record, event) then
      last = nil
    elseif together and #last.row[4] + #what < 90 then
      last.row[4] = last.row[4] .. "; " .. what
    else
      last = { pod = event.pod, source = event.source, at = event.at,
        row = { milliseconds(record.zero, event.at), event.pod == "" and "-" or short(event.pod), event.source, what } }
      rows[#rows + 1] = last.row
    end
  end
  zdt.table { title = title, columns = { "ms", "pod", "from", "what" }, rows = rows }
end

-- The first line of a container that has this text; nil when there is none.
function endings.line(pod, container, text)
  for _, line in ipairs(pod.lines[container] or {}) do
    if line.text:find(text, 1, true) then return line end
  end
end

local function endpoint_change(pod, text)
  for _, change in ipairs(pod.endpoint) do
    if change.at >= pod.deleted - 0.1 and change.state:find(text, 1, true) then return change end
  end
end

-- When each thing happened, in milliseconds after the pod's deletion; nil for what was not seen.
function endings.milestones(pod)
  local function after(seen) return seen and milliseconds(pod.deleted, seen.at) end
  return {
    { "endpoint ready=false", after(endpoint_change(pod, "ready=false")) },
    { "preStop START", after(endings.line(pod, "app", "START: Drain Sequence initiated")) },
    { "endpoint serving=false", after(endpoint_change(pod, "serving=false")) },
    { "preStop END", after(endings.line(pod, "app", "END: Drain Sequence finished")) },
    { "app: SIGTERM", after(endings.line(pod, "app", "SIGTERM received")) },
    { "app: exited", after(endings.line(pod, "app", "exited cleanly")) },
    { "Envoy: SIGTERM", after(endings.line(pod, "envoy", "caught ENVOY_SIGTERM")) },
    { "endpoint gone", after(endpoint_change(pod, "gone")) },
    { "pod gone", milliseconds(pod.deleted, pod.gone) },
  }
end

-- One column for each pod. named  list of { heading, pod }.
function endings.compare(title, named)
  local columns, rows = { "ms after the deletion" }, {}
  for index, entry in ipairs(named) do
    columns[index + 1] = entry[1]
    for row, milestone in ipairs(endings.milestones(entry[2])) do
      rows[row] = rows[row] or { milestone[1] }
      rows[row][index + 1] = milestone[2] or "-"
    end
  end
  zdt.table { title = title, columns = columns, rows = rows }
end

function endings.show_each(record, title)
  local named = {}
  for index, pod in ipairs(shutdowns.ended(record)) do named[index] = { short(pod.name), pod } end
  endings.compare(title, named)
end

-- The most connections that the app's preStop hook counted; 0 when it counted none.
function endings.most_connections(pod)
  local most = 0
  for _, line in ipairs(pod.lines.app or {}) do
    most = math.max(most, tonumber(line.text:match("Active Connections: (%d+)$")) or 0)
  end
  return most
end

-- What the app's preStop hook said: its sentences in order, and of the counts of connections the last three.
function endings.drain_lines(pod)
  local said, counts = {}, {}
  for _, line in ipairs(pod.lines.app or {}) do
    local text = line.text:match("^%[Kubernetes PreStop%] (.*)$")
    local count = text and text:match("^Active Connections: (.*)$")
    if count then
      counts[#counts + 1] = count
    elseif text then
      if text:find("All Connections Drained", 1, true) then
        said[#said + 1] = "connections: " .. table.concat(counts, ", ", math.max(#counts - 2, 1))
      end
      said[#said + 1] = text:match("^END: Drain Sequence finished") or text
    end
  end
  return said
end

endings.whole_drain = {
  "START: Drain Sequence initiated",
  "Signaling Envoy to Close Connections...",
  "Waiting for Active Connections to Drain",
  "connections: 0, 0, 0",
  "All Connections Drained... Signaling App to Shutdown",
  "END: Drain Sequence finished",
}

-- A pod without hooks says nothing of a drain.
function endings.expect_no_drain(pod)
  zdt.expect(short(pod.name) .. ": what a preStop hook logged", endings.drain_lines(pod)):equals {}
end

-- The hook went through whole.
function endings.expect_drained(pod)
  zdt.expect(short(pod.name) .. ": what the preStop hook logged", endings.drain_lines(pod)):equals(endings.whole_drain)
end

-- From the deletion on the endpoint is never ready again, stops serving for good, and goes.
-- https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-termination-flow
function endings.expect_endpoint(pod)
  local states, wrong = {}, {}
  for _, change in ipairs(pod.endpoint) do
    local leaving = change.state:find("terminating=true", 1, true)
    local resumed = #states > 0 and states[#states]:find("serving=false", 1, true) and change.state:find("serving=true", 1, true)
    if leaving and (resumed or change.state:find("ready=true", 1, true)) then wrong[#wrong + 1] = change.state end
    if leaving or change.state == "gone" then states[#states + 1] = change.state end
  end
  local name = short(pod.name)
  zdt.expect(name .. ": ready or serving again while terminating", #wrong):equals(0)
  zdt.expect(name .. ": the endpoint's end", { states[#states - 1] or "", states[#states] or "" })
    :equals { "ready=false serving=false terminating=true", "gone" }
end

-- What came one after another, by the node's clock in the containers' logs; in doubt as it should.
local function order_of(pod, with_exit)
  local moments = {}
  for index, moment in ipairs {
    { "the hook's END", endings.line(pod, "app", "END: Drain Sequence finished") },
    { "SIGTERM to the app", endings.line(pod, "app", "SIGTERM received") },
    { "the app has exited", with_exit and endings.line(pod, "app", "exited cleanly") or nil },
    { "SIGTERM to Envoy", endings.line(pod, "envoy", "caught ENVOY_SIGTERM") },
  } do
    if moment[2] then moments[#moments + 1] = { name = moment[1], written = moment[2].written, index = index } end
  end
  table.sort(moments, function(a, b)
    if a.written ~= b.written then return a.written < b.written end
    return a.index < b.index
  end)
  local names = {}
  for index, moment in ipairs(moments) do names[index] = moment.name end
  return names
end

-- First the hook, then the app, then Envoy. A native sidecar is sent its SIGTERM when the app has exited; an ordinary Envoy
-- only waits in a hook of its own for the app's port to close, so there nothing is said about the app's exit.
function endings.expect_app_first(pod, native)
  local name, wanted = short(pod.name), { "the hook's END", "SIGTERM to the app", "SIGTERM to Envoy" }
  if native then table.insert(wanted, 3, "the app has exited") end
  zdt.expect(name .. ": order", order_of(pod, native)):equals(wanted)
  local app, envoy = pod.ended.app or {}, pod.ended.envoy or {}
  zdt.expect(name .. ": exit codes of app and envoy", { app.exit_code or "", envoy.exit_code or "" }):equals { 0, 0 }
  if native then  -- in whole seconds: it must agree with the logs
    zdt.expect(name .. ": app's finishedAt is not after envoy's", (app.finished_at or "?") <= (envoy.finished_at or "")):is_true()
  end
end

return endings
