#include "rehearsal/controllers/dns.h"

#include <signal.h>

#include <cstring>
#include <fstream>
#include <thread>

#include "host/files.h"
#include "rehearsal/controllers/dns_records.h"
#include "rehearsal/controllers/endpoints.h"
#include "unit/rehearsal/controllers/cluster.h"
#include "unit/rehearsal/controllers/network.h"

namespace zdt::rehearsal {
namespace {

TEST(DnsRecords, AClusterAddressHasTheServicesName) {
  Cluster cluster;
  const auto files =
      dns_records(cluster.store.list("services"), cluster.store.list(kEndpointSlices), "cluster.local");
  EXPECT_EQ(files.at("default.kubernetes"), "10.96.0.1 kubernetes.default.svc.cluster.local\n");
  EXPECT_EQ(files.at("kube-system.kube-dns"), "10.96.0.10 kube-dns.kube-system.svc.cluster.local\n");
}

TEST(DnsRecords, HeadlessNamesAreTheReadyPods) {
  Cluster cluster;
  cluster.create("services", service("web", {{"clusterIP", "None"}, {"selector", {{"app", "web"}}}}));
  json first = pod("web-1", {{"app", "web"}}, "10.244.0.2");
  first["spec"]["hostname"] = "first";
  first["spec"]["subdomain"] = "web";
  cluster.create("pods", std::move(first));
  cluster.create("pods", pod("web-2", {{"app", "web"}}, "10.244.0.3"));
  cluster.create("pods", pod("web-3", {{"app", "web"}}, "10.244.0.4", false));
  cluster.settle();
  const auto files =
      dns_records(cluster.store.list("services"), cluster.store.list(kEndpointSlices), "cluster.local");
  EXPECT_EQ(files.at("default.web"),
            "10.244.0.2 first.web.default.svc.cluster.local\n"
            "10.244.0.2 web.default.svc.cluster.local\n"
            "10.244.0.3 web.default.svc.cluster.local\n");
}

TEST(DnsRecords, AServiceWithoutAddressHasNoFile) {
  Cluster cluster;
  cluster.create("services", service("web", {{"clusterIP", "None"}, {"selector", {{"app", "web"}}}}));
  cluster.settle();
  const auto files =
      dns_records(cluster.store.list("services"), cluster.store.list(kEndpointSlices), "cluster.local");
  EXPECT_FALSE(files.contains("default.web"));
}

TEST(DnsRecords, WhatIsNoNameOrAddressHasNoLineAndNoFile) {
  const auto made = [](const std::string& ns, const std::string& name, const std::string& address) {
    return std::make_shared<json>(
        json{{"metadata", {{"namespace", ns}, {"name", name}}}, {"spec", {{"clusterIP", address}}}});
  };
  json slice = {{"metadata", {{"namespace", "default"}, {"name", "x"}, {"labels", {{kServiceNameLabel, "pods"}}}}},
                {"endpoints", json::array({{{"addresses", {5}}},
                                           {{"addresses", {"10.0.0.1 evil.example"}}},
                                           {{"addresses", {"10.0.0.2"}}, {"hostname", "a\n10.9.9.9 b"}},
                                           7})}};
  std::vector<LeftOut> left_out;
  const auto files = dns_records({made("default", "../../etc/x", "10.96.0.2"), made("..", "x", "10.96.0.3"),
                                  made("default", "web", "10.96.0.4\n1.2.3.4 evil"), made("default", "good", "10.96.0.5"),
                                  made("default", "pods", "None")},
                                 {std::make_shared<json>(slice)}, "cluster.local", &left_out);
  const std::map<std::string, std::string> wanted = {
      {"default.good", "10.96.0.5 good.default.svc.cluster.local\n"},
      {"default.pods", "10.0.0.2 pods.default.svc.cluster.local\n"}};
  EXPECT_EQ(files, wanted);
  EXPECT_EQ(left_out.size(), 6U);
}

/// A DNS question for A records (RFC 1035, 4.1).
std::string question(const std::string& name) {
  std::string packet("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00", 12);
  for (size_t start = 0; start < name.size();) {
    const size_t end = std::min(name.find('.', start), name.size());
    packet += static_cast<char>(end - start) + name.substr(start, end - start);
    start = end + 1;
  }
  return packet + std::string("\x00\x00\x01\x00\x01", 5);
}

/// code  the RCODE: 0 found, 3 no such name, -1 no answer.   addresses  sorted.
struct Answer {
  int code = -1;
  std::set<std::string> addresses;
  bool operator==(const Answer&) const = default;
};

/// dnsmasq's answers hold records of 16 bytes: a pointer to the name, type, class, TTL, length 4, address.
Answer parse(const std::string& packet, size_t question_size) {
  Answer answer{packet[3] & 15, {}};
  const int count = static_cast<unsigned char>(packet[7]);
  for (int i = 0; i < count; ++i) {
    const size_t at = question_size + static_cast<size_t>(i) * 16 + 12;
    if (at + 4 > packet.size()) break;
    char text[INET_ADDRSTRLEN] = "";
    answer.addresses.insert(inet_ntop(AF_INET, packet.data() + at, text, sizeof text));
  }
  return answer;
}

struct DnsServerTest : testing::Test {
  void SetUp() override {
    network = make_cluster_network();
    if (!network) GTEST_SKIP() << "making a network namespace needs root";
    if (host::find_program("dnsmasq").empty()) GTEST_SKIP() << "dnsmasq is not installed";
    dns = start();
  }
  void TearDown() override {
    dns.reset();
    turn();
  }
  std::unique_ptr<Dns> start() {
    DnsOptions options;
    options.folder = folder.path();
    Result<std::unique_ptr<Dns>> started = std::unique_ptr<Dns>();
    bool done = false;
    auto task = Dns::start(cluster.loop.get_executor(), cluster.store, network, std::move(options));
    asio::co_spawn(cluster.loop, std::move(task),
                   [&](std::exception_ptr failure, Result<std::unique_ptr<Dns>> result) {
                     done = true;
                     EXPECT_FALSE(failure);
                     started = std::move(result);
                   });
    cluster.loop.restart();
    while (!done) cluster.loop.run_one();
    EXPECT_TRUE(started.has_value()) << started.error().what;
    return started ? std::move(*started) : nullptr;
  }
  void turn() {
    cluster.settle();
    cluster.loop.restart();
    cluster.loop.poll();
  }
  Answer ask(const std::string& name) {
    const Connection server = connect_in(network, "10.96.0.10", 53, SOCK_DGRAM);
    const std::string packet = question(name);
    send(server.fd.get(), packet.data(), packet.size(), 0);
    std::string reply(512, '\0');
    const ssize_t size = recv(server.fd.get(), reply.data(), reply.size(), 0);
    if (size < 12) return {};
    reply.resize(static_cast<size_t>(size));
    return parse(reply, packet.size());
  }
  /// dnsmasq takes a change up when inotify tells it, and tells nobody: so it is asked again, for at most 5
  /// s.
  Answer ask_until(const std::string& name, const Answer& wanted) {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    Answer answer = ask(name);
    while (answer != wanted && std::chrono::steady_clock::now() < limit) {
      std::this_thread::sleep_for(milliseconds(5));
      answer = ask(name);
    }
    return answer;
  }

