// zdt-demo load, run whole against a server in this process: exit codes, and what each output holds.
#include <csignal>

#include "unit/cli/cli_world.h"
#include "unit/load/test_server.h"

namespace zdt::cli {
namespace {

using load::testing::answer;
using load::testing::Seen;
using load::testing::TestServer;

class LoadCommand : public CliTest {
 protected:
  std::string last_line() const {
    const size_t end = out().find_last_not_of('\n');
    return out().substr(out().rfind('\n', end) + 1, end - out().rfind('\n', end));
  }
  TestServer good{
      [](const Seen& seen) { return answer(200, fmt::format("x-pod: web-{}\r\n", seen.overall % 2)); }};
  TestServer bad{[](const Seen& seen) { return answer(seen.overall % 4 == 0 ? 503 : 200); }};
};

TEST_F(LoadCommand, ExitsByItsThresholdsOrByWhatFailed) {
  const std::string nobody = "http://127.0.0.1:1/";  // no server has port 1
  struct Case {
    Words arguments;
    int code;
    std::string last;
  };
  const std::vector<Case> cases = {
      {{"-n", "20", good.url()}, 0, "passed: all 20 requests were ok"},
      {{"-n", "20", bad.url()}, 1, "failed: 5 of 20 requests failed (status 5)"},
      {{"-n", "20", bad.url(), "--expect", "200,503"}, 0, "passed: all 20 requests were ok"},
      {{"-n", "20", bad.url(), "--threshold", "failed: rate<50%"},
       0,
       "passed: 1 thresholds hold, 15 of 20 requests were ok"},
      {{"-n", "20", bad.url(), "--threshold", "status: count==0", "--threshold", "sent: count>1"},
       1,
       "failed: threshold status: count==0 (got 5)"},
      {{"-n", "20", good.url(), "--threshold", "failed{pod:web-7}: count==0"},
       1,
       "failed: threshold failed{pod:web-7}: count==0 (got no samples)"},
      {{"-n", "20", nobody, "--threshold", "refused: count==20"},
       0,
       "passed: 1 thresholds hold, 0 of 20 requests were ok"},
  };
  for (const Case& one : cases) {
    Words arguments{"load", "-c", "1"};
    arguments.insert(arguments.end(), one.arguments.begin(), one.arguments.end());
    bad.requests = 0;
    EXPECT_EQ(run(arguments), one.code) << everything();
    EXPECT_EQ(last_line(), one.last) << everything();
  }
  EXPECT_EQ(run({"load", "-n", "3", nobody}), 3) << everything();
  EXPECT_TRUE(last_line().starts_with("error: no server answered http://127.0.0.1:1/: ")) << everything();
}

TEST_F(LoadCommand, RefusesWhatItCannotSend) {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{}, "load: no URL"},
      {{"https://127.0.0.1/"}, "load: url must be http://HOST[:PORT]/PATH, got \"https://127.0.0.1/\""},
      {{good.url(), "--rate", "fast"}, "--rate: "},
      {{good.url(), "--stage", "15s"}, "stage \"15s\": want LENGTH:RATE"},
      {{good.url(), "--threshold", "faild: count==0"}, "did you mean failed?"},
      {{good.url(), "--expect", "2xx"}, "--expect: "},
      {{good.url(), "--header", "x"}, "--header: want \"Name: value\", got \"x\""},
      {{good.url(), "--think", "1s", "--rate", "5"}, "--think: has no meaning with --rate"},
      {{"--urls", "/nowhere/urls.txt"}, "--urls: "},
      {{good.url(), "--connections", "0"}, "--connections"},
      {{good.url(), "--treshold", "x"}, "did you mean --threshold?"},
  };
  for (const auto& [more, wrong] : cases) {
    Words arguments{"load", "-o", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run(arguments), 2) << everything();
    EXPECT_NE(err().find(wrong), std::string::npos) << wrong << "\n" << everything();
    EXPECT_EQ(string_at(document(), {"metadata", "status"}), "error") << everything();
  }
}

