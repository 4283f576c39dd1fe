-- What the tests run on --on kind with the stand-ins: a cluster, an image, a chart, a way in.
return zdt.script {
  name = "kind-demo",
  title = "A small demo on Kind",
  params = { tag = "v0.1.0" },

  zdt.step { "Cluster", checkpoint = "cluster",
    run = function(s)
      zdt.observe("made now", s.target:up())
      s.state.cluster = s.target:identity()
      zdt.expect("nodes", #zdt.k8s.list("nodes")):at_least(1)
    end,
    verify = function(s) return s.target:identity() == s.state.cluster end },

  zdt.step { "Image", checkpoint = "image",
    run = function(s)
      local image = "zdt/monolith:" .. s.params.tag
      zdt.observe("built now", zdt.docker.build { context = "monolith-demo-app", tag = image, args = { VERSION = s.params.tag } })
      zdt.kind.load_image(image)
    end },

  zdt.step { "Chart", checkpoint = "chart",
    run = function()
      zdt.helm.upgrade_install { release = "keda", chart = "keda", version = "2.17.0", repo = "https://kedacore.github.io/charts",
        namespace = "keda", values = { operator = { replicaCount = 1 } } }
    end },

  zdt.step { "Way in",
    run = function(s)
      local labels = { app = "edge" }
      zdt.k8s.apply {
        { apiVersion = "v1", kind = "Pod", metadata = { name = "edge", labels = labels },
          spec = { tolerations = { { operator = "Exists" } },
            containers = { { name = "app", image = "zdt/monolith:" .. s.params.tag, ports = { { containerPort = 8000 } } } } } },
        { apiVersion = "v1", kind = "Service", metadata = { name = "edge-routing-service" },
          spec = { type = "NodePort", selector = labels, ports = { { port = 80, targetPort = 8000, nodePort = 30080 } } } } }
      zdt.k8s.wait("pod", "edge", "condition=Ready")
      local url = s.target:url("edge")
      zdt.eventually("the edge answers 200", { timeout = "30s" }, function()
        return zdt.http.get(url .. "/health").status == 200
      end)
      zdt.observe("url", url)
    end },
}
