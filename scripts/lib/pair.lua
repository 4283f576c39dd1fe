-- Two variants under the same load: the naive one must lose requests, the fixed one must not.
local pair = {}

-- What of a load's report is kept in s.state and compared later: plain data.
function pair.summary(report)
  return {
    sent = report.sent, ok = report.ok, failed = report.failed, unfinished = report.unfinished,
    p99 = report.latency.p99, longest_error_window_ms = report.verdict.longest_error_window_ms,
    outcomes = report.outcomes, cpu_wait_percent = report.self_check.cpu_wait_percent,
  }
end

-- How much of a load's time programs may wait for a processor before a loss is the machine's. (Measured on two processors: the
-- rollout's load 11 %, beside two busy loops 33 %, nothing lost in both; a load while pods start 75 %; beside eight compilers 97 %.)
local most_waiting = 85

-- Before a claim that nothing was lost: on a machine without time for the pods a loss proves nothing about them. Exit code 3.
-- counts  a report, or its summary.   lost  of them; all by default.
function pair.expect_time_for(counts, lost)
  local waiting = (counts.self_check or counts).cpu_wait_percent or -1
  lost = lost or counts.failed + counts.unfinished
  if lost == 0 or waiting < most_waiting then return end
  zdt.fail(("%d of %d requests were lost, and this machine is too busy to say by whom: its programs waited for a processor "
    .. "during %.0f %% of the load (at most %d %%)"):format(lost, counts.sent, waiting, most_waiting),
    "end what else runs on this machine, or give it more processors", "environment")
end

-- What must hold before a count means anything. Of the load's self-check only what makes a count untrue: requests that leave
-- late, on a machine that has other work, spoil latencies and no count (`self_check = "observe"` shows them).
function pair.expect_trustworthy(report, least)
  zdt.expect("requests sent", report.sent):at_least(least)
  zdt.expect("sent = ok + failed + unfinished", report.ok + report.failed + report.unfinished):equals(report.sent)
  zdt.expect("arrivals that the load itself dropped", report.self_check.dropped_arrivals):equals(0)
  zdt.expect("local ports that the load lacked", report.self_check.ports_exhausted):equals(0)
end

local function outcomes_seen(summaries)
  local seen, names = {}, {}
  for _, summary in ipairs(summaries) do
    for name, count in pairs(summary.outcomes) do
      if name ~= "ok" and count > 0 and not seen[name] then
        seen[name] = true
        names[#names + 1] = name
      end
    end
  end
  table.sort(names)
  return names
end

-- One column for each variant. variants  list of { name, summary }.
function pair.show(title, variants)
  local columns, summaries = { "variant" }, {}
  for index, variant in ipairs(variants) do
    columns[index + 1] = variant[1]
    summaries[index] = variant[2]
  end
  local rows = {}
  local function row(name, value)
    local cells = { name }
    for index, summary in ipairs(summaries) do cells[index + 1] = value(summary) end
    rows[#rows + 1] = cells
  end
  for _, name in ipairs { "sent", "ok", "failed", "unfinished" } do row(name, function(s) return s[name] end) end
  for _, name in ipairs(outcomes_seen(summaries)) do row("· " .. name, function(s) return s.outcomes[name] or 0 end) end
  row("longest error window", function(s) return ("%d ms"):format(s.longest_error_window_ms) end)
  row("p99", function(s) return ("%.0f ms"):format(s.p99) end)
  zdt.table { title = title, columns = columns, rows = rows }
end

-- One row for each phase of a load. first  what it is called before its first mark; "start" by default.
function pair.show_phases(report, first)
  local rows = {}
  for _, phase in ipairs(report.phases) do
    rows[#rows + 1] = { phase.name == "start" and first or phase.name, phase.sent, phase.ok, phase.failed, phase.unfinished }
  end
  zdt.table { title = "Requests per phase", columns = { "phase", "sent", "ok", "failed", "unfinished" }, rows = rows }
end

-- 1888 -> "1,888"
local function grouped(number)
  local digits, grouped_digits = ("%d"):format(number):reverse(), nil
  grouped_digits = digits:gsub("(%d%d%d)", "%1,"):reverse()
  return (grouped_digits:gsub("^,", ""))
end

-- "0 of 1,888 requests lost"
function pair.lost(report)
  return ("%s of %s requests lost"):format(grouped(report.failed + report.unfinished), grouped(report.sent))
end

-- Says both in one line, as what came out. names  { "no hooks", "hooks" }; "naive" and "fixed" by default.
function pair.say(naive, fixed, names)
  names = names or { "naive", "fixed" }
  zdt.result(("%s: %s, %s: %s"):format(names[1], pair.lost(naive), names[2], pair.lost(fixed)))
end

-- The claim. at_least  what the naive variant has to lose.
function pair.expect(naive, fixed, at_least)
  zdt.expect("requests that the naive variant lost", naive.failed):at_least(at_least)
  pair.expect_time_for(fixed)
  zdt.expect("requests that the fixed variant lost", fixed.failed):equals(0)
  zdt.expect("unfinished requests of the fixed variant", fixed.unfinished):equals(0)
end

return pair
