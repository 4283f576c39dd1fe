#include "config.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <vector>

#include "duration.h"

namespace monolith {
namespace {

using std::chrono::milliseconds;

ParsedConfig parse(std::vector<const char*> words) {
  words.insert(words.begin(), "monolith");
  return parse_config(static_cast<int>(words.size()), words.data());
}

/// Sets a variable for the length of a test.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(Duration, ReadsMillisecondsSecondsAndMinutes) {
  EXPECT_EQ(parse_duration("1500ms"), milliseconds(1500));
  EXPECT_EQ(parse_duration("2s"), milliseconds(2000));
  EXPECT_EQ(parse_duration("0.25s"), milliseconds(250));
  EXPECT_EQ(parse_duration("1m"), milliseconds(60'000));
  EXPECT_EQ(parse_duration("0"), milliseconds(0));
}

TEST(Duration, RefusesWhatHasNoUnitOrNoBound) {
  for (const char* text : {"", "5", "s", "-1s", "+1s", "1h", "1 s", "1e9s", "inf", "nans", "999999m"}) {
    EXPECT_FALSE(parse_duration(text)) << text;
  }
}

TEST(Duration, PrintsWhatItReads) {
  EXPECT_EQ(format_duration(milliseconds(1500)), "1500ms");
  EXPECT_EQ(format_duration(milliseconds(25'000)), "25s");
}

TEST(Config, DefaultsAreThoseOfTheHelp) {
  const Config config = parse({}).config.value();
  EXPECT_EQ(config.port, 8000);
  EXPECT_EQ(config.address, "0.0.0.0");
  EXPECT_EQ(config.workers, 2);
  EXPECT_EQ(config.startup_delay, milliseconds(0));
  EXPECT_EQ(config.drain_timeout, milliseconds(25'000));
  EXPECT_TRUE(config.graceful);
  EXPECT_EQ(config.fail_every, milliseconds(0));
  EXPECT_EQ(config.version, "dev");
  EXPECT_EQ(config.node, "unknown");
  EXPECT_FALSE(config.pod.empty());
  EXPECT_EQ(config.drain_signal, SIGTERM);
  EXPECT_EQ(config.drain_idle, milliseconds(0));
  EXPECT_EQ(config.slots, 0);
  EXPECT_EQ(config.cold_requests, 0);
  EXPECT_EQ(config.upstream_url, "");
  EXPECT_FALSE(config.upstream_connect_timeout);
  EXPECT_FALSE(config.upstream_read_timeout);
}

TEST(Config, TakesEveryFlag) {
  const Config config = parse({"--port=9", "--workers", "4", "--startup-delay", "1500ms", "--graceful=off",
                               "--drain-timeout=3s", "--fail-every=500ms", "--version-label=v2", "--address=::1", "--access-log",
                               "--upstream-url=http://backend:8080", "--upstream-connect-timeout=2s",
                               "--upstream-read-timeout=10s"})
                            .config.value();
  EXPECT_EQ(config.port, 9);
  EXPECT_EQ(config.workers, 4);
  EXPECT_EQ(config.startup_delay, milliseconds(1500));
  EXPECT_FALSE(config.graceful);
  EXPECT_EQ(config.drain_timeout, milliseconds(3000));
  EXPECT_EQ(config.fail_every, milliseconds(500));
  EXPECT_EQ(config.version, "v2");
  EXPECT_EQ(config.address, "::1");
  EXPECT_TRUE(config.access_log);
  EXPECT_EQ(config.upstream_url, "http://backend:8080");
  EXPECT_EQ(config.upstream_connect_timeout, milliseconds(2000));
  EXPECT_EQ(config.upstream_read_timeout, milliseconds(10'000));
}

TEST(Config, TakesWhatTheGotchasAreMadeOf) {
  const Config config = parse({"--drain-signal=SIGQUIT", "--drain-idle=1500ms", "--slots=4", "--cold-requests=30",
                               "--cold-delay=3s"})
                            .config.value();
  EXPECT_EQ(config.drain_signal, SIGQUIT);
  EXPECT_EQ(config.drain_idle, milliseconds(1500));
  EXPECT_EQ(config.slots, 4);
  EXPECT_EQ(config.cold_requests, 30);
  EXPECT_EQ(config.cold_delay, milliseconds(3000));
}

TEST(Config, TheEnvironmentFillsInForFlags) {
  const Variable port("PORT", "8123"), graceful("GRACEFUL", "off"), delay("STARTUP_DELAY", "2s");
  const Variable version("APP_VERSION", "v3"), pod("POD_NAME", "web-1"), node("NODE_NAME", "n1");
  const Variable upstream("UPSTREAM_URL", "http://b"), limit("UPSTREAM_READ_TIMEOUT", "1s");
  const Variable none("UPSTREAM_CONNECT_TIMEOUT", "");
  const Config config = parse({}).config.value();
  EXPECT_EQ(config.upstream_url, "http://b");
  EXPECT_FALSE(config.upstream_connect_timeout);
  EXPECT_EQ(config.upstream_read_timeout, milliseconds(1000));
  EXPECT_EQ(config.port, 8123);
  EXPECT_FALSE(config.graceful);
  EXPECT_EQ(config.startup_delay, milliseconds(2000));
  EXPECT_EQ(config.version, "v3");
  EXPECT_EQ(config.pod, "web-1");
  EXPECT_EQ(config.node, "n1");
}

TEST(Config, AFlagWinsOverTheEnvironment) {
  const Variable port("PORT", "8123");
  EXPECT_EQ(parse({"--port=9"}).config.value().port, 9);
}

TEST(Config, OfAFlagGivenTwiceTheLastCounts) {
  EXPECT_EQ(parse({"--port=8", "--graceful=on", "--port=9", "--graceful=off"}).config.value().port, 9);
}

TEST(Config, AnUnknownFlagIsNamedAndExitsWithTwo) {
  const ParsedConfig parsed = parse({"--prot=9"});
  EXPECT_FALSE(parsed.config);
  EXPECT_EQ(parsed.exit_code, 2);
  EXPECT_NE(parsed.message.find("--prot"), std::string::npos) << parsed.message;
}

TEST(Config, ABadValueIsNamedWithItsFlag) {
  for (const char* flag :
       {"--port=70000", "--drain-signal=SIGKILL", "--slots=-1", "--cold-delay=5", "--port=-1", "--port=x", "--workers=0", "--workers=65", "--graceful=maybe",
        "--drain-timeout=5", "--startup-delay=soon", "--address=here", "--upstream-url=https://b",
        "--upstream-connect-timeout=0s", "--upstream-read-timeout=10"}) {
    const ParsedConfig parsed = parse({flag});
    const std::string name = std::string(flag).substr(0, std::string(flag).find('='));
    EXPECT_EQ(parsed.exit_code, 2) << flag;
    EXPECT_NE(parsed.message.find(name), std::string::npos) << parsed.message;
  }
}

TEST(Config, ALabelThatWouldForgeAHeaderIsRefused) {
  EXPECT_EQ(parse({"--version-label=v1\r\nX-Evil: 1"}).exit_code, 2);
  const Variable pod("POD_NAME", "a\nb");
  EXPECT_NE(parse({}).message.find("POD_NAME"), std::string::npos);
}

TEST(Config, HelpNamesEveryVariableAndExitsWithZero) {
  const ParsedConfig parsed = parse({"--help"});
  EXPECT_EQ(parsed.exit_code, 0);
  for (const char* name : {"PORT", "ADDRESS", "WORKERS", "STARTUP_DELAY", "GRACEFUL", "DRAIN_TIMEOUT",
                           "APP_VERSION", "POD_NAME", "NODE_NAME", "ACCESS_LOG", "DRAIN_SIGNAL", "DRAIN_IDLE", "SLOTS",
                           "COLD_REQUESTS", "COLD_DELAY", "UPSTREAM_URL",
                           "UPSTREAM_CONNECT_TIMEOUT", "UPSTREAM_READ_TIMEOUT", "WARM_UP"}) {
    EXPECT_NE(parsed.help.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace monolith
