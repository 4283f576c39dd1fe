// A Prometheus of a few lines, asked over the loopback.
#include "rehearsal/autoscaling/prometheus.h"

#include <gtest/gtest.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include "rehearsal/autoscaling/trigger_poller.h"
#include "rehearsal/controllers/scaled_object_metrics.h"
#include "unit/host/on_loop.h"

namespace zdt::rehearsal {
namespace {

using asio::ip::tcp;
using zdt::testing::on_loop;
using zdt::testing::run_until;

struct PrometheusTest : ::testing::Test {
  PrometheusTest() : acceptor(loop, tcp::endpoint(asio::ip::address_v4::loopback(), 0)) {
    server = Background(loop.get_executor(), serve());
  }

  Task<void> serve() {
    while (true) {
      tcp::socket peer = co_await acceptor.async_accept(asio::use_awaitable);
      std::string request;
      co_await asio::async_read_until(peer, asio::dynamic_buffer(request), "\r\n\r\n", asio::use_awaitable);
      requests.push_back(request.substr(0, request.find(" HTTP")));
      const std::string answer = fmt::format(
          "HTTP/1.1 {} X\r\nConnection: close\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body);
      co_await asio::async_write(peer, asio::buffer(answer), asio::use_awaitable);
    }
  }

  std::string address() const { return fmt::format("http://127.0.0.1:{}", acceptor.local_endpoint().port()); }
  Result<double> ask(bool ignore_null = true, const std::string& where = "") {
    PrometheusQuery query{where.empty() ? address() : where, "sum(rate(x{a=\"b\"}[1m]))", ignore_null,
                          nullptr};
    return on_loop(loop, ask_prometheus(client, store, std::move(query)));
  }
  static std::string vector_of(const std::string& elements) {
    return R"({"status": "success", "data": {"resultType": "vector", "result": [)" + elements + "]}}";
  }

  asio::io_context loop;
  tcp::acceptor acceptor;
  http::Client client{loop.get_executor()};
  Store store;
  int status = 200;
  std::string body = vector_of(R"({"metric": {}, "value": [1, "4.5"]})");
  std::vector<std::string> requests;
  Background server;
};

TEST_F(PrometheusTest, TheQueryIsEncodedAndItsNumberComesBack) {
  EXPECT_EQ(ask().value(), 4.5);
  EXPECT_EQ(requests, std::vector<std::string>{
                          "GET /api/v1/query?query=sum%28rate%28x%7Ba%3D%22b%22%7D%5B1m%5D%29%29"});
}

TEST_F(PrometheusTest, AnswersThatAreNoSingleNumberAreToldApart) {
  struct Row {
    int status;
    std::string body, empty_counts, empty_fails;
  };
  const std::string one = R"({"value": [1, "1"]})";
  const std::vector<Row> table = {
      {200, vector_of(""), "0", "prometheus metrics 'prometheus' target may be lost, the result is empty"},
      {200, vector_of(R"({"value": [1, "NaN"]})"), "0", "promQuery returns NaN"},
      {200, vector_of(one + "," + one),
       "prometheus query sum(rate(x{a=\"b\"}[1m])) returned multiple elements",
       "prometheus query sum(rate(x{a=\"b\"}[1m])) returned multiple elements"},
      {503, "starting", "prometheus query api returned error. status: 503 response: starting",
       "prometheus query api returned error. status: 503 response: starting"},
  };
  for (const Row& row : table) {
    status = row.status;
    body = row.body;
    for (const bool ignore : {true, false}) {
      const auto answer = ask(ignore);
      EXPECT_EQ(answer ? fmt::format("{}", *answer) : answer.error().what,
                ignore ? row.empty_counts : row.empty_fails);
    }
  }
}

TEST_F(PrometheusTest, ServicesAreFoundWithoutAskingTheClustersDns) {
  auto service = [&](const char* name, const char* address) {
    store
        .create("services", {{"metadata", {{"namespace", "monitoring"}, {"name", name}}},
                             {"spec", {{"clusterIP", address}}}})
        .value();
  };
  service("p", "10.96.0.7");
  service("headless", "None");
  store
      .create(
          "endpointslices.discovery.k8s.io",
          {{"metadata",
            {{"namespace", "monitoring"},
             {"name", "h"},
             {"labels", {{"kubernetes.io/service-name", "headless"}}}}},
           {"endpoints", json::array({{{"addresses", {"10.244.1.9"}}, {"conditions", {{"ready", true}}}}})}})
      .value();
  const std::vector<std::pair<std::string, std::string>> table = {
      {"http://p.monitoring.svc.cluster.local:9090", "http://10.96.0.7:9090"},
      {"http://p.monitoring.svc/prefix", "http://10.96.0.7/prefix"},
      {"http://p.monitoring", "http://10.96.0.7"},
      {"http://headless.monitoring.svc:9090", "http://10.244.1.9:9090"},
      {"http://10.1.2.3:80", "http://10.1.2.3:80"},
      {"http://p:9090", "dial tcp: lookup p: no such host"},
      {"http://q.monitoring:9090", "dial tcp: lookup q.monitoring: no such host"},
  };
  for (const auto& [given, expected] : table) {
    const auto found = resolve_service(store, given);
    EXPECT_EQ(found ? *found : found.error().what, expected);
  }
}

json scaled_object(const std::string& address) {
  json metadata = {{"serverAddress", address}, {"query", "up"}, {"threshold", "10"}};
  json trigger = {{"type", "prometheus"}, {"metadata", std::move(metadata)}};
  return {{"metadata", {{"namespace", "default"}, {"name", "load"}}},
          {"spec", {{"pollingInterval", 1}, {"triggers", json::array({std::move(trigger)})}}}};
}

TEST_F(PrometheusTest, ThePollerPutsAnswersAndFailuresAndStopsWhenPausedOrGone) {
  auto readings = std::make_shared<MetricReadings>();
  size_t answers = 0;
  readings->on_answer = [&](const Key&) { ++answers; };
  TriggerPoller poller(loop.get_executor(), store, readings, nullptr);
  store.create(kScaledObjects, scaled_object(address())).value();
  run_until(loop, [&] { return answers == 1; });
  const Key key{"default", "load"};
  EXPECT_EQ(readings->find(key, "s0-prometheus")->value, 4.5);
  status = 500;
  run_until(loop, [&] { return answers == 2; });  // at the next interval
  EXPECT_EQ(readings->find(key, "s0-prometheus")->failures, 1);
  status = 200;
  body = vector_of(R"({"value": [1, "7"]})");
  store.modify(kScaledObjects, "default", "load", [](json& each) { each["spec"]["cooldownPeriod"] = 1; })
      .value();
  run_until(
      loop, [&] { return answers == 3; }, milliseconds(900));  // a changed one is asked at once
  EXPECT_EQ(readings->find(key, "s0-prometheus")->value, 7);
  store
      .modify(kScaledObjects, "default", "load",
              [](json& each) {
                each["metadata"]["annotations"] = {{"autoscaling.keda.sh/paused", "true"}};
              })
      .value();
  const size_t asked = requests.size();
  loop.restart();
  loop.run_for(milliseconds(1200));
  EXPECT_EQ(requests.size(), asked);
}

}  // namespace
}  // namespace zdt::rehearsal
