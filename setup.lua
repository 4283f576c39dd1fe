-- What each target needs of this machine. Data only: `zdt-demo setup` and the first step of deploy-all read it
-- (docs/setup.md explains every field).
--
-- A download's version, URL and checksums are what several public projects pin alike (searched in November 2026); the
-- tools' own checksum files could not be opened from where this was written. A download that does not match is refused.
-- A tool for which there is no such pin has no download.

local launcher = "./zdt-demo build fetches it into build/tools"

return {
  machine = { cpus = 4, memory_gib = 8, disk_gib = 10 },

  tools = {
    { name = "docker", needed = "20.10", needed_for = { "kind" },
      version = { "--version" }, pattern = "version (%d+[%d%.]*)",
      answers = { "info", "--format", "{{json .}}" },
      why = "start it (systemctl start docker; colima start; Docker Desktop), or choose a context that answers",
      get = {
        -- Not by --install: Debian's package starts a service.
        debian = "apt-get install docker.io (starts a service), or docs.docker.com/engine/install/debian",
        fedora = "dnf install moby-engine && systemctl start docker",
        macos = "brew install colima docker && colima start --cpu 4 --memory 8",
      } },

    -- A docker of 23 or newer has its builder in a package of its own: https://docs.docker.com/build/builders/#buildx
    { name = "docker-buildx", program = "docker", needed_for = { "kind" },
      version = { "buildx", "version" }, pattern = "v(%d+[%d%.]*)",
      why = "docker has no buildx; images are then built by its legacy builder, which is deprecated and shows less",
      get = {
        debian = "apt-get install docker-buildx, or docker-buildx-plugin of Docker's own packages",
        fedora = "dnf install docker-buildx",
        macos = "brew install docker-buildx",
      } },

    { name = "kubectl", needed = "1.27", needed_for = { "rehearsal", "kind", "context" },
      version = { "version", "--client" }, pattern = "Client Version: v?(%d+[%d%.]*)",
      download = {
        version = "1.33.5",
        url = "https://dl.k8s.io/release/v1.33.5/bin/linux/${arch}/kubectl",
        sha256 = {
          amd64 = "6a12d6c39e4a611a3687ee24d8c733961bb4bae1ae975f5204400c0a6930c6fc",
          arm64 = "6db7c5d846c3b3ddfd39f3137a93fe96af3938860eefdbf2429805ee1656e381",
        },
      },
      get = {
        debian = launcher,
        fedora = "dnf install kubernetes-client, or kubernetes.io/docs/tasks/tools",
        macos = "brew install kubectl",
      } },

    { name = "kind", needed = "0.20", needed_for = { "kind" },
      version = { "version" }, pattern = "kind v?(%d+[%d%.]*)",
      download = {
        version = "0.33.0",  -- the release whose notes name the node image of manifests/kind-config.yaml
        url = "https://github.com/kubernetes-sigs/kind/releases/download/v0.33.0/kind-linux-${arch}",
        sha256 = {
          amd64 = "aee6151561422756b764a4ae28e7f44cda5af5a9eead3cc9985112b1de8d8e0d",
          arm64 = "20022bee6cfcd5086cb7234d218e3454e6090022f2a8f55d1fa7fcf42c3867a2",
        },
      },
      get = {
        debian = "zdt-demo setup --install, or kind.sigs.k8s.io/docs/user/quick-start",
        fedora = "dnf install kind",
        macos = "brew install kind",
      } },

    { name = "helm", needed = "3", needed_for = { "kind", "context" },
      version = { "version", "--short" }, pattern = "v(%d+%.%d+%.%d+)",
      download = {
        version = "3.18.6",
        url = "https://get.helm.sh/helm-v3.18.6-linux-${arch}.tar.gz",
        member = "linux-${arch}/helm",
        sha256 = {
          amd64 = "3f43c0aa57243852dd542493a0f54f1396c0bc8ec7296bbb2c01e802010819ce",
          arm64 = "5b8e00b6709caab466cbbb0bc29ee09059b8dc9417991dd04b497530e49b1737",
        },
      },
      get = {
        debian = "zdt-demo setup --install, or helm.sh/docs/intro/install",
        fedora = "dnf install helm",
        macos = "brew install helm",
      } },

    { name = "envoy", needed = "1.30", needed_for = { "rehearsal" },
      version = { "--version" }, pattern = "/(%d+%.%d+%.%d+)/",
      get = { debian = launcher } },

    { name = "crun", needed = "1.8", needed_for = { "rehearsal" },
      version = { "--version" }, pattern = "version (%d+[%d%.]*)", package = "crun",
      get = { debian = "apt-get install crun", fedora = "dnf install crun", macos = "the rehearsal cluster needs Linux" } },

    { name = "nft", needed = "1.0", needed_for = { "rehearsal" },
      version = { "--version" }, pattern = "v(%d+[%d%.]*)", package = "nftables",
      get = { debian = "apt-get install nftables", fedora = "dnf install nftables", macos = "the rehearsal cluster needs Linux" } },

    { name = "dnsmasq", needed = "2.85", needed_for = { "rehearsal" },
      version = { "--version" }, pattern = "[Vv]ersion (%d+[%d%.]*)",
      package = "dnsmasq-base",  -- the package without the service
      get = { debian = "apt-get install dnsmasq-base", fedora = "dnf install dnsmasq", macos = "the rehearsal cluster needs Linux" } },

    { name = "ip", needed_for = { "rehearsal" }, package = "iproute2",
      get = { debian = "apt-get install iproute2", fedora = "dnf install iproute", macos = "the rehearsal cluster needs Linux" } },

    { name = "prometheus", needed = "2.40", needed_for = { "rehearsal" },
      version = { "--version" }, pattern = "version (%d+[%d%.]*)",
      get = { debian = launcher .. " (unpacked there: installed, it would start a service)" } },

    -- The image `busybox` of the rehearsal cluster.
    { name = "busybox", needed = "1.30", needed_for = { "rehearsal" },
      version = { "--help" }, pattern = "BusyBox v(%d+[%d%.]*)",
      get = { debian = launcher } },

    -- The image `nginx` of the rehearsal cluster: the ingress of one lab.
    { name = "nginx", needed = "1.20", needed_for = { "rehearsal" },
      version = { "-v" }, pattern = "nginx/(%d+[%d%.]*)",
      get = { debian = launcher .. " (unpacked there: installed, it would start a service)" } },

    -- Optional: no target needs them.
    { name = "cloud-provider-kind",
      get = {
        -- Goes with the Gateway API's definitions of scripts/lib/pins.lua (v0.11.1's go.mod names gateway-api v1.5.1).
        debian = "go install sigs.k8s.io/cloud-provider-kind@v0.11.1; for --gateway on kind",
        macos = "brew install cloud-provider-kind (0.11 goes with this version); for --gateway on kind",
      } },

    { name = "grafana", version = { "--version" }, pattern = "version (%d+[%d%.]*)",
      get = { debian = "grafana.com/grafana/download; on kind it comes with the chart", macos = "brew install grafana" } },

    { name = "k6", version = { "version" }, pattern = "v(%d+[%d%.]*)",
      get = { debian = "grafana.com/docs/k6/latest/set-up/install-k6; zdt.load needs none", macos = "brew install k6" } },

    { name = "siege", version = { "--version" }, pattern = "SIEGE (%d+[%d%.]*)", package = "siege",
      get = { debian = "apt-get install siege; zdt.load needs none", fedora = "dnf install siege", macos = "brew install siege" } },
  },
}
