// LoadBalancer Services on the loopback.
#include "rehearsal/host_ports.h"

#include <gtest/gtest.h>

#include "http/client.h"
#include "unit/host/on_loop.h"
#include "unit/load/test_server.h"

namespace zdt::rehearsal {
namespace {

using testing::on_loop;
using testing::run_until;

int listening_inside(host::NetworkNamespace& network, uint16_t port) {
  const int made = network.make_socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (bind(made, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0 || listen(made, 16) != 0)
    throw std::runtime_error("cannot listen inside");
  return made;
}

/// A Service whose cluster IP is the loopback of a namespace of its own.
class HostPortsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    auto made = host::NetworkNamespace::create();
    if (!made) GTEST_SKIP() << made.error().what;
    network = *made;
    inside = std::make_unique<load::testing::TestServer>([](const auto& seen) { return answer_to(seen); },
                                                         listening_inside(*network, kPort));
    ports = std::make_unique<HostPorts>(loop.get_executor(), store, network);
  }
  void TearDown() override {
    ports.reset();
    loop.restart();
    loop.poll();
  }
  static load::testing::Answer answer_to(const load::testing::Seen& seen) {
    load::testing::Answer answer = load::testing::answer(200);
    if (seen.head.starts_with("GET /slow")) answer.delay = milliseconds(30'000);
    return answer;
  }
  void create(const std::string& type, json port_list = json::array({{{"name", "http"}, {"port", kPort}}})) {
    store
        .create("services",
                {{"metadata", {{"namespace", "default"}, {"name", "web"}}},
                 {"spec", {{"type", type}, {"clusterIP", "127.0.0.1"}, {"ports", std::move(port_list)}}}})
        .value();
    settle();
  }
  void settle() {
    loop.restart();
    while (loop.poll() > 0) {
    }
  }
  std::string address(const std::string& port = "http") {
    const ObjectPtr service = store.find("services", "default", "web");
    return string_at(*service, {"metadata", "annotations", "rehearsal.zdt.dev/host-port-" + port});
  }
  Result<http::Response> get(const std::string& where, const std::string& path = "/") {
    http::Request request;
    request.url = "http://" + where + path;
    request.limit = milliseconds(3000);
    return on_loop(loop, client.send(std::move(request)));
  }

  static constexpr uint16_t kPort = 28'437;
  asio::io_context loop;
  Store store;
  std::shared_ptr<host::NetworkNamespace> network;
  std::unique_ptr<load::testing::TestServer> inside;
  std::unique_ptr<HostPorts> ports;
  http::Client client{loop.get_executor()};
};

TEST_F(HostPortsTest, AServicesOwnPortLeadsInside) {
  create("LoadBalancer");
  EXPECT_EQ(address(), fmt::format("127.0.0.1:{}", kPort));
  EXPECT_EQ(get(address()).value().body, "ok");
  const ObjectPtr service = store.find("services", "default", "web");
  EXPECT_EQ(string_at((*service)["status"]["loadBalancer"]["ingress"][0], {"ip"}), "127.0.0.1");
}

TEST_F(HostPortsTest, AnotherPortIsTakenForOneThatIsLowOrNotFree) {
  load::testing::TestServer taken([](const auto&) { return load::testing::answer(); });
  create("LoadBalancer", json::array({{{"port", 997}}, {{"name", "busy"}, {"port", taken.port()}}}));
  EXPECT_EQ(address("997"), "127.0.0.1:8997");
  EXPECT_TRUE(address("busy").starts_with("127.0.0.1:"));
  EXPECT_NE(address("busy"), fmt::format("127.0.0.1:{}", taken.port()));
}

TEST_F(HostPortsTest, OnlyLoadBalancersHaveOneAndItEndsWithThem) {
  create("ClusterIP");
  EXPECT_EQ(address(), "");
  const auto set_type = [this](const char* type) {
    store.modify("services", "default", "web", [type](json& changed) { changed["spec"]["type"] = type; })
        .value();
    settle();
  };
  set_type("LoadBalancer");
  const std::string where = address();
  EXPECT_TRUE(get(where));
  set_type("ClusterIP");
  EXPECT_EQ(address(), "");
  EXPECT_FALSE(get(where));
  set_type("LoadBalancer");
  EXPECT_TRUE(get(address()));
  store.remove("services", "default", "web").value();
  settle();
  EXPECT_FALSE(get(where));
}

TEST_F(HostPortsTest, AConnectionEndsWithItsService) {
  create("LoadBalancer");
  std::optional<bool> succeeded;
  asio::co_spawn(
      loop,
      [](http::Client& through, std::string url) -> Task<bool> {
        http::Request request;
        request.url = std::move(url);
        auto answer = co_await through.send(std::move(request));
        co_return answer.has_value();
      }(client, "http://" + address() + "/slow"),
      [&](std::exception_ptr, bool good) { succeeded = good; });
  run_until(loop, [&] { return inside->requests > 0; });
  store.remove("services", "default", "web").value();
  run_until(loop, [&] { return succeeded.has_value(); });
  EXPECT_FALSE(succeeded.value_or(true));
}

TEST_F(HostPortsTest, AClusterAddressThatIsNoneIsToldAndTheOthersAreServed) {
  for (const char* odd : {"abc", "fd00::1", "999.1.1.1", "127.0.0.1\n"}) {
    const size_t before = store.count("services");
    store
        .create("services", {{"kind", "Service"}, {"metadata", {{"namespace", "default"}, {"name", fmt::format("odd-{}", before)}}},
                             {"spec", {{"type", "LoadBalancer"}, {"clusterIP", odd}, {"ports", json::array({{{"port", 80}}})}}}})
        .value();
  }
  create("LoadBalancer", json::array({{{"name", "http"}, {"port", kPort}}, {{"port", 70000}}, {{"port", "x"}}, 5}));
  EXPECT_EQ(get(address()).value().body, "ok");
  size_t told = 0;
  for (const ObjectPtr& event : store.list("events")) told += string_at(*event, {"reason"}) == "LeftOut" ? 1 : 0;
  EXPECT_EQ(told, 5U);
}

}  // namespace
}  // namespace zdt::rehearsal
