local lab = require "lib.lab"
local pair = require "lib.pair"

local ns, name, container = "lab-probes", "simpleprobe", "simpleweb"
local labels = "app.kubernetes.io/name=simpleprobe"
local from, to = "zdt/monolith:v0.1.0", "zdt/monolith:v0.1.2"
local many, few = 6, 3

-- rate: requests a second; quiet: how long nothing may fail before a change counts as over. A connection that nobody
-- answers takes 2 s to become a failure.
local speeds = { normal = { rate = 100, quiet = 3 }, fast = { rate = 80, quiet = 2.2 } }

local function speed(s) return speeds[s.params.speed] end

local function url(s) return s.target:url(ns .. "/" .. name) end

-- Each request over a connection of its own, as from many visitors: a connection that stands would stay with its pod.
local function start_load(s)
  s.load = zdt.load.start {
    targets = { { url = url(s) .. "/companies", weight = 3 }, { url = url(s) .. "/sleep/0.2", weight = 2 } },
    rate = speed(s).rate, keep_alive = false, seed = 1, self_check = "observe",
    follow = { labels = labels, ns = ns },
  }
  zdt.eventually("answers arrive", { timeout = "20s", every = "100ms" }, function()
    local now = s.load:snapshot()
    return now.ok >= speed(s).rate, ("%d of %d ok"):format(now.ok, speed(s).rate)
  end)
  zdt.expect("failed before any change", s.load:snapshot().failed):equals(0)
end

local function stop_load(s)
  if s.load then s.load:stop() end
  s.load = nil
end

-- A change is over when its pods are gone and the last node has heard of it: nothing has failed for a while.
local function wait_until_over(s)
  local failed, since = s.load:snapshot().failed, zdt.now()
  zdt.rollout.wait(name, { ns = ns, timeout = "2m" })
  lab.wait_until_settled(ns, labels)
  zdt.eventually("nothing fails any more", { timeout = "60s", every = "100ms" }, function()
    local now = s.load:snapshot().failed
    if now ~= failed then failed, since = now, zdt.now() end
    return zdt.now() - since >= speed(s).quiet, ("%d failed, the last just now"):format(failed)
  end)
end

-- What is kept of a run: also what each change lost.
local function summary(report)
  local kept = pair.summary(report)
  kept.lost = {}
  for _, phase in ipairs(report.phases) do kept.lost[phase.name] = phase.failed + phase.unfinished end
  return kept
end

local function runs(image, replicas)
  local there = zdt.k8s.get("deployments", name, { ns = ns })
  if not there then return false end
  local status = zdt.rollout.status(name, { ns = ns })
  return status.images[container] == image and status.replicas == replicas and status.phase == "Healthy"
end

local function deploy(title, tree)
  return zdt.step { "Deploy " .. title, id = "deploy-" .. tree, checkpoint = "deployed-" .. tree, timeout = "4m",
    notes = ("Six pods of v0.1.0, %s. manifests/labs/probes/%s."):format(title, tree),
    run = function(s)
      lab.deploy(ns, "manifests/labs/probes/" .. tree)
      lab.wait_until_answering(url(s), 5 * many)
    end,
    undo = function() lab.remove(ns) end,
    verify = function(s) return s.state[tree] ~= nil or runs(from, many) end }
end

local function scale_down(title, tree, notes)
  return zdt.step { "Scale from six pods to three, " .. title, id = "scale-down-" .. tree, timeout = "4m",
    notes = notes,
    run = function(s)
      start_load(s)
      s.load:mark("scale-down")
      zdt.k8s.scale("deployments", name, few, { ns = ns })
      wait_until_over(s)
      s.load:mark("between")
      zdt.observe("lost so far", s.load:snapshot().failed)
    end,
    undo = function(s)
      stop_load(s)
      zdt.k8s.scale("deployments", name, many, { ns = ns })
      zdt.rollout.wait(name, { ns = ns, timeout = "2m" })
      lab.wait_until_answering(url(s), 5 * many)
    end }
end

local function update(title, tree, notes)
  return zdt.step { "Update to v0.1.2, " .. title, id = "update-" .. tree, timeout = "4m",
    notes = notes,
    run = function(s)
      if not s.load then start_load(s) end
      s.load:mark("update")
      zdt.rollout.set_image(name, { [container] = to }, { ns = ns })
      wait_until_over(s)
      s.load:mark("after")
      zdt.observe("lost so far", s.load:snapshot().failed)
    end,
    undo = function()
      zdt.rollout.undo(name, { ns = ns })
      zdt.rollout.wait(name, { ns = ns, timeout = "2m" })
      lab.wait_until_settled(ns, labels)
    end }
end

local function count(title, tree)
  return zdt.step { "Count what was lost " .. title, id = "count-" .. tree, checkpoint = "counted-" .. tree,
    timeout = "2m",
    notes = "Every request ended in exactly one outcome. Each loss belongs to the change during which it was sent.",
    needs_state = { load = "scale-down-" .. tree },
    run = function(s)
      local report = s.load:stop()
      s.load = nil
      pair.expect_trustworthy(report, 5 * speed(s).rate)
      s.state[tree] = summary(report)
    end,
    verify = function(s) return s.state[tree] ~= nil end }
end

return zdt.script {
  name = "probes",
  title = "Readiness probes and preStop hooks",
  about = "Two versions of a web server that stops gracefully, without and with a readiness probe and a preStop hook: "
    .. "what a scale-down and a rolling update lose under load.",
  needs = { "deploy-all" },
  params = { speed = "normal" },
  choices = { speed = { "normal", "fast" } },

  deploy("without probes", "noprobes"),
  scale_down("without probes", "noprobes",
    "The pods close their ports at once; the nodes hear of it later, and go on choosing them. "
      .. "A graceful stop is not enough."),
  update("without probes", "noprobes",
    "Now the new pods lose as well: they count as ready while they are still starting."),
  count("without probes", "noprobes"),

  deploy("with probes", "withprobes"),
  scale_down("with probes", "withprobes",
    "The hook holds SIGTERM back for four seconds; the pod serves on while the nodes forget it. "
      .. "The line stays at zero."),
  update("with probes", "withprobes",
    "A new pod is chosen when its probe says so, and only then may an old one go."),
  count("with probes", "withprobes"),

  zdt.step { "Compare", id = "compare",
    notes = "Same image, same load, same changes. Ten lines of YAML are between the two columns.",
    needs_state = { noprobes = "count-noprobes", withprobes = "count-withprobes" },
    run = function(s)
      local naive, fixed = s.state.noprobes, s.state.withprobes
      pair.show("The same changes under the same load", { { "no probes", naive }, { "with probes", fixed } })
      zdt.table { title = "When they were lost", columns = { "change", "no probes", "with probes" }, rows = {
        { "scale-down", naive.lost["scale-down"], fixed.lost["scale-down"] },
        { "rolling update", naive.lost.update, fixed.lost.update },
      } }
      zdt.expect("lost by the scale-down without probes", naive.lost["scale-down"]):at_least(5)
      zdt.expect("lost by the update without probes", naive.lost.update):at_least(10)
      pair.say(naive, fixed, { "no probes", "with probes" })
      pair.expect(naive, fixed, 15)
    end },

  finally = function() lab.remove(ns) end,
  finally_keeps = { "deployed-*", "counted-*" },  -- verify asks for the rest
}
