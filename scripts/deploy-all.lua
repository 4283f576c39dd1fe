local access = require "lib.access"
local addons = require "lib.addons"
local images = require "lib.images"
local nodes = require "lib.nodes"
local observability = require "lib.observability"
local preflight = require "lib.preflight"
local workload = require "lib.workload"

-- The API server that answers is the one that this run made or found; another script that needs this one has no such memory.
local function is_ours(s)
  return s.target:version() ~= nil and (s.state.cluster == nil or s.target:identity() == s.state.cluster)
end

return zdt.script {
  name = "deploy-all",
  title = "The cluster and the demo on it",
  about = "Makes the cluster, installs what the demo stands on, deploys the workloads, and checks each from outside.",
  params = {
    registry = "",     -- push the images there (REF of a repository), instead of loading them onto Kind's nodes
    tiers = false,     -- label and taint the workers of a cluster that is not ours, too
    gateway = "auto",  -- yes, no, auto: where something gives Gateways an address
    forward = false,   -- open the URLs for people through port-forwards, until the run ends
  },
  choices = { gateway = { "yes", "no", "auto" } },

  zdt.step { "Check this machine", id = "preflight", checkpoint = "preflight", timeout = "30s",
    notes = "What this target needs of the machine. What is missing is said here, and not half-way through.",
    run = function(s) preflight.check(s.target) end,
    verify = function() return #preflight.missing() == 0 end },

  zdt.step { "Bring the cluster up", id = "cluster", checkpoint = "cluster", after = "preflight", timeout = "10m",
    notes = "On Kind four Docker containers; on the rehearsal cluster real processes in namespaces of their own.",
    run = function(s)
      zdt.observe("target", s.target:name())
      images.bring_node_image(s.target)
      zdt.observe("made now", s.target:up())
      images.load_bundle(s.target)  -- before anything that runs them
      s.state.cluster = s.target:identity()
    end,
    verify = is_ours },

  zdt.step { "It is the cluster that we mean", id = "context", checkpoint = "context", after = "cluster", timeout = "3m",
    notes = "The API server that answers is the one that was made, and its nodes are ready.",
    run = function(s)
      zdt.expect("the cluster's identity", s.target:identity()):equals(s.state.cluster)
      zdt.observe("Kubernetes", s.target:version())
      workload.wait_for_nodes("2m")
      nodes.check(s.target)
    end,
    verify = is_ours },

  zdt.step { "Give the nodes their tiers", id = "nodes", checkpoint = "nodes", after = "context", timeout = "1m",
    notes = "Two workers on demand, one spot: pods get there only when they tolerate to be interrupted.",
    run = function(s)
      if not (s.target:has("create") or s.params.tiers) then
        return zdt.observe("tiers", "left alone: not our cluster (--set tiers=true)")
      end
      zdt.observe("nodes changed", nodes.set_tiers())
    end,
    verify = function(s) return not (s.target:has("create") or s.params.tiers) or nodes.have_tiers() end },

  zdt.step { "Build and load the images", id = "images", checkpoint = "images", after = "context", timeout = "15m",
    notes = "One Dockerfile, an image for each tag; built only when its inputs have changed.",
    run = function(s) images.ensure(s.target, s.params.registry) end,
    verify = function(s) return images.are_there(s.target, s.params.registry) end },

  zdt.step { "Install Argo Rollouts", id = "argo-rollouts", checkpoint = "argo-rollouts", after = "context", timeout = "10m",
    notes = "The canary's controller. Its definitions are established before anything uses them.",
    run = function(s) addons.ensure(s.target, "argo_rollouts") end,
    verify = function(s) return addons.is_there(s.target, "argo_rollouts") end },

  zdt.step { "Install KEDA", id = "keda", checkpoint = "keda", after = "context", timeout = "10m",
    notes = "Scales the pool by what Prometheus counts.",
    run = function(s) addons.ensure(s.target, "keda") end,
    verify = function(s) return addons.is_there(s.target, "keda") end },

  zdt.step { "Install metrics-server", id = "metrics-server", checkpoint = "metrics-server", after = "context",
    timeout = "10m",
    notes = "kubectl top. Kind's kubelets have certificates that nobody signed, hence the insecure flag there.",
    run = function(s)
      local unsigned = s.target:has("create") and { args = { "--kubelet-insecure-tls" } } or nil
      addons.ensure(s.target, "metrics_server", unsigned)
      workload.wait_for_node_metrics("3m")
    end,
    verify = function() return workload.has_node_metrics() end },

  zdt.step { "Install Prometheus and the dashboard", id = "observability", checkpoint = "observability", after = "context",
    timeout = "12m",
    notes = "kube-prometheus-stack on Kind; the same Prometheus, without Grafana, on the rehearsal cluster.",
    run = function(s)
      addons.ensure(s.target, "prometheus")
      observability.apply()
      observability.wait_until_answering("4m")
    end,
    verify = function(s) return addons.is_there(s.target, "prometheus") and observability.answers() end },

  zdt.step { "Deploy the workloads and the edge", id = "workloads", checkpoint = "deployed",
    after = { "nodes", "images", "argo-rollouts", "keda" }, timeout = "8m",
    notes = "k8s-web-pool: Envoy as a native sidecar in each pod. asg-web-pool: the pool to migrate from. One Envoy edge.",
    run = function(s)
      workload.apply(workload.trees["base"], s.params.registry)
      workload.apply(workload.asg_tree, s.params.registry)
      workload.apply(workload.edge_tree, s.params.registry)
      zdt.parallel {
        function() zdt.rollout.wait(workload.name, { timeout = "6m" }) end,
        function() zdt.rollout.wait(workload.asg, { timeout = "6m" }) end,
        function() zdt.rollout.wait(workload.edge, { timeout = "6m" }) end,
      }
      local pool = zdt.rollout.status(workload.name)
      zdt.expect("ready pods", pool.ready):equals(pool.replicas)
    end,
    verify = function()
      return workload.is_healthy(workload.name) and workload.is_healthy(workload.asg) and workload.is_healthy(workload.edge)
    end },

  zdt.step { "Requests arrive through the edge", id = "reachable", checkpoint = "reachable", after = "workloads",
    timeout = "3m",
    notes = "Straight to the edge, never through a port-forward: that would pin one pod.",
    run = function(s)
      workload.wait_for_edge(s.target, "60s")
      zdt.observe("pods that answered", #workload.wait_until_answering(s.target, zdt.rollout.status(workload.name).replicas))
    end,
    verify = function(s) return workload.wait_for_edge(s.target, "10s") end },

  zdt.step { "Open the gateway", id = "gateway", checkpoint = "gateway", after = { "workloads", "observability" },
    timeout = "5m",
    notes = "Gateway API: one Gateway, four routes; each URL is asked.",
    run = function(s)
      if not access.wants_gateway(s.target, s.params.gateway) then
        return zdt.observe("gateway", "not opened: nothing here gives Gateways an address (--set gateway=yes)")
      end
      addons.ensure(s.target, "gateway_api")
      access.open_gateway(s.target, "3m")
    end,
    verify = function(s) return not access.wants_gateway(s.target, s.params.gateway) or access.is_open() end },

  zdt.step { "Prometheus sees the demo", id = "targets", checkpoint = "targets", after = { "reachable", "observability" },
    timeout = "3m",
    notes = "Asked of Prometheus itself: every target is up, and every query of the dashboard has an answer.",
    run = function(s) observability.check(s.target) end,
    verify = function() return observability.sees_the_demo() end },

  zdt.step { "Where to look", id = "access",
    after = { "gateway", "targets", "metrics-server" },
    run = function(s) access.show(s.target, s.params.forward) end },
}
