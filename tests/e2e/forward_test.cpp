// Ports for people on a real rehearsal cluster, and that they end with their command.
#include <signal.h>

#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

constexpr const char* kWeb = R"(
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: app
        image: zdt/monolith:v0.1.0
        ports: [{name: http, containerPort: 8000}]
        readinessProbe: {httpGet: {path: /health, port: http}, periodSeconds: 1}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
)";

TEST_F(Demo, AForwardedPortLeadsToAPodAndOutlivesIt) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  ASSERT_EQ(kubectl({"apply", "-f", "-"}, kWeb).code, 0);
  ASSERT_EQ(kubectl({"rollout", "status", "deployment/web", "--timeout=60s"}).code, 0);

  asio::io_context loop;
  std::string shown;
  host::Command forward = command({ZDT_BINARY, "forward", "web:80", "-o", "json"});
  forward.on_output = [&](host::Stream stream, std::string_view chunk) {
    if (stream == host::Stream::kOut) shown += chunk;
  };
  auto child = host::Child::start(loop.get_executor(), forward);
  ASSERT_TRUE(child) << child.error().what;
  host::Exit exit;
  asio::co_spawn(loop, child->wait(),
                 [&exit](std::exception_ptr, host::Exit ended) { exit = std::move(ended); });
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (shown.find("]\n") == std::string::npos && std::chrono::steady_clock::now() < end)
    loop.run_one_until(end);
  const json table = json::parse(shown, nullptr, false);
  ASSERT_TRUE(table.is_array()) << shown;
  const std::string url = string_at(table[0], {"url"}), first = string_at(table[0], {"pod"});

  const std::vector<std::string> ask{"curl", "-sS", "--max-time",      "10", "-o", "/dev/null",
                                     "-D",   "-",   url + "/companies"};
  host::Exit answer = program(ask);
  EXPECT_NE(answer.out.find("200 OK"), std::string::npos) << answer.out << answer.err;
  EXPECT_NE(answer.out.find(first), std::string::npos) << answer.out;
  ASSERT_EQ(kubectl({"delete", "pod", first, "--wait=false"}).code, 0);
  answer = program(ask);
  EXPECT_NE(answer.out.find("200 OK"), std::string::npos) << answer.out << answer.err;
  EXPECT_EQ(answer.out.find(first), std::string::npos) << "it is on its way down";

  child->signal(SIGINT);
  loop.run_for(std::chrono::seconds(20));  // until it has ended
  EXPECT_EQ(exit.code, 130) << exit.err;
  EXPECT_NE(program(ask).code, 0) << "nobody listens any more";
}

}  // namespace
}  // namespace zdt::e2e
