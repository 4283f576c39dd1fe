// zdt.http and zdt.load against a server on the loopback.
#include "base/text.h"
#include "unit/load/test_server.h"
#include "unit/script/script_world.h"

namespace zdt::script {

using load::testing::Answer;
using load::testing::Seen;
using load::testing::Then;

class HttpTest : public ScriptTest {
 protected:
  std::string with_url(std::string body) {
    const std::string mark = "URL";
    for (size_t at = body.find(mark); at != std::string::npos; at = body.find(mark)) {
      body.replace(at, mark.size(), server.url(""));
    }
    return body;
  }
  static std::string whole(const std::string& body, const std::string& headers = "", int status = 200) {
    return fmt::format("HTTP/1.1 {} X\r\n{}Content-Length: {}\r\n\r\n{}", status, headers, body.size(), body);
  }
  Answer reply(const Seen& seen) {
    if (seen.head.starts_with("GET /slow")) return {whole("late"), Then::kClose, milliseconds(30'000)};
    if (seen.head.starts_with("GET /missing")) return {whole("no", "", 404)};
    if (seen.head.starts_with("GET /pod")) return {whole("ok", "x-pod: web-1\r\nx-version: v1\r\n")};
    json echo{{"head", seen.head}, {"body", seen.body}};
    return {whole(echo.dump(), "X-Thing: One\r\nContent-Type: application/json\r\n")};
  }
  load::testing::TestServer server{[this](const Seen& seen) { return reply(seen); }};
};

TEST_F(HttpTest, GetGivesStatusHeadersBodyAndJson) {
  ASSERT_EQ(failure_of(with_url(R"(
    local r = zdt.http.get("URL/x")
    zdt.observe("r", { r.status, r.headers["x-thing"], r.json.head:match("^GET /x") , type(r.body), r.took > 0 })
  )")),
            "");
  EXPECT_EQ(observed("r"), json::parse(R"([200,"One","GET /x","string",true])"));
}

TEST_F(HttpTest, AnyStatusIsAnAnswer) {
  ASSERT_EQ(failure_of(with_url(
                "local r = zdt.http.get('URL/missing') zdt.observe('r', { r.status, r.json == nil })")),
            "");
  EXPECT_EQ(observed("r"), json::parse("[404,true]"));
}

TEST_F(HttpTest, ARequestCarriesMethodHeadersAndATableAsJson) {
  ASSERT_EQ(failure_of(with_url(R"(
    local r = zdt.http.request { url = "URL/y", method = "PUT", headers = { ["X-Mine"] = "yes" }, body = { a = { 1 } } }
    zdt.observe("head", r.json.head)
    zdt.observe("body", r.json.body)
  )")),
            "");
  const auto head = observed("head").get<std::string>();
  EXPECT_TRUE(head.starts_with("PUT /y ")) << head;
  EXPECT_TRUE(holds(head, "X-Mine: yes"));
  EXPECT_TRUE(holds(lower(head), "content-type: application/json"));
  EXPECT_EQ(observed("body"), json(R"({"a":[1]})"));
}

TEST_F(HttpTest, ATimeoutIsATimeout) {
  const auto outcome = run(with_url("zdt.http.get('URL/slow', { timeout = '50ms' })"));
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kTimeout);
}

TEST_F(HttpTest, NobodyListeningIsTheEnvironmentsFault) {
  const auto outcome = run("zdt.http.get('http://127.0.0.1:1/')");
  ASSERT_TRUE(outcome.error);
  EXPECT_EQ(outcome.error->code, Code::kEnvironment);
}

TEST_F(HttpTest, ALoadIsStartedMarkedStoppedAndReported) {
  ASSERT_EQ(failure_of(with_url(R"(
    local load = zdt.load.start { url = "URL/pod", rate = "200/s", connections = 8 }
    zdt.eventually("answers", { every = "5ms" }, function() return load:snapshot().ok >= 5 end)
    load:mark("second")
    load:rate(400)
    load:pause()
    load:resume()
    zdt.eventually("more", { every = "5ms" }, function() return load:snapshot().ok >= 15 end)
    zdt.observe("running", load:snapshot().running)
    local r = load:stop()
    zdt.expect("sum", r.ok + r.failed + r.unfinished):equals(r.sent)
    zdt.expect("failed", r.failed):equals(0)
    zdt.expect("p99", r.latency.p99):below("5s")
    zdt.expect("p99", r.latency.p99):above(0)
    zdt.expect("phases", { r.phases[1].name, r.phases[2].name }):equals({ "start", "second" })
    zdt.expect("pod", r.pods["web-1"].ok):equals(r.ok)
    zdt.expect("again the same", load:stop().sent):equals(r.sent)
    zdt.expect("ended", load:snapshot().running):equals(false)
  )")),
            "");
  EXPECT_EQ(observed("running"), json(true));
  EXPECT_EQ(kept.of_type("load-finished").size(), 1u);
}

TEST_F(HttpTest, ALoadOfSoManyRequestsEndsByItself) {
  ASSERT_EQ(failure_of(with_url(R"(
    local load = zdt.load.start { targets = { { url = "URL/a", weight = 2 }, { url = "URL/missing" } }, connections = 10 / 5, requests = 30 }
    local r = load:wait()
    zdt.expect("sent", r.sent):equals(30)
    zdt.expect("outcomes", r.outcomes.ok + r.outcomes.status):equals(30)
  )")),
            "");
  EXPECT_LE(server.most_open, 2) << "connections = 10 / 5 is a float in Lua, and means 2";
}

TEST_F(HttpTest, ALoadFollowsItsStagesAndFailsTheStepByItsThresholds) {
  const std::string rare = R"(stages = { "100ms:200", "100ms:200" }, retries = 1, requests_per_connection = 5, expect = "200-299",
                              queue = 50, drain = "2s", http2 = false)";
  EXPECT_EQ(failure_of(with_url("local r = zdt.load.start { url = 'URL/a', thresholds = { 'failed: count==0' }, " + rare + R"( }:wait()
    zdt.expect("sent", r.sent):equals(30)
    zdt.expect("threshold", r.thresholds[1].status):equals("passed")
    zdt.expect("url", r.urls[1].ok):equals(30))")),
            "");
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { url = 'URL/missing', thresholds = 'failed: count==0', requests = 4 }:wait()")),
                    "threshold: want failed: count==0, got 4"));
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { url = 'URL/a', stages = { '5:x' } }")), "stage \"5:x\": "));
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { url = 'URL/a', thresholds = { 'p99 < 1' } }")), "threshold \"p99 < 1\": "));
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { urls = 'no/such/file' }")), "urls: "));
}

