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
  EXPECT_EQ(config.version, "dev");
  EXPECT_EQ(config.node, "unknown");
  EXPECT_FALSE(config.pod.empty());
}

TEST(Config, TakesEveryFlag) {
  const Config config = parse({"--port=9", "--workers", "4", "--startup-delay", "1500ms", "--graceful=off",
                               "--drain-timeout=3s", "--version-label=v2", "--address=::1", "--access-log"})
                            .config.value();
  EXPECT_EQ(config.port, 9);
  EXPECT_EQ(config.workers, 4);
  EXPECT_EQ(config.startup_delay, milliseconds(1500));
  EXPECT_FALSE(config.graceful);
  EXPECT_EQ(config.drain_timeout, milliseconds(3000));
  EXPECT_EQ(config.version, "v2");
  EXPECT_EQ(config.address, "::1");
  EXPECT_TRUE(config.access_log);
}

TEST(Config, TheEnvironmentFillsInForFlags) {
  const Variable port("PORT", "8123"), graceful("GRACEFUL", "off"), delay("STARTUP_DELAY", "2s");
  const Variable version("APP_VERSION", "v3"), pod("POD_NAME", "web-1"), node("NODE_NAME", "n1");
  const Config config = parse({}).config.value();
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
       {"--port=70000", "--port=-1", "--port=x", "--workers=0", "--workers=65", "--graceful=maybe",
        "--drain-timeout=5", "--startup-delay=soon", "--address=here"}) {
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
                           "APP_VERSION", "POD_NAME", "NODE_NAME", "ACCESS_LOG"}) {
    EXPECT_NE(parsed.help.find(name), std::string::npos) << name;
  }
}

}  // namespace
}  // namespace monolith
