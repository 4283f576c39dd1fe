local workload = require "lib.workload"

local function image(tag) return "zdt/monolith:" .. tag end

local function runs_tag(tag)
  return workload.exists(workload.name)
    and zdt.rollout.status(workload.name).images.app == image(tag)
    and workload.is_healthy(workload.name)
end

local function show_phases(r)
  local rows = {}
  for _, phase in ipairs(r.phases) do
    rows[#rows + 1] = { phase.name, phase.sent, phase.ok, phase.failed, phase.unfinished }
  end
  zdt.table { title = "Requests per phase", columns = { "phase", "sent", "ok", "failed", "unfinished" }, rows = rows }
end

local function expect_trustworthy(r, s)
  zdt.expect("requests sent", r.sent):at_least(1000)
  zdt.expect("sent = ok + failed + unfinished", r.ok + r.failed + r.unfinished):equals(r.sent)
  zdt.expect("arrivals that the load itself dropped", r.self_check.dropped_arrivals):equals(0)
  for _, tag in ipairs { s.params.from, s.params.tag } do
    zdt.expect("answers by " .. tag, (r.versions[tag] or { ok = 0 }).ok):above(0)
  end
end

return zdt.script {
  name = "rollout",
  title = "Rolling update under load",
  about = "Updates the image while requests keep coming, and counts what is lost. With hooks=none it must find losses.",
  needs = { "deploy-all" },
  params = { hooks = "after-native-sidecar", from = "v0.1.0", tag = "v0.1.2", rate = 100 },

  zdt.step { "Deploy the manifests to be tested", checkpoint = "prepared",
    notes = "hooks=none takes the naive manifests: no hooks, no probes, no graceful stop.",
    timeout = "5m",
    run = function(s)
      workload.apply(workload.tree(s.params.hooks))
      zdt.rollout.set_image(workload.name, { app = image(s.params.from) })
      zdt.rollout.wait(workload.name, { timeout = "4m" })
      workload.wait_until_settled()
      local status = zdt.rollout.status(workload.name)
      zdt.expect("image", status.images.app):equals(image(s.params.from))
      workload.wait_until_answering(s.target, status.replicas)
    end,
    verify = function(s) return runs_tag(s.params.from) end },

  zdt.step { "Start the load",
    notes = "Open model: requests come at their own pace, whatever the cluster does; some take 0.3 s. Watch the failed count.",
    run = function(s)
      s.load = zdt.load.start { targets = workload.mix(s.target:url("edge")), rate = s.params.rate, seed = 1 }
      zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
        local now = s.load:snapshot()
        return now.ok >= s.params.rate, ("%d of %d ok"):format(now.ok, s.params.rate)
      end)
      zdt.expect("failed before the update", s.load:snapshot().failed):equals(0)
    end },

  zdt.step { "Update the image",
    notes = "Pods are replaced one by one; old ones drain while new ones take over.",
    timeout = "6m",
    run = function(s)
      s.load:mark("update")
      zdt.rollout.set_image(workload.name, { app = image(s.params.tag) })
      zdt.rollout.wait(workload.name, { timeout = "5m" })
      workload.wait_until_settled()
      s.load:mark("after")
      zdt.expect("image", zdt.rollout.status(workload.name).images.app):equals(image(s.params.tag))
    end,
    undo = function()
      zdt.rollout.undo(workload.name)
      zdt.rollout.wait(workload.name, { timeout = "5m" })
    end },

  zdt.step { "Count what was lost", checkpoint = "counted",
    notes = "Every request ended in exactly one outcome; the sum is checked.",
    timeout = "3m",
    run = function(s)
      zdt.eventually("at least 1,000 requests were sent", { timeout = "60s", every = "100ms" }, function()
        return s.load:snapshot().sent >= 1000 + s.params.rate
      end)
      local r = s.load:stop()
      s.state.sent, s.state.failed = r.sent, r.failed
      show_phases(r)
      expect_trustworthy(r, s)
      local answered = 0
      for _ in pairs(r.pods) do answered = answered + 1 end
      zdt.observe("pods that answered", answered)
      zdt.observe("longest error window", ("%d ms"):format(r.verdict.longest_error_window_ms))
      if s.params.hooks == "none" then
        zdt.expect("requests that the naive manifests lost", r.failed):at_least(1)
      else
        zdt.expect("failed requests", r.failed):equals(0)
        zdt.expect("unfinished requests", r.unfinished):equals(0)
        zdt.expect("p99", r.latency.p99):below("800ms")
      end
    end,
    verify = function(s) return s.state.sent ~= nil and runs_tag(s.params.tag) end },
}
