local endings = require "lib.endings"
local pair = require "lib.pair"
local pool = require "lib.pool"
local shutdowns = require "lib.shutdowns"
local workload = require "lib.workload"

local watched = { labels = workload.pods, service = workload.name, containers = { "app", "envoy" } }

-- By the template's hash: two trees with the same image differ in their hooks and probes.
local function runs(template)
  return template ~= nil and workload.template() == template and workload.is_healthy(workload.name)
end

local function has_hooks(s) return s.params.hooks:find("native-sidecar", 1, true) ~= nil end

-- Updates to the tag, and puts every change of revision, step and weight on the time axis. fast: no pause is waited for.
local function update(s, record)
  record.zero = zdt.now()
  zdt.rollout.set_image(workload.name, { app = workload.image(s.params.tag) })
  local seen
  zdt.rollout.watch(workload.name, { timeout = "5m" }, function(status)
    local now = ("revision %d, %s, step %d of %d, weight %d %%, %d of %d updated"):format(status.revision, status.phase,
      status.step, status.steps, status.weight, status.updated, status.replicas)
    if now ~= seen then shutdowns.note(record, "rollout", now) end
    seen = now
    if status.phase == "Paused" and workload.is_fast(s) then zdt.rollout.promote(workload.name) end
  end)
end

local function expect_trustworthy(r, s)
  pair.expect_trustworthy(r, 1000)
  for _, tag in ipairs { s.params.from, s.params.tag } do
    zdt.expect("answers by " .. tag, (r.versions[tag] or { ok = 0 }).ok):above(0)
  end
end

return zdt.script {
  name = "rollout",
  title = "Rolling update under load",
  about = "Updates the image while requests keep coming, shows each old pod's end on one time axis, and counts what is lost. "
    .. "With hooks=none it must find losses.",
  needs = { "deploy-all" },
  params = { hooks = "after-native-sidecar", from = "v0.1.0", tag = "v0.1.2", rate = 100, speed = "normal" },
  choices = { hooks = { "after-native-sidecar", "before-native-sidecar", "none", "base" }, speed = { "normal", "fast" } },

  zdt.step { "Deploy the manifests to be tested", checkpoint = "prepared",
    notes = "hooks=none takes the naive manifests: no hooks, no probes, no graceful stop.",
    timeout = "5m",
    run = function(s)
      pool.bring_to(s.target, workload.tree(s.params.hooks), s.params.from)
      local status = zdt.rollout.status(workload.name)
      zdt.expect("image", status.images.app):equals(workload.image(s.params.from))
      s.state.prepared = status.stable
    end,
    undo = function(s) pool.bring_to(s.target, workload.trees.base) end,
    verify = function(s) return runs(s.state.prepared) end },

  zdt.step { "Start the load",
    notes = "Open model: requests come at their own pace, whatever the cluster does; some take 0.3 s. Watch the failed count.",
    run = function(s)
      s.load = zdt.load.start {
        targets = workload.mix(s.target:url("edge")), rate = s.params.rate, seed = 1, follow = { labels = workload.pods },
      }
      zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
        local now = s.load:snapshot()
        return now.ok >= s.params.rate, ("%d of %d ok"):format(now.ok, s.params.rate)
      end)
      zdt.expect("failed before the update", s.load:snapshot().failed):equals(0)
    end,
    undo = function(s)
      if s.load then s.load:stop() end
    end },

  zdt.step { "Update the image",
    notes = "Pods are replaced one by one; old ones drain while new ones take over. Then the table: endpoint first, then the "
      .. "drain, SIGTERM to the app, SIGTERM to Envoy.",
    timeout = "6m",
    needs_state = { load = "start-the-load" },
    run = function(s)
      s.load:mark("update")
      local record = shutdowns.record(watched, function(record) update(s, record) end)
      s.load:mark("after")
      endings.show(record, "What happened, in ms since the update")
      endings.show_each(record, "Each old pod's end")
      local status = zdt.rollout.status(workload.name)
      zdt.expect("image", status.images.app):equals(workload.image(s.params.tag))
      s.state.updated = status.stable
      if not has_hooks(s) then return end
      for _, pod in ipairs(shutdowns.ended(record)) do
        endings.expect_endpoint(pod)
        endings.expect_drained(pod)
        endings.expect_app_first(pod, s.params.hooks == "after-native-sidecar")
      end
    end,
    undo = function()
      zdt.rollout.undo(workload.name)
      zdt.rollout.wait(workload.name, { timeout = "5m" })
      workload.wait_until_settled()
    end },

  zdt.step { "Count what was lost", checkpoint = "counted",
    notes = "Every request ended in exactly one outcome; the sum is checked.",
    timeout = "3m",
    needs_state = { load = "start-the-load" },
    run = function(s)
      zdt.eventually("at least 1,000 requests were sent", { timeout = "60s", every = "100ms" }, function()
        return s.load:snapshot().sent >= 1000 + s.params.rate
      end)
      local r = s.load:stop()
      s.state.sent, s.state.failed = r.sent, r.failed
      zdt.result(pair.lost(r))
      pair.show_phases(r)
      expect_trustworthy(r, s)
      local answered = 0
      for _ in pairs(r.pods) do answered = answered + 1 end
      zdt.observe("pods that answered", answered)
      zdt.observe("longest error window", ("%d ms"):format(r.verdict.longest_error_window_ms))
      if s.params.hooks == "none" then
        zdt.expect("requests that the naive manifests lost", r.failed):at_least(1)
      else
        if has_hooks(s) then pair.expect_time_for(r) end
        zdt.expect("failed requests", r.failed):equals(0)
        zdt.expect("unfinished requests", r.unfinished):equals(0)
        zdt.expect("p99", r.latency.p99):below("800ms")
      end
    end,
    verify = function(s) return s.state.sent ~= nil and runs(s.state.updated) end },

  finally = function(s) pool.bring_to(s.target, workload.trees.base) end,
}
