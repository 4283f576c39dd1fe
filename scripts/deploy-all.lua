local workload = require "lib.workload"

return zdt.script {
  name = "deploy-all",
  title = "The cluster and the demo on it",
  about = "Brings the cluster up, deploys the workload and the edge in front of it, and checks that requests arrive.",

  zdt.step { "Bring the cluster up", checkpoint = "cluster",
    notes = "On the rehearsal cluster this starts real processes in namespaces of their own; nothing of the host changes.",
    timeout = "3m",
    run = function(s)
      zdt.observe("target", s.target:name())
      zdt.observe("made now", s.target:up())
      zdt.observe("Kubernetes", s.target:version())
      zdt.eventually("a node is Ready", { timeout = "60s" }, function()
        for _, node in ipairs(zdt.k8s.list("nodes")) do
          for _, condition in ipairs(node.status.conditions or {}) do
            if condition.type == "Ready" and condition.status == "True" then return true end
          end
        end
        return false, "no node with Ready=True"
      end)
    end,
    verify = function(s) return s.target:version() ~= nil end },

  zdt.step { "Deploy the workload and the edge", checkpoint = "deployed",
    notes = "k8s-web-pool: three pods, each with Envoy as a native sidecar. edge-routing-service: the Envoy at the edge.",
    timeout = "5m",
    run = function()
      workload.apply(workload.trees["base"])
      workload.apply("manifests/routing-service/base-manifest")
      zdt.parallel {
        function() zdt.rollout.wait(workload.name, { timeout = "4m" }) end,
        function() zdt.rollout.wait(workload.edge, { timeout = "4m" }) end,
      }
      local pool = zdt.rollout.status(workload.name)
      zdt.expect("ready pods", pool.ready):equals(pool.replicas)
    end,
    verify = function() return workload.is_healthy(workload.name) and workload.is_healthy(workload.edge) end },

  zdt.step { "Requests arrive through the edge", checkpoint = "reachable",
    notes = "Straight to the edge inside the cluster's network: a port-forward would pin one pod.",
    run = function(s)
      workload.wait_for_edge(s.target, "30s")
      zdt.observe("pods that answered", workload.wait_until_answering(s.target, 2))
    end,
    verify = function(s) return workload.wait_for_edge(s.target, "10s") end },
}
