// zdt.prometheus and zdt.envoy against a server that plays the API server's proxy, Prometheus and Envoy at
// once.
#include "base/text.h"
#include "unit/load/test_server.h"
#include "unit/script/script_world.h"

namespace zdt::script {

using load::testing::Answer;
using load::testing::Seen;

class MeasureTest : public ScriptTest {
 protected:
  MeasureTest() {
    target.server_url = trim_slash(server.url());
    const std::string prometheus = "/api/v1/namespaces/monitoring/services/prometheus-operated:9090/proxy";
    const std::string pod = "/api/v1/namespaces/default/pods/web:9901/proxy";
    answers = {
        {"GET " + prometheus + "/api/v1/query?query=up",
         R"({"status": "success", "data": {"resultType": "vector", "result": [
           {"metric": {"job": "web"}, "value": [12.5, "0.25"]}, {"metric": {}, "value": [13, "NaN"]}]}})"},
        {"GET /api/v1/query?query=1%2B1", R"({"data": {"resultType": "scalar", "result": [9, "2"]}})"},
        {"GET " + prometheus + "/api/v1/query?query=up%5B1m%5D",
         R"({"data": {"resultType": "matrix", "result": []}})"},
        {"GET " + prometheus + "/api/v1/query?query=nothing",
         R"({"data": {"resultType": "vector", "result": []}})"},
        {"GET /api/v1/namespaces/a/services/b:1/proxy/api/v1/targets?state=active",
         R"({"data": {"activeTargets": [{"labels": {"job": "web", "instance": "1:2"}, "health": "down",
           "scrapeUrl": "http://1:2/metrics", "lastError": "refused"}]}})"},
        {"GET " + pod + "/stats?format=json&filter=rq",
         R"({"stats": [{"name": "rq", "value": 3}, {"histograms": {}}]})"},
        {"GET " + pod + "/clusters?format=json",
         R"({"cluster_statuses": [{"name": "c", "host_statuses": [{"address": {"socket_address": {"address": "10.0.0.1",
           "port_value": 80}}, "stats": [{"name": "rq_total", "value": "7"}, {"name": "rq_error"}],
           "health_status": {"eds_health_status": "HEALTHY", "failed_outlier_check": true}}]}]})"},
        {"GET /api/v1/namespaces/shop/pods/web:9901/proxy/ready", "LIVE"},
        {"POST " + pod + "/healthcheck/fail", "OK"},
        {"POST /healthcheck/ok", "OK"}};
  }
  static std::string trim_slash(std::string text) {
    while (text.ends_with('/')) text.pop_back();
    return text;
  }
  Answer reply(const Seen& seen) {
    const std::string line = seen.head.substr(0, seen.head.find(" HTTP/"));
    std::string body =
        R"({"kind": "Status", "apiVersion": "v1", "message": "no endpoints available for service \"x\""})";
    int status = 503;
    if (line.find("wrong") != std::string::npos)
      status = 400, body = R"({"status": "error", "error": "parse error: x"})";
    if (line.find("starting/proxy") != std::string::npos ||
        line.find("starting:9901/proxy") != std::string::npos)
      body = "PRE_INITIALIZING";
    if (const auto known = answers.find(line); known != answers.end()) status = 200, body = known->second;
    return {fmt::format("HTTP/1.1 {} X\r\nContent-Length: {}\r\n\r\n{}", status, body.size(), body)};
  }
  std::string with_url(std::string body) {
    return body.replace(body.find("URL"), 3, trim_slash(server.url()));
  }

  std::map<std::string, std::string> answers;
  load::testing::TestServer server{[this](const Seen& seen) { return reply(seen); }};
};

TEST_F(MeasureTest, AQueryGivesNumbersWithTheirLabels) {
  ASSERT_EQ(failure_of(R"(
    local r = zdt.prometheus.query("up")
    zdt.observe("r", { #r, r[1].metric.job, r[1].value, r[1].time, r[2].value ~= r[2].value, #zdt.prometheus.query("nothing") })
  )"),
            "");
  EXPECT_EQ(observed("r"), json::parse(R"([2,"web",0.25,12.5,true,0])"));
}

TEST_F(MeasureTest, AUrlIsAskedDirectlyAndAScalarIsOneValue) {
  ASSERT_EQ(
      failure_of(with_url(
          "local r = zdt.prometheus.query('1+1', { url = 'URL/' }) zdt.observe('r', { #r, r[1].value })")),
      "");
  EXPECT_EQ(observed("r"), json::parse("[1,2]"));
}

TEST_F(MeasureTest, WhatIsWrongWithAQueryIsSaidInWords) {
  EXPECT_EQ(failure_of("zdt.prometheus.query('wrong')"), "Prometheus: parse error: x");
  EXPECT_TRUE(holds(failure_of("zdt.prometheus.query('up[1m]')"), "the query gives a matrix, not one value"));
  EXPECT_TRUE(holds(failure_of("zdt.prometheus.query('up', { service = 'no/where:1' })"),
                    "no endpoints available for service \"x\""));
  EXPECT_TRUE(holds(failure_of("zdt.prometheus.query('up', { sevice = 'x' })"), "no option \"sevice\""));
}

TEST_F(MeasureTest, TheDashboardsQueriesAreThereByName) {
  EXPECT_TRUE(holds(failure_of("zdt.prometheus.queries()"), "observability/queries.yaml"));
  ASSERT_TRUE(host::write_file(host.root / "observability/queries.yaml", "a: up\nb: >-\n  sum\n  (up)\n"));
  ASSERT_EQ(failure_of("local q = zdt.prometheus.queries() zdt.observe('q', { q.a, q.b })"), "");
  EXPECT_EQ(observed("q"), json::array({"up", "sum (up)"}));
}

TEST_F(MeasureTest, TargetsTellWhatIsScrapedAndHowItWent) {
  ASSERT_EQ(failure_of(R"(
    local t = zdt.prometheus.targets({ service = "a/b:1" })[1]
    zdt.observe("t", { t.job, t.instance, t.health, t.url, t.error, t.labels.job })
  )"),
            "");
  EXPECT_EQ(observed("t"), json::parse(R"(["web","1:2","down","http://1:2/metrics","refused","web"])"));
}

TEST_F(MeasureTest, AnEnvoyTellsItsStatsAndClusters) {
  ASSERT_EQ(failure_of(R"(
    local h = zdt.envoy.clusters("pod/web").c[1]
    zdt.observe("e", { zdt.envoy.stats("pod/web", { filter = "rq" }).rq, h.address, h.healthy, h.stats.rq_total, h.stats.rq_error })
  )"),
            "");
  EXPECT_EQ(observed("e"), json::parse(R"([3,"10.0.0.1:80",false,7,0])"));
}

TEST_F(MeasureTest, AnEnvoysHealthIsAskedAndSet) {
  ASSERT_EQ(failure_of(with_url(R"(
    zdt.observe("e", { zdt.envoy.ready("shop/web"), zdt.envoy.ready("pod/starting"), zdt.envoy.fail_healthcheck("web"),
      zdt.envoy.ok_healthcheck("URL") })
  )")),
            "");
  EXPECT_EQ(observed("e"), json::parse("[true,false,true,true]"));
  EXPECT_TRUE(
      holds(failure_of("zdt.envoy.fail_healthcheck('service/starting')"), "HTTP 503: PRE_INITIALIZING"));
  EXPECT_TRUE(holds(failure_of("zdt.envoy.ready('pod/a/b/c')"), "want \"pod/NAME\""));
  EXPECT_TRUE(holds(failure_of("zdt.envoy.ready('gone')"), "no endpoints available"));
}

}  // namespace zdt::script