/// `-r "$RATE"` without a RATE is not another load.
TEST_F(LoadCommand, RefusesAnEmptyValueOfEachOption) {
  const Words options{"-c", "-r", "--stage", "-d", "-n", "--urls", "--method", "--body-file", "-H", "--expect", "--think",
                      "--timeout", "--connect-timeout", "--drain", "--requests-per-connection", "--retries", "--threshold",
                      "--self-check", "--workers", "--queue", "--seed", "--pod-header", "--version-header", "-o", "--color"};
  for (const std::string& option : options) {
    EXPECT_EQ(run({"load", good.url(), option, ""}), 2) << option;
    EXPECT_NE(err().find(": the value is empty"), std::string::npos) << option << "\n" << everything();
  }
  EXPECT_EQ(run({"load", ""}), 2);
  EXPECT_NE(err().find(": the value is empty"), std::string::npos) << everything();
  EXPECT_EQ(good.requests, 0);
}

TEST_F(LoadCommand, RefusesALoadWithoutLengthAndAUrlThatCannotBeRead) {
  const std::vector<std::pair<Words, std::string>> cases = {
      {{good.url(), "-d", "0"}, "--duration: want more than 0, got \"0\""},
      {{good.url(), "-d", "0s", "-n", "5"}, "--duration: want more than 0, got \"0s\""},
      {{good.url(), "-n", "0"}, "--requests: want 1 or more, got 0"},
      {{"http://127.0.0.1:99999/"}, "got \"http://127.0.0.1:99999/\": Port"},
      {{"http://user:secret@127.0.0.1:99999/"}, "got \"http://127.0.0.1:99999/\": Port"},
      {{good.url(), "https://user:secret@host/"}, "got \"https://host/\""},
  };
  for (const auto& [more, wrong] : cases) {
    Words arguments{"load", "-o", "json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    EXPECT_EQ(run(arguments), 2) << everything();
    EXPECT_NE(err().find(wrong), std::string::npos) << wrong << "\n" << everything();
    EXPECT_FALSE(said("secret")) << everything();
  }
  EXPECT_EQ(good.requests, 0);
}

TEST_F(LoadCommand, ShowsNoPasswordInAnyOutput) {
  const std::string url = fmt::format("http://user:secret@127.0.0.1:{}/", bad.port());
  for (const char* output : {"text", "json", "ndjson", "quiet"}) {
    for (const std::string& threshold : {"failed{url:" + url + "}: count<0", std::string("status: count==0")}) {
      EXPECT_EQ(run({"load", "-n", "8", url, bad.url("/b"), "-o", output, "--threshold", threshold}), 1) << everything();
      EXPECT_FALSE(said("secret")) << everything();
      EXPECT_FALSE(said("no samples")) << everything();
    }
  }
  EXPECT_EQ(run({"load", url, "--threshold", "faild{url:" + url + "}: count==0"}), 2);
  EXPECT_FALSE(said("secret")) << everything();
}

TEST_F(LoadCommand, PostsABodyAlsoWhenItIsEmpty) {
  std::atomic<int> posts{0};
  TestServer server([&](const Seen& seen) {
    if (seen.head.starts_with("POST ")) ++posts;
    return answer();
  });
  EXPECT_EQ(run({"load", "-n", "3", server.url(), "--body", ""}), 0) << everything();
  EXPECT_EQ(posts, 3);
}

TEST_F(LoadCommand, WritesOneDocument) {
  EXPECT_EQ(run({"load", "-o", "json", "-n", "8", "-c", "1", bad.url("/a"), bad.url("/b"), "--threshold",
                 "failed: count==0"}),
            1);
  const json whole = document();
  EXPECT_EQ(string_at(whole, {"metadata", "status"}), "failed");
  EXPECT_EQ(int_at(whole, {"metadata", "exit_code"}), 1);
  EXPECT_EQ(string_at(whole, {"config", "model"}), "closed");
  const json& report = array_at(whole, {"results"}).front();
  EXPECT_EQ(int_at(report, {"sent"}), 8);
  EXPECT_EQ(string_at(report, {"status"}), "failed");
  EXPECT_EQ(array_at(report, {"urls"}).size(), 2U);
  EXPECT_EQ(string_at(array_at(report, {"thresholds"}).front(), {"shown"}), "2");
  int64_t counted = 0;
  for (const json& bucket : array_at(report, {"histogram"})) counted += int_at(bucket, {"count"});
  EXPECT_EQ(counted, int_at(report, {"ok"}));
}

TEST_F(LoadCommand, WritesAnEventALine) {
  EXPECT_EQ(run({"load", "-o", "ndjson", "-d", "1100ms", "-r", "100", good.url()}), 0) << everything();
  std::vector<std::string> types;
  std::istringstream lines(out());
  for (std::string line; std::getline(lines, line);) {
    const json event = json::parse(line);
    types.push_back(string_at(event, {"type"}));
    EXPECT_EQ(int_at(event, {"seq"}), static_cast<int64_t>(types.size()));
  }
  EXPECT_EQ(types, (std::vector<std::string>{"load-started", "load-progress", "load-finished"}));
}

TEST_F(LoadCommand, ReadsItsRequestsFromAFile) {
  ASSERT_TRUE(host::write_file(folder.path() / "urls.txt",
                               "HOST=" + good.url("") + "\n$(HOST)/a\n$(HOST)/a\n$(HOST)/b POST <body\n"));
  ASSERT_TRUE(host::write_file(folder.path() / "body", "x"));
  EXPECT_EQ(run({"load", "-n", "30", "--urls", (folder.path() / "urls.txt").string()}), 0) << everything();
  EXPECT_TRUE(said("GET " + good.url("/a"))) << everything();
  EXPECT_TRUE(said("POST " + good.url("/b"))) << everything();
  EXPECT_TRUE(said("web-1")) << everything();
}

TEST_F(LoadCommand, ShowsItsProgressOnATerminalOnly) {
  const Words arguments{"load", "-d", "500ms", "-c", "1", "--think", "5ms", good.url()};
  EXPECT_EQ(run(arguments), 0);
  EXPECT_FALSE(said("\x1b[K")) << everything();
  terminal.is_terminal = true;
  EXPECT_EQ(run(arguments), 0);
  EXPECT_TRUE(said("[")) << everything();
  EXPECT_TRUE(said(" 0 s of 0 s  ")) << everything();
  EXPECT_TRUE(said("  p50 ")) << everything();
  EXPECT_TRUE(said("\r\x1b[K")) << everything();
}

TEST_F(LoadCommand, GivesItsSummaryAlsoWhenInterrupted) {
  TestServer server([](const Seen& seen) {
    if (seen.overall == 50) kill(getpid(), SIGINT);
    return answer();
  });
  EXPECT_EQ(run({"load", "-d", "1m", "-c", "1", "--think", "1ms", server.url()}), 130) << everything();
  EXPECT_TRUE(said("stopping (Ctrl-C again ends at once)")) << everything();
  EXPECT_TRUE(said(" ok + 0 failed + 0 unfinished")) << everything();
  EXPECT_TRUE(last_line().starts_with("interrupted: after ")) << everything();
}

TEST_F(LoadCommand, EndsAtOnceWhenInterruptedTwice) {
  TestServer server([](const Seen& seen) {
    if (seen.overall == 1) kill(getpid(), SIGINT);
    return load::testing::Answer{"", load::testing::Then::kSilence, milliseconds(0)};
  });
  asio::steady_timer again(loop);
  std::function<void()> until_told = [&] {
    again.expires_after(milliseconds(5));
    again.async_wait([&](boost::system::error_code stopped) {
      if (stopped) return;
      if (!said("stopping")) return until_told();
      kill(getpid(), SIGINT);
    });
  };
  until_told();
  EXPECT_EQ(run({"load", "-d", "1m", "-c", "1", "-o", "quiet", server.url()}), 130) << everything();
  EXPECT_EQ(last_line(), "interrupted: after 1 requests") << everything();
}

}  // namespace
}  // namespace zdt::cli
