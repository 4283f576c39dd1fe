#include "rehearsal/controllers/service_proxy.h"

#include <atomic>
#include <thread>

#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/nftables.h"
#include "unit/rehearsal/controllers/cluster.h"
#include "unit/rehearsal/controllers/network.h"

namespace zdt::rehearsal {
namespace {

// ---- when it syncs: a pretended nftables ----

struct ProxyTiming : testing::Test {
  ProxyTiming() {
    cluster.create("services",
                   service("web", {{"selector", {{"app", "web"}}},
                                   {"ports", json::array({{{"port", 80}, {"targetPort", 8000}}})}}));
    cluster.settle();
  }
  void start(milliseconds delay) {
    ProxyOptions options;
    options.sync_delay = delay;
    options.retry_delay = milliseconds(1);
    auto apply = [this](const std::string& rules) {
      const bool bad = !forbidden.empty() && rules.find("daddr " + forbidden + " ") != std::string::npos;
      if (bad || refusals-- > 0) return Result<void>(Error{Code::kEnvironment, "refused", ""});
      applied.push_back(rules);
      return Result<void>();
    };
    proxy.emplace(cluster.loop.get_executor(), cluster.store, apply, options);
    wait();
  }
  void wait() {
    bool done = false;  // the loop itself has more to do: events expire
    asio::co_spawn(cluster.loop, proxy->synced(), [&](std::exception_ptr) { done = true; });
    cluster.loop.restart();
    while (!done) cluster.loop.run_one();
  }
  void add(const std::string& name, const std::string& address) {
    cluster.create("pods", pod(name, {{"app", "web"}}, address));
    cluster.settle();
  }
  void remove(const std::string& name) {
    cluster.store.remove("pods", "default", name).value();
    cluster.settle();
  }
  Cluster cluster;
  std::vector<ObjectPtr> events_of(const std::string& name) {
    auto events = cluster.store.list("events");
    std::erase_if(events, [&](const ObjectPtr& event) { return string_at(*event, {"involvedObject", "name"}) != name; });
    return events;
  }
  std::vector<std::string> applied;
  std::string forbidden;  ///< an address that the pretended nftables refuses
  int refusals = 0;
  std::optional<ServiceProxy> proxy;
};

TEST_F(ProxyTiming, TheFirstSyncComesWithoutDelay) {
  start(std::chrono::hours(1));
  EXPECT_EQ(proxy->syncs(), 1U);
}

TEST_F(ProxyTiming, ChangesDuringTheDelayGoAlong) {
  start(milliseconds(20));
  const auto begin = std::chrono::steady_clock::now();
  for (int i = 2; i < 7; ++i) add("web-" + std::to_string(i), "10.244.0." + std::to_string(i));
  EXPECT_EQ(proxy->syncs(), 1U);
  wait();
  EXPECT_GE(std::chrono::steady_clock::now() - begin, milliseconds(20));
  EXPECT_EQ(proxy->syncs(), 2U);
  EXPECT_NE(applied.back().find("mod 5"), std::string::npos);
}

TEST_F(ProxyTiming, TheDelayCanBeSetWhileItRuns) {
  start(std::chrono::hours(1));
  proxy->set_sync_delay(milliseconds(0));
  add("web-2", "10.244.0.2");
  wait();
  EXPECT_EQ(proxy->syncs(), 2U);
}

TEST_F(ProxyTiming, ItRemembersWhenAnAddressLeft) {
  start(milliseconds(1));
  add("web-2", "10.244.0.2");
  add("web-3", "10.244.0.3");
  wait();
  std::vector<std::string> observed;
  proxy->observe_removals([&](const EndpointRemoval& removal) { observed.push_back(removal.address); });
  const WallTime before = std::chrono::system_clock::now();
  remove("web-3");
  EXPECT_TRUE(proxy->removals().empty()) << "not yet in force";
  wait();
  ASSERT_EQ(proxy->removals().size(), 1U);
  EXPECT_EQ(proxy->removals().front().service, "default/web");
  EXPECT_EQ(proxy->removals().front().address, "10.244.0.3");
  EXPECT_GE(proxy->removals().front().time, before);
  EXPECT_EQ(observed, std::vector<std::string>{"10.244.0.3"});
}

TEST_F(ProxyTiming, ARemovedServiceTakesItsAddressesAlong) {
  start(milliseconds(1));
  add("web-2", "10.244.0.2");
  wait();
  cluster.store.remove("services", "default", "web").value();
  cluster.settle();
  wait();
  EXPECT_EQ(proxy->removals().size(), 1U);
}

TEST_F(ProxyTiming, AServiceThatNftablesRefusesIsLeftOutAloneAndTold) {
  forbidden = "10.96.9.9";
  for (int i = 0; i < 5; ++i) {
    json spec = {{"clusterIP", fmt::format("10.96.9.{}", 7 + i)}, {"ports", json::array({{{"port", 80}}})}};
    cluster.create("services", service(fmt::format("s{}", i), std::move(spec)));
  }
  cluster.settle();
  start(milliseconds(1));
  EXPECT_EQ(proxy->syncs(), 1U);
  for (const char* address : {"10.96.9.7", "10.96.9.8", "10.96.9.10", "10.96.9.11"})
    EXPECT_NE(applied.back().find(address), std::string::npos) << address;
  EXPECT_EQ(applied.back().find("10.96.9.9"), std::string::npos);
  ASSERT_EQ(events_of("s2").size(), 1U);
  EXPECT_EQ(string_at(*events_of("s2").front(), {"reason"}), "LeftOut");
  add("web-2", "10.244.0.2");
  wait();
  EXPECT_NE(applied.back().find("10.244.0.2"), std::string::npos) << "the others go on changing";
  EXPECT_EQ(int_at(*events_of("s2").front(), {"count"}), 1) << "told once";
}

TEST_F(ProxyTiming, WhatCannotBeReadIsToldOnItsService) {
  json spec = {{"clusterIP", "999.1.1.1"}, {"ports", json::array({{{"port", 80}}})}};
  cluster.create("services", service("odd", std::move(spec)));
  start(milliseconds(1));
  ASSERT_EQ(events_of("odd").size(), 1U);
  EXPECT_EQ(string_at(*events_of("odd").front(), {"message"}),
            "clusterIP \"999.1.1.1\" is no IPv4 address: nothing answers there");
}

TEST_F(ProxyTiming, ARefusedSyncIsTriedAgain) {
  refusals = 1;
  start(milliseconds(1));
  EXPECT_EQ(proxy->syncs(), 1U);
}

TEST_F(ProxyTiming, ItsEndLeavesNothingThatSyncsLater) {
  start(milliseconds(5));
  add("web-2", "10.244.0.2");
  proxy.reset();
  cluster.loop.restart();
  cluster.loop.run();
  EXPECT_EQ(applied.size(), 1U);
}

// ---- what the rules do: the real nftables ----

constexpr const char* kAddress = "10.96.1.0";

struct ProxyRules : testing::Test {
  void SetUp() override {
    network = make_cluster_network();
    if (!network) GTEST_SKIP() << "making a network namespace needs root";
    nftables = Nftables::create(network).value();
    for (const char* address : {"10.244.0.2", "10.244.0.3", "10.244.0.4"}) {
      listeners.push_back(listen_in(network, address, 8000));
    }
  }
  void lead_to(const std::vector<std::string>& addresses, const std::string& protocol = "tcp") {
    const auto applied = nftables->apply(rules_for(addresses, protocol));
    ASSERT_TRUE(applied.has_value()) << applied.error().what;
  }
  static std::string rules_for(const std::vector<std::string>& addresses,
                               const std::string& protocol = "tcp") {
    const Protocol of_port = protocol == "udp" ? Protocol::kUdp : Protocol::kTcp;
    ServicePort port{"default/web", {*Ipv4::parse(kAddress)}, of_port, 80, {}};
    for (const std::string& each : addresses) port.targets.push_back({*Ipv4::parse(each), 8000});
    return ruleset(std::vector<ServicePort>{port});
  }
  /// Who takes a new connection; -1: nobody.
  int answering() {
    const Connection connection = connect_in(network, kAddress, 80);
    if (connection.error != 0) return -1;
    const int index = waiting_at(listeners);
    if (index >= 0) accept_from(listeners[static_cast<size_t>(index)]);
    return index;
  }

