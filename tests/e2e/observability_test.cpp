// Prometheus, and the Gateway, on a real rehearsal cluster.
#include <boost/asio/steady_timer.hpp>

#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Observability : public Demo {
 protected:
  void SetUp() override {
    Demo::SetUp();
    ASSERT_EQ(demo({"cluster", "up"}).code, 0);
    apply("manifests/routing-service/base-manifest");
    apply("manifests/k8s-app-workload/base-manifest");
    wait("rollout/k8s-web-pool", "jsonpath={.status.phase}=Healthy");
  }
  void apply(const std::string& folder) {
    const host::Exit exit = kubectl({"apply", "-k", std::string(ZDT_SOURCE) + "/" + folder});
    ASSERT_EQ(exit.code, 0) << exit.err;
  }
  void wait(const std::string& object, const std::string& condition, const std::string& ns = "default") {
    const host::Exit exit = kubectl({"-n", ns, "wait", object, "--for=" + condition, "--timeout=60s"});
    ASSERT_EQ(exit.code, 0) << exit.err;
  }
  /// Asks again and again, at most 30 s; how long it took.
  milliseconds until(const std::function<bool()>& holds) {
    const auto began = std::chrono::steady_clock::now();
    const auto took = [&] {
      return std::chrono::duration_cast<milliseconds>(std::chrono::steady_clock::now() - began);
    };
    while (!holds()) {
      if (took() > std::chrono::seconds(30)) {
        ADD_FAILURE() << "it did not happen within 30 s";
        break;
      }
      asio::io_context loop;
      asio::steady_timer(loop, milliseconds(100)).wait();
    }
    return took();
  }
  double query(const std::string& promql) {
    const host::Exit exit =
        kubectl({"get", "--raw",
                 "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy/api/v1/query?query=" +
                     promql});
    const json answer = json::parse(exit.out, nullptr, false);
    const json& result = array_at(answer, {"data", "result"});
    return result.empty() ? 0 : std::stod(result[0]["value"][1].get<std::string>());
  }
  std::string host_port(const std::string& service, const std::string& port) {
    const std::string path = "jsonpath={.metadata.annotations.rehearsal\\.zdt\\.dev/host-port-" + port + "}";
    return kubectl({"get", "svc", service, "-o", path}).out;
  }
};

TEST_F(Observability, TheTargetsOfServiceMonitorsAreUpSoon) {
  apply("observability/rehearsal");
  wait("deploy/prometheus", "condition=Available", "monitoring");
  apply("observability/service-monitors");
  const auto took = until([this] { return query("sum(up%7Bjob=%22k8s-web-pool%22%7D)") >= 6; });
  std::printf("[ MEASURED ] from ServiceMonitors to targets that are up: %d ms\n",
              static_cast<int>(took.count()));
  EXPECT_LT(took, std::chrono::seconds(15)) << "usually within 10 s";
  until([this] { return query("sum(up%7Bjob=%22edge-routing-service%22%7D)") == 1; });
  until([this] { return query("count(rollout_info)") >= 2; });
}

TEST_F(Observability, AGatewayAnswersOnThisMachineAndFollowsItsRoutesWithoutALoss) {
  const std::string service = "zerodt-demo-gateway-cloud-provider-kind";
  ASSERT_EQ(kubectl({"create", "namespace", "monitoring"}).code, 0);
  apply("manifests/ingress");
  std::string code;
  const auto took = until([&] {
    code = program({"curl", "-s", "-m", "2", "-o", "/dev/null", "-w", "%{http_code}",
                    "http://" + host_port(service, "http")})
               .out;
    return code == "200";
  });
  std::printf("[ MEASURED ] from the Gateway to its first answer: %d ms\n", static_cast<int>(took.count()));
  EXPECT_LT(took, std::chrono::seconds(10)) << "usually below 5 s";
  wait("gateway/zerodt-demo-gateway", "condition=Programmed");
  // To another Service and back, while requests go on.
  const std::string script = R"(
    curl -s --rate 100/s "http://$1/health?[1-600]" -o /dev/null -w '%{http_code}\n' > "$2" &
    for name in k8s-web-pool edge-routing-service k8s-web-pool; do
      kubectl patch httproute app --type=json -p \
        '[{"op": "replace", "path": "/spec/rules/0/backendRefs", "value": [{"name": "'$name'", "port": 80}]}]'
      sleep 1.5
    done
    wait; sort "$2" | uniq -c)";
  const host::Exit exit =
      program({"sh", "-c", script, "sh", host_port(service, "http"), (state() / "codes").string()});
  EXPECT_NE(exit.out.find("    600 200\n"), std::string::npos) << exit.out << exit.err;
  // Its ports end with it, and the cluster goes on: the server once died of an acceptor that was cancelled too late.
  const std::string address = host_port(service, "http");
  EXPECT_EQ(kubectl({"delete", "gateway", "--all", "--timeout=30s"}).code, 0);
  until([&] { return program({"curl", "-s", "-m", "2", "http://" + address}).code == 7; });
  EXPECT_EQ(kubectl({"get", "nodes"}).code, 0);
}

}  // namespace
}  // namespace zdt::e2e
