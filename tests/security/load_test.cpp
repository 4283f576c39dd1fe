// H5, M1 to M4: nothing that a client or a pod sends, or does not read, stops the server for others or fills
// its memory.
#include <thread>

#include "base/text.h"
#include "security/attacked.h"

namespace zdt::security {
namespace {

using std::chrono::seconds;

#ifdef __SANITIZE_ADDRESS__
constexpr int kDearer = 5;  ///< a sanitizer's time, and its shadows and quarantine
#else
constexpr int kDearer = 1;
#endif
/// What others may wait, while somebody attacks. The aim is 100 ms; a busy machine is slow by itself.
constexpr milliseconds kBearable(1000 * kDearer);
constexpr int64_t kMiB = 1024 * kDearer;  ///< in the KiB of resident_kib()

class LoadWall : public Wall {
 protected:
  static void pause(milliseconds time) { std::this_thread::sleep_for(time); }

  /// A WebSocket that asks for `path`, and then reads nothing more.
  static raw::Connection stopped_socket(const std::string& path) {
    raw::Connection connection(port());
    const Answer answer = connection.ask(
        {"GET",
         path,
         "",
         "",
         {bearer(), "Connection: Upgrade", "Upgrade: websocket", "Sec-WebSocket-Version: 13",
          "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==", "Sec-WebSocket-Protocol: v4.channel.k8s.io"}});
    EXPECT_EQ(answer.status, 101) << path << ": " << answer.body;
    return connection;
  }
  /// A plain request whose answer nobody reads.
  static raw::Connection stopped_request(const std::string& path) {
    raw::Connection connection(port());
    connection.send(raw::bytes_of({"GET", path, "", "", {bearer()}}));
    return connection;
  }
  /// While `held` is not read, memory stays and others are answered.
  static void expect_held_back(const std::vector<raw::Connection>& held, milliseconds time = seconds(2)) {
    const int64_t before = resident_kib();
    EXPECT_LT(worst_answer_during([&] { pause(time); }), kBearable);
    EXPECT_LT(resident_kib() - before, 64 * kMiB) << held.size() << " clients that do not read";
  }
  static void start_pouring() {
    create(kPods, pod("pours", {"/climber", "pour", "8080"}));
    EXPECT_TRUE(until([] { return log("pours").find("pours") != std::string::npos; })) << reasons("pours");
  }
};

TEST_F(LoadWall, AnExecThatNobodyReadsIsHeldBack) {
  create(kPods, pod("floods", {"/climber", "sleep"}));
  EXPECT_TRUE(until([] { return has_run("floods"); })) << reasons("floods");
  const std::string ask = std::string(kPods) + "/floods/exec?container=main&stdout=true&stderr=true&command=";
  std::vector<raw::Connection> held;
  held.push_back(stopped_socket(ask + "cat&command=/dev/zero"));
  held.push_back(stopped_socket(ask + "sh&command=-c&command=cat+/dev/zero+1>%262"));
  expect_held_back(held, seconds(3));
  held.clear();
  remove_pod("floods");
}

TEST_F(LoadWall, ALogThatNobodyReadsIsHeldBack) {
  create(kPods, pod("talks", {"sh", "-c", "yes this is a line of a log that goes on and on"}));
  EXPECT_TRUE(until([] { return has_run("talks"); })) << reasons("talks");
  std::vector<raw::Connection> held;
  for (int i = 0; i < 4; ++i)
    held.push_back(stopped_request(std::string(kPods) + "/talks/log?follow=true&container=main"));
  held.push_back(stopped_request(std::string(kPods) + "/talks/log?container=main"));
  expect_held_back(held);
  held.clear();
  remove_pod("talks");
}

TEST_F(LoadWall, AForwardedPortThatNobodyReadsIsHeldBack) {
  start_pouring();
  std::vector<raw::Connection> held;
  for (int i = 0; i < 2; ++i)
    held.push_back(stopped_socket(std::string(kPods) + "/pours/portforward?ports=8080"));
  expect_held_back(held);
  held.clear();
  remove_pod("pours");
}

TEST_F(LoadWall, AProxiedAnswerThatNeverEndsIsHeldBack) {
  start_pouring();
  std::vector<raw::Connection> held;
  for (int i = 0; i < 2; ++i) held.push_back(stopped_request(std::string(kPods) + "/pours:8080/proxy/"));
  expect_held_back(held);
  held.clear();
  remove_pod("pours");
}

TEST_F(LoadWall, ALogIsKeptToTheSizeThatAKubeletKeeps) {
  create(kPods,
         pod("fills-the-disk",
             {"sh", "-c", "timeout 4 cat /dev/zero | tr '\\0' 'x' | fold -w 200; echo; echo the last line"}));
  EXPECT_TRUE(
      until([] { return phase("fills-the-disk") == "Succeeded" || phase("fills-the-disk") == "Failed"; },
            seconds(30)));
  const Ended used = run({"du", "-sk", state() + "/node"});
  EXPECT_LT(std::stoll(used.out), 64 * kMiB) << "KiB below the node's folder: " << used.out;
  raw::Request last{"GET", std::string(kPods) + "/fills-the-disk/log?container=main&tailLines=1"};
  EXPECT_EQ(raw_api(last).body, "the last line\n");
  remove_pod("fills-the-disk");
}

/// The changes of the ConfigMap `counted` in a watch's bytes, by what its data says; "gone" for a 410.
std::vector<std::string> changes_in(const std::string& stream) {
  std::vector<std::string> seen;
  for (size_t at = 0; at < stream.size();) {
    size_t end = stream.find('\n', at);
    if (end == std::string::npos) break;
    const size_t brace = stream.find('{', at);
    if (brace < end) {
      const json event = json::parse(stream.substr(brace, end - brace), nullptr, false);
      if (string_at(event, {"type"}) == "ERROR")
        seen.push_back(int_at(event, {"object", "code"}) == 410 ? "gone" : event.dump());
      if (string_at(event, {"type"}) == "MODIFIED")
        seen.push_back(string_at(event, {"object", "data", "count"}));
    }
    at = end + 1;
  }
  return seen;
}

TEST_F(LoadWall, AWatchThatFallsBehindEndsAndLeavesNothingOut) {
  create(kMaps, {{"metadata", {{"name", "counted"}}},
                 {"data", {{"count", "0"}, {"weight", std::string(3000, 'w')}}}});
  const std::string version =
      string_at(get(std::string(kMaps) + "/counted"), {"metadata", "resourceVersion"});
  raw::Connection watching = stopped_request(std::string(kMaps) + "?watch=true&resourceVersion=" + version);
  const int64_t before = resident_kib();
  raw::Connection writing(port());
  const int changes = 13'000, batch = 50;
  for (int count = 0; count < changes;) {
    std::string bytes;
    for (int i = 0; i < batch; ++i) {
      const json patch = {{"data", {{"count", std::to_string(++count)}}}};
      bytes += raw::bytes_of({"PATCH",
                              std::string(kMaps) + "/counted",
                              patch.dump(),
                              "application/merge-patch+json",
                              {bearer()}});
    }
    ASSERT_TRUE(writing.send(bytes));
    for (int i = 0; i < batch; ++i) ASSERT_EQ(writing.answer(seconds(20)).status, 200);
  }
  EXPECT_LT(resident_kib() - before, 128 * kMiB);
  std::string stream;
  const auto end = std::chrono::steady_clock::now() + seconds(40);
  while (std::chrono::steady_clock::now() < end && watching.receive(stream, seconds(3))) {
  }
  const std::vector<std::string> seen = changes_in(stream);
  ASSERT_FALSE(seen.empty());
  for (size_t i = 0; i < seen.size(); ++i) {
    if (seen[i] == "gone") continue;
    ASSERT_EQ(seen[i], std::to_string(i + 1)) << "changes are missing in the middle of a stream that went on";
  }
  EXPECT_TRUE(!watching.open() || seen.back() == "gone" || seen.back() == std::to_string(changes))
      << "the stream neither ended nor caught up";
  remove(std::string(kMaps) + "/counted");
}

std::string big_yaml(const std::string& kind) {
  std::string text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: big}\ndata:\n";
  if (kind == "keys") {
    for (int i = 0; text.size() < 2'900'000; ++i) text += "  k" + std::to_string(i) + ": v\n";
  } else if (kind == "flow") {
    text += "  x: [";
    while (text.size() < 2'900'000) text += "[],";
    text += "1]\n";
  } else if (kind == "scalar") {
    text += "  x: \"" + std::string(2'900'000, 'y') + "\"\n";
  } else if (kind == "list") {
    text += "  x:\n";
    while (text.size() < 2'900'000) text += "  - - - a\n";
  } else if (kind == "comments") {
    while (text.size() < 2'900'000) text += "# a comment\n";
  } else {
    text += "  x: |\n";
    while (text.size() < 2'900'000) text += "    a line\n";
  }
  return text;
}

TEST_F(LoadWall, ABodyOfThreeMegabytesStopsNobody) {
  for (const char* kind : {"keys", "flow", "scalar", "list", "comments", "block"}) {
    const std::string body = big_yaml(kind);
    Answer answer;
    const milliseconds worst = worst_answer_during([&] {
      raw::Request request{"POST", kReview, body, "application/yaml"};
      answer = raw_api(request);
    });
    EXPECT_LT(worst, kBearable) << kind << ": an answer took " << worst.count() << " ms";
    EXPECT_GE(answer.status, 200) << kind;
  }
  json wide = {{"metadata", {{"name", "big"}}}, {"data", json::object()}};
  for (int i = 0; i < 100'000; ++i) wide["data"]["key-" + std::to_string(i)] = "value";
  const milliseconds worst = worst_answer_during([&] { api("POST", kMaps, wide); });
  EXPECT_LT(worst, kBearable) << "JSON: an answer took " << worst.count() << " ms";
  raw::Request beyond{"POST", kMaps, std::string(4'000'000, ' ') + "{}", "application/json"};
  EXPECT_EQ(raw_api(beyond).status, 413);
}

std::string head_of_nobody() {
  return "POST " + std::string(kMaps) +
         " HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 3000000\r\n";
}

TEST_F(LoadWall, WhoHasNoTokenFillsNoMemory) {
  const int64_t before = resident_kib();
  int64_t most = 0;
  const std::string whole = head_of_nobody() + "\r\n" + std::string(2'999'000, ' ');
  std::vector<raw::Connection> held;
  std::vector<size_t> sent(200, 0);
  for (size_t i = 0; i < sent.size(); ++i) held.emplace_back(port());
  const milliseconds worst = worst_answer_during([&] {
    for (const auto end = std::chrono::steady_clock::now() + seconds(4);
         std::chrono::steady_clock::now() < end;) {
      for (size_t i = 0; i < held.size(); ++i)
        sent[i] += held[i].send_some(std::string_view(whole).substr(sent[i]), milliseconds(1));
      most = std::max(most, resident_kib() - before);
    }
  });
  EXPECT_LT(most, 64 * kMiB) << "KiB more, for bodies of nobody";
  EXPECT_LT(worst, kBearable);
}

TEST_F(LoadWall, WhoHasNoTokenIsRefusedBeforeTheBody) {
  for (const char* more : {"\r\n", "Expect: 100-continue\r\n\r\n", "Authorization: Bearer wrong\r\n\r\n"}) {
    raw::Connection connection(port());
    connection.send(head_of_nobody() + more);
    const Answer answer = connection.answer(seconds(2));
    const bool wrong = std::string_view(more).find("Bearer") != std::string_view::npos;
    EXPECT_EQ(answer.status, wrong ? 401 : 403) << more << answer.head;
  }
}

TEST_F(LoadWall, ConnectionsThatSayNothingHinderNobody) {
  const int64_t before = resident_kib();
  std::vector<raw::Connection> idle, without_tls, half;
  const milliseconds worst = worst_answer_during([&] {
    for (int i = 0; i < 200; ++i) {
      idle.emplace_back(port());
      without_tls.emplace_back(port(), false);
      half.emplace_back(port());
      half.back().send("GET /api HTTP/1.1\r\nHost: x\r\nX-Slow: ");
    }
    for (int i = 0; i < 20; ++i) {
      for (raw::Connection& one : half) one.send("x");
      pause(milliseconds(50));
    }
  });
  EXPECT_LT(worst, kBearable);
  EXPECT_LT(resident_kib() - before, 128 * kMiB);
  raw::Connection head(port());
  head.send("GET /api HTTP/1.1\r\nHost: x\r\n");
  for (int i = 0; i < 50'000 && head.send("X-" + std::to_string(i) + ": " + std::string(200, 'h') + "\r\n",
                                          milliseconds(100));
       ++i) {
  }
  EXPECT_LT(resident_kib() - before, 128 * kMiB) << "one head without an end";
}

TEST_F(LoadWall, AHundredThousandReplicasStopNobody) {
  const json container = {
      {"name", "main"}, {"image", "busybox"}, {"resources", {{"requests", {{"cpu", "1000"}}}}}};
  const json deployment = {
      {"metadata", {{"name", "many"}}},
      {"spec",
       {{"replicas", 100'000},
        {"selector", {{"matchLabels", {{"app", "many"}}}}},
        {"template",
         {{"metadata", {{"labels", {{"app", "many"}}}}}, {"spec", {{"containers", {container}}}}}}}}};
  const milliseconds worst = worst_answer_during([&] {
    create("/apis/apps/v1/namespaces/default/deployments", deployment);
    pause(seconds(4));
    remove("/apis/apps/v1/namespaces/default/deployments/many");
    pause(seconds(2));
  });
  EXPECT_LT(worst, kBearable) << "an answer took " << worst.count() << " ms";
  start_anew();
}

}  // namespace
}  // namespace zdt::security