  Network network;
  std::shared_ptr<Nftables> nftables;
  std::vector<host::UniqueFd> listeners;
};

// As with kube-proxy: a third each, within six standard deviations, and now and then the same one twice in a row.
TEST_F(ProxyRules, EachConnectionDrawsALotAmongTheEndpoints) {
  lead_to({"10.244.0.2", "10.244.0.3", "10.244.0.4"});
  std::map<int, int> counts;
  int last = -1, twice = 0;
  for (int i = 0; i < 300; ++i) {
    const int index = answering();
    ++counts[index];
    twice += index == last ? 1 : 0;
    last = index;
  }
  for (int index : {0, 1, 2}) EXPECT_NEAR(counts[index], 100, 49) << "endpoint " << index;
  EXPECT_EQ(counts.size(), 3u);
  EXPECT_GT(twice, 0);
}

TEST_F(ProxyRules, ASwapMovesNewConnectionsOnly) {
  lead_to({"10.244.0.2"});
  const Connection kept = connect_in(network, kAddress, 80);
  const host::UniqueFd server = accept_from(listeners[0]);
  lead_to({"10.244.0.3"});
  EXPECT_EQ(answering(), 1);
  lead_to({});
  char byte = 0;
  ASSERT_EQ(send(kept.fd.get(), "a", 1, MSG_NOSIGNAL), 1);
  ASSERT_EQ(recv(server.get(), &byte, 1, 0), 1);
  ASSERT_EQ(send(server.get(), "b", 1, MSG_NOSIGNAL), 1);
  ASSERT_EQ(recv(kept.fd.get(), &byte, 1, 0), 1) << "an established connection outlives the last endpoint";
  EXPECT_EQ(byte, 'b');
}

TEST_F(ProxyRules, WithoutEndpointsAConnectionIsRefusedAtOnce) {
  lead_to({});
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(connect_in(network, kAddress, 80).error, ECONNREFUSED);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(1));
  lead_to({"10.244.0.2"});
  EXPECT_EQ(answering(), 0) << "and accepted when one comes";
}

TEST_F(ProxyRules, NoNewConnectionIsLostWhileTheSetIsSwapped) {
  constexpr int kSwaps = 300, kPerSwap = 5;
  lead_to({"10.244.0.2"});
  std::atomic<int> swaps{0}, connected{0}, lost{0};
  std::thread client([&] {
    for (int i = 0; i < kSwaps * kPerSwap; ++i) {
      while (i > (swaps + 1) * kPerSwap) std::this_thread::yield();  // so that all of them meet swaps
      ++(connect_in(network, kAddress, 80).error == 0 ? connected : lost);
    }
  });
  // Rules of the same namespace, made from another thread in it: connects must not wait for the swaps.
  const auto other = host::NetworkNamespace::join(network->path()).value();
  const auto swapping = Nftables::create(other).value();
  const std::vector<std::vector<std::string>> sets = {{"10.244.0.3"},
                                                      {"10.244.0.2", "10.244.0.4"},
                                                      {"10.244.0.4"},
                                                      {"10.244.0.2", "10.244.0.3", "10.244.0.4"}};
  for (; swaps < kSwaps; ++swaps)
    EXPECT_TRUE(swapping->apply(rules_for(sets[static_cast<size_t>(swaps % 4)])).has_value());
  client.join();
  EXPECT_EQ(lost, 0);
  EXPECT_EQ(connected, kSwaps * kPerSwap);
}

TEST_F(ProxyRules, UdpIsLedOnAndAnsweredFromTheServicesAddress) {
  lead_to({"10.244.0.2"}, "udp");
  const host::UniqueFd server = listen_in(network, "10.244.0.2", 8000, SOCK_DGRAM);
  const Connection client = connect_in(network, kAddress, 80, SOCK_DGRAM);
  ASSERT_EQ(send(client.fd.get(), "q", 1, 0), 1);
  sockaddr_in peer{};
  socklen_t size = sizeof peer;
  char byte = 0;
  ASSERT_EQ(recvfrom(server.get(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&peer), &size), 1);
  ASSERT_EQ(sendto(server.get(), "a", 1, 0, generic(peer), size), 1);
  ASSERT_EQ(recv(client.fd.get(), &byte, 1, 0), 1);
  EXPECT_EQ(byte, 'a');
}

TEST_F(ProxyRules, APodReachesOthersWithItsOwnAddressAndItselfThroughItsGateway) {
  const Network pod = add_pod_network(network);
  lead_to({"10.244.0.2"});
  std::string client;
  const Connection to_other = connect_in(pod, kAddress, 80);
  ASSERT_EQ(to_other.error, 0);
  accept_from(listeners[0], &client);
  EXPECT_EQ(client, "10.244.1.2");

  const host::UniqueFd own = listen_in(pod, "10.244.1.2", 8000);
  lead_to({"10.244.1.2"});
  const Connection to_itself = connect_in(pod, kAddress, 80);
  ASSERT_EQ(to_itself.error, 0) << "hairpin";
  accept_from(own, &client);
  EXPECT_EQ(client, "10.244.1.1");
  lead_to({});
  EXPECT_EQ(connect_in(pod, kAddress, 80).error, ECONNREFUSED);
}

TEST_F(ProxyRules, WrongRulesChangeNothingAndSayWhy) {
  lead_to({"10.244.0.2"});
  const auto refused =
      nftables->apply("flush chain ip zdt_services services\nadd rule ip zdt_services nonsense\n");
  ASSERT_FALSE(refused.has_value());
  EXPECT_NE(refused.error().what.find("Error"), std::string::npos) << refused.error().what;
  EXPECT_EQ(answering(), 0);
}

TEST_F(ProxyRules, TheProxyFollowsTheStoreFromPodToConnection) {
  Cluster cluster;
  ProxyOptions options;
  options.sync_delay = milliseconds(1);
  ServiceProxy proxy(cluster.loop.get_executor(), cluster.store, ServiceProxy::nftables_in(network).value(),
                     options);
  auto settle = [&] {
    cluster.settle();
    asio::co_spawn(cluster.loop, proxy.synced(), asio::detached);
    cluster.loop.restart();
    cluster.loop.run();
  };
  cluster.create("services",
                 service("web", {{"selector", {{"app", "web"}}},
                                 {"ports", json::array({{{"port", 80}, {"targetPort", 8000}}})}}));
  settle();
  EXPECT_EQ(answering(), -1);
  cluster.create("pods", pod("web-2", {{"app", "web"}}, "10.244.0.3"));
  settle();
  EXPECT_EQ(answering(), 1);
  request_deletion(cluster.store, "pods", "default", "web-2").value();
  settle();
  EXPECT_EQ(answering(), 1) << "the last one serves while it terminates";
}

}  // namespace
}  // namespace zdt::rehearsal
