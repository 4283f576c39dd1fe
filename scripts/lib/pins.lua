-- What comes from the network besides what the manifests name, each with its version. Data only: the add-ons and
-- `zdt-demo bundle create` read it. Kind's node image stands in manifests/kind-config.yaml.
--
-- Chart versions are ones that their repositories publish; a chart without a version would be another one every day.
return {
  -- Built on this machine from monolith-demo-app/, never pulled.
  local_images = {
    "zdt/monolith:v0.1.0", "zdt/monolith:v0.1.2", "zdt/monolith:slow-startup", "zdt/monolith:improved-startup",
    "zdt/monolith:v0.1.0-shell-form", "zdt/monolith:v0.1.0-stopsignal",
  },

  -- What cloud-provider-kind v0.11.1 runs before each Gateway (pkg/constants/constants.go there): Docker's, not the nodes'.
  host_images = { "envoyproxy/envoy:v1.33.2" },

  images = {},

  charts = {
    { name = "argo-rollouts", repo = "https://argoproj.github.io/argo-helm", version = "2.40.5" },
    { name = "keda", repo = "https://kedacore.github.io/charts", version = "2.17.2",
      values = { "scripts/lib/values/keda.yaml" } },
    { name = "metrics-server", repo = "https://kubernetes-sigs.github.io/metrics-server/", version = "3.13.0" },
    { name = "kube-prometheus-stack", repo = "https://prometheus-community.github.io/helm-charts", version = "72.6.2",
      values = { "observability/values.yaml" } },
  },

  manifests = {
    -- v1.5.1 goes with cloud-provider-kind v0.11 (its go.mod), which watches ReferenceGrant v1; v1.4.0 has v1beta1 alone.
    { name = "gateway-api-v1.5.1.yaml",
      url = "https://github.com/kubernetes-sigs/gateway-api/releases/download/v1.5.1/standard-install.yaml" },
  },
}