TEST_F(HttpTest, ALoadWhoseCountsProveNothingFailsTheStepUnlessItIsOnlyObserved) {
  const auto hurried = [this](const std::string& option) {
    return with_url(R"(
      local load = zdt.load.start { url = "URL/slow", connections = 1, rate = 200, timeout = "150ms", )" + option + R"( }
      zdt.eventually("one ended", { every = "5ms" }, function() return load:snapshot().failed > 0 end)
      zdt.observe("problems", #load:stop().self_check.problems))");
  };
  EXPECT_TRUE(holds(failure_of(hurried("")), "the load's own counts can be trusted: want no problem, got"));
  EXPECT_EQ(failure_of(hurried("self_check = 'observe'")), "");
  EXPECT_TRUE(holds(observed("the load's own counts can be trusted").get<std::string>(), "still waited for a free connection"));
  EXPECT_GE(observed("problems").get<int>(), 1);
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { url = 'URL/a', self_check = 'maybe' }")), "self_check is \"fail\" or \"observe\""));
  EXPECT_TRUE(holds(failure_of(with_url("zdt.load.start { url = 'URL/a', follow = { ns = 'x' } }")), "follow: labels is missing"));
}

TEST_F(HttpTest, TwoThatStopALoadAtOnceSeeOneReport) {
  ASSERT_EQ(failure_of(with_url(R"(
    local load = zdt.load.start { url = "URL/a", connections = 1 }
    local a, b = zdt.parallel { function() return load:stop().sent end, function() return load:stop().sent end }
    zdt.expect("same", a):equals(b)
  )")),
            "");
  EXPECT_EQ(kept.of_type("load-finished").size(), 1u);
}

TEST_F(HttpTest, ALoadThatNobodyStoppedEndsWithTheRun) {
  ASSERT_EQ(failure_of(with_url(R"(
    s.load = zdt.load.start { url = "URL/a", connections = 2 }
    zdt.eventually("answers", { every = "5ms" }, function() return s.load:snapshot().ok > 0 end)
  )")),
            "");
  const int after = server.requests;  // run_script() has called World::end()
  const auto end = std::chrono::steady_clock::now() + milliseconds(100);
  while (server.open_now > 0 && std::chrono::steady_clock::now() < end + std::chrono::seconds(5))
    std::this_thread::yield();
  EXPECT_EQ(server.open_now, 0);
  EXPECT_LE(server.requests, after + 2);
}

TEST_F(HttpTest, AMistakeInALoadsPlanIsToldWithItsPlace) {
  for (const char* body :
       {"zdt.load.start { url = 'ftp://x' }", "zdt.load.start {}",
        "zdt.load.start { url = 'URL', rate = 'fast' }", "zdt.load.start { url = 'URL', connections = -1 }",
        "zdt.load.start { url = 'URL', targets = { 5 } }",
        "zdt.load.start { url = 'URL', duration = 'long' }"}) {
    const auto outcome = run(with_url(body));
    ASSERT_TRUE(outcome.error) << body;
    EXPECT_EQ(exit_code_of(outcome.error->code), 2) << body;
    EXPECT_TRUE(holds(outcome.error->what, "test.lua:2:")) << body;
  }
}

}  // namespace zdt::script