  host::TempDir folder{"zdt-dns-test"};
  Cluster cluster;
  Network network;
  std::unique_ptr<Dns> dns;
};

TEST_F(DnsServerTest, ItAnswersForServicesAsSoonAsItHasStarted) {
  const Answer wanted{0, {"10.96.0.1"}};
  EXPECT_EQ(ask_until("kubernetes.default.svc.cluster.local", wanted), wanted);
}

TEST_F(DnsServerTest, UnknownNamesDoNotExist) {
  EXPECT_EQ(ask("nobody.default.svc.cluster.local"), (Answer{3, {}}));
  EXPECT_EQ(ask("example.org"), (Answer{3, {}}));
}

TEST_F(DnsServerTest, NamesComeChangeAndGoWithTheirService) {
  cluster.create("services", service("web", {{"clusterIP", "None"}, {"selector", {{"app", "web"}}}}));
  cluster.create("pods", pod("web-1", {{"app", "web"}}, "10.244.0.2"));
  turn();
  const std::string name = "web.default.svc.cluster.local";
  const Answer one{0, {"10.244.0.2"}}, both{0, {"10.244.0.2", "10.244.0.3"}}, other{0, {"10.244.0.3"}},
      none{3, {}};
  EXPECT_EQ(ask_until(name, one), one);
  cluster.create("pods", pod("web-2", {{"app", "web"}}, "10.244.0.3"));
  turn();
  EXPECT_EQ(ask_until(name, both), both);
  cluster.store.remove("pods", "default", "web-1").value();
  turn();
  EXPECT_EQ(ask_until(name, other), other);
  cluster.store.remove("services", "default", "web").value();
  turn();
  EXPECT_EQ(ask_until(name, none), none);
}

TEST_F(DnsServerTest, ItsEndEndsTheServer) {
  const pid_t pid = dns->pid();
  EXPECT_EQ(kill(pid, 0), 0);
  dns.reset();
  cluster.loop.restart();
  cluster.loop.run();
  EXPECT_EQ(kill(pid, 0), -1);
}

TEST_F(DnsServerTest, ASecondServerSaysWhyItCannotStart) {
  DnsOptions options;
  host::TempDir other("zdt-dns-test");
  options.folder = other.path();
  std::string what;
  auto task = Dns::start(cluster.loop.get_executor(), cluster.store, network, std::move(options));
  asio::co_spawn(cluster.loop, std::move(task), [&](std::exception_ptr, Result<std::unique_ptr<Dns>> result) {
    what = result ? "it started" : result.error().what;
  });
  cluster.loop.restart();
  while (what.empty()) cluster.loop.run_one();
  EXPECT_NE(what.find("Address already in use"), std::string::npos) << what;
}

}  // namespace
}  // namespace zdt::rehearsal
