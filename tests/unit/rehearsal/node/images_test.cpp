#include "unit/rehearsal/node/node_world.h"

// The project's own catalogue and workload: the demo application, and Envoy where it is installed.
namespace zdt::rehearsal {
namespace {

const host::fs::path kProject = host::fs::path(__FILE__).parent_path() / "../../../..";

host::fs::path build_folder() { return host::fs::read_symlink("/proc/self/exe").parent_path().parent_path(); }
std::string tools_folder() {
  const char* own = std::getenv("ZDT_TOOLS");
  return own != nullptr ? own : (build_folder() / "tools").string();
}
std::string images() { return host::read_file(kProject / "manifests/rehearsal-images.yaml").value(); }
std::map<std::string, std::string> variables() {
  return {{"build", build_folder().string()}, {"tools", tools_folder()}, {"root", kProject.string()}};
}

TEST(Images, TheDemoApplicationBecomesReadyAndEndsGracefully) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  if (!host::fs::exists(build_folder() / "bin/monolith")) GTEST_SKIP() << "needs bin/monolith: build it";
  in_cluster_namespaces([variables = variables()] {
    NodeWorld world(images(), variables);
    world.create_pod("web", R"({terminationGracePeriodSeconds: 10, securityContext: {runAsNonRoot: true},
      containers: [{name: app, image: 'zdt/monolith:v0.1.0', args: [--port, '8000'],
      ports: [{name: app, containerPort: 8000}], startupProbe: {tcpSocket: {port: app}, periodSeconds: 1, failureThreshold: 9},
      readinessProbe: {httpGet: {path: /health, port: app}, periodSeconds: 1},
      securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}}]})");
    ASSERT_TRUE(world.run_until([&] { return world.condition("web", "Ready") == "True"; }))
        << world.pod("web").dump(1) << world.log("web", "app");
    const std::string version = world.exec("web", "", {"curl", "-si", "http://127.0.0.1:8000/health"}).out;
    EXPECT_NE(version.find("v0.1.0"), std::string::npos) << version;
    std::string end;
    auto watch = world.store.subscribe([&](const Event& event) {
      const json& statuses = array_at(*event.object, {"status", "containerStatuses"});
      if (event.resource == "pods" && !statuses.empty()) end = statuses[0]["state"].dump();
    });
    world.remove_pod("web");
    ASSERT_TRUE(world.run_until_gone("web"));
    EXPECT_NE(end.find("\"exitCode\":0"), std::string::npos) << end;
  });
}

/// The base manifest as kustomize would have it: the pod's template and the ConfigMap of its Envoy.
json base_manifest() {
  const auto folder = kProject / "manifests/k8s-app-workload/base-manifest";
  json rollout =
      parse_yaml(host::read_file(folder / "rollout.yaml").value(), "rollout.yaml").value();
  return rollout["spec"]["template"]["spec"];
}

TEST(Images, ThePodOfTheBaseManifestServesThroughItsEnvoySidecar) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  if (!host::fs::exists(tools_folder() + "/bin/envoy")) GTEST_SKIP() << "needs Envoy in " << tools_folder();
  in_cluster_namespaces([variables = variables()] {
    NodeWorld world(images(), variables);
    const auto config =
        host::read_file(kProject / "manifests/k8s-app-workload/base-manifest/envoy.yaml").value();
    world.store
        .create("configmaps", {{"metadata", {{"name", "k8s-web-pool-envoy"}, {"namespace", "default"}}},
                               {"data", {{"envoy.yaml", config}}}})
        .value();
    world.create_pod("web", base_manifest().dump());
    ASSERT_TRUE(
        world.run_until([&] { return world.condition("web", "Ready") == "True"; }, std::chrono::seconds(20)))
        << world.pod("web").dump(1) << world.log("web", "envoy");
    const auto answer = world.exec("web", "app", {"curl", "-si", "http://envoy:8080/health"});
    EXPECT_NE(answer.out.find("x-pod: web"), std::string::npos) << answer.out << answer.err;
    world.remove_pod("web");
    EXPECT_TRUE(world.run_until_gone("web"));
    EXPECT_EQ(other_processes(), 0);
  });
}

TEST(Images, NginxServesWithAConfigurationFromItsPodAndWithoutRoot) {
  ZDT_NEEDS_ROOT_AND_CRUN();
  if (!host::fs::exists(tools_folder() + "/bin/nginx")) GTEST_SKIP() << "needs nginx in " << tools_folder();
  in_cluster_namespaces([variables = variables()] {
    NodeWorld world(images(), variables);
    world.create_pod("ingress", R"({terminationGracePeriodSeconds: 10, securityContext: {runAsNonRoot: true, runAsUser: 101},
      containers: [{name: nginx, image: 'nginx:1.22', command: [sh, -c, "printf '%s' \"$CONF\" >/tmp/nginx.conf;
      exec nginx -e stderr -c /tmp/nginx.conf -g 'daemon off;'"], env: [{name: CONF, value: "pid /tmp/pid; events {} http {
      access_log off; client_body_temp_path /tmp/1; proxy_temp_path /tmp/2; fastcgi_temp_path /tmp/3; uwsgi_temp_path /tmp/4;
      scgi_temp_path /tmp/5; server { listen 8080; location / { return 200 $server_port; } } }"}],
      readinessProbe: {tcpSocket: {port: 8080}, periodSeconds: 1}}]})");
    ASSERT_TRUE(world.run_until([&] { return world.condition("ingress", "Ready") == "True"; }))
        << world.pod("ingress").dump(1) << world.log("ingress", "nginx");
    EXPECT_EQ(world.exec("ingress", "", {"curl", "-s", "http://127.0.0.1:8080/"}).out, "8080");
    EXPECT_EQ(world.exec("ingress", "", {"sh", "-c", "nginx -e stderr -c /tmp/nginx.conf -s reload"}).code, 0);
    world.remove_pod("ingress");
    EXPECT_TRUE(world.run_until_gone("ingress"));
    EXPECT_EQ(other_processes(), 0);
  });
}

}  // namespace
}  // namespace zdt::rehearsal
