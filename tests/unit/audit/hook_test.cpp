// How long a hook's script lasts.
#include "audit/hook.h"

#include "audit/coverage.h"

#include "unit/audit/audit_world.h"

namespace zdt::audit {
namespace {

using namespace testing;

struct Script {
  std::string text;
  std::optional<int64_t> least_ms, most_ms;
  bool waits = false;
};

TEST(HookScript, TellsItsPauseAndItsLimit) {
  const auto env = [](std::string_view name) -> std::optional<std::string> {
    if (name == "PAUSE") return "7";
    if (name == "STOP_MAX_SECONDS") return "40";
    return std::nullopt;
  };
  for (const Script& script : std::vector<Script>{
           {"sleep 5", 5000, 5000},
           {"/bin/sleep 0.5", 500, 500},
           {"sleep 2; sleep 3 && nginx -s quit", 5000, 5000},
           {"nginx -s quit", 0, 0},
           {"sleep $PAUSE", 7000, 7000},
           {"sleep \"${OTHER:-4}\"", 4000, 4000},
           {"pause=${PAUSE:-1}\n# sleep 100\nsleep \"$pause\"", 7000, 7000},
           {"sleep $(cat /pause)", std::nullopt, std::nullopt},
           {"sleep 2\nlimit=${STOP_MAX_SECONDS:-30}\nwhile :; do\n  sleep 1\ndone\necho end", 2000, 40000,
            true},
           {"until curl -f x; do sleep 1; done; sleep 3", 3000, std::nullopt, true},
           {std::string(500'000, 'x') + "=1 sleep 3", 3000, 3000},
           {std::string(500'000, 'x') + " sleep 3", std::nullopt, std::nullopt},
           {"/opt/app/drain-connections", std::nullopt, std::nullopt},
           {"/opt/drain; sleep 5", 5000, std::nullopt},
           {"usleep 10000000", 10000, 10000},
           {"sleep 1m 5s", 65000, 65000},
           {"timeout 10 tail -f /dev/null", 10000, 10000},
           {"timeout -s INT 5 /opt/drain", std::nullopt, std::nullopt},
           {"sleep 10 &", 0, 0},
           {"sleep 10 & wait", 10000, 10000},
           {"test -f /tmp/x && sleep 10 || sleep 1", 1000, 10000},
           {"[ -f /tmp/x ] || sleep 4", 0, 4000},
           {"if [ -f /x ]; then sleep 9; elif [ -f /y ]; then sleep 5; else sleep 3; fi", 3000, 9000},
           {"case $1 in a) sleep 4;; *) sleep 2;; esac; sleep 1", 1000, 5000},
           {"[ -f /x ] && exit 0; sleep 8", 0, 8000},
           {"for i in 1 2 3; do sleep 2; done", 6000, 6000},
           {"for i in $(seq 1 5); do sleep 1; done", 5000, 5000},
           {"drain() { sleep 4; }\ndrain; drain", 8000, 8000},
           {"(sleep 2; sleep 1) >/dev/null 2>&1", 3000, 3000},
           {"sleep 5 | cat", 5000, 5000},
           {"echo 'sleep 30'; sleep 4 # sleep 60", 4000, 4000},
           {"cat <<END\nsleep 30\nEND\nsleep 4", 4000, 4000},
           {"bash -c 'sleep 4; sleep 2'", 6000, 6000},
           {"exec sleep 4; sleep 9", 4000, 4000},
           {[] {
              std::string many;
              for (int i = 0; i < 50'000; ++i) many += "exec ";
              return many + "sleep 3";
            }(),
            std::nullopt, std::nullopt},
           {"curl -s -X POST http://127.0.0.1:9000/drain?wait=20s", std::nullopt, std::nullopt},
       }) {
    const HookLength length = script_length(script.text, env);
    EXPECT_EQ(length.waits, script.waits) << script.text.substr(0, 100);
    EXPECT_EQ(length.least ? std::optional(length.least->count()) : std::nullopt, script.least_ms)
        << script.text.substr(0, 100);
    EXPECT_EQ(length.most ? std::optional(length.most->count()) : std::nullopt, script.most_ms)
        << script.text.substr(0, 100);
  }
}

struct Program {
  json command;
  std::optional<int64_t> least_ms;
};

TEST(Hook, IsReadWordByWord) {
  for (const Program& program : std::vector<Program>{
           {{"python3", "-c", "import time; time.sleep(15)"}, 15000},
           {{"python3", "-c", "import drain; drain.all()"}, std::nullopt},
           {{"node", "-e", "setTimeout(() => {}, 10000)"}, 10000},
           {{"perl", "-e", "sleep 10"}, 10000},
           {{"pwsh", "-c", "Start-Sleep -Seconds 10"}, 10000},
           {{"powershell.exe", "-Command", "Start-Sleep -Milliseconds 5000; Start-Sleep 5"}, 10000},
           {{"timeout", "/t", "10"}, 10000},
           {{"nginx", "-c", "/etc/nginx/nginx.conf", "-s", "quit"}, std::nullopt},
           {{"/usr/sbin/nginx", "-s", "quit"}, std::nullopt},
           {{"nodetool", "drain"}, std::nullopt},
           {{"/bin/sh", "-c", "nodetool drain"}, std::nullopt},
           {{"/bin/sh", "-ec", "sleep 10"}, 10000},
           {{"bash", "-o", "pipefail", "-c", "sleep 10"}, 10000},
           {{"/usr/bin/env", "A=1", "sh", "-c", "sleep 10"}, 10000},
           {{"busybox", "sleep", "10"}, 10000},
           {{"sleep", "10", "&"}, std::nullopt},
       }) {
    const Input input = good_with(kContainer + "/lifecycle/preStop", {{"exec", {{"command", program.command}}}});
    const ObjectSet set(input.objects);
    const HookLength length = prestop_of(set, set.workloads()[0], set.workloads()[0].containers[0]);
    EXPECT_EQ(length.least ? std::optional(length.least->count()) : std::nullopt, program.least_ms) << program.command;
    EXPECT_EQ(length.unread.empty(), program.least_ms.has_value()) << program.command;
    EXPECT_EQ(lines_of(audit(input, {})), Words{}) << program.command << ": nothing is said of what cannot be read";
  }
}

TEST(Hook, ThatCannotBeReadIsNamed) {
  const Input input = good_with(kContainer + "/lifecycle/preStop", {{"exec", {{"command", {"/opt/drain", "now"}}}}});
  EXPECT_EQ(coverage_of(input).unread,
            Words{"Deployment/web  " + kContainer + "/lifecycle/preStop: how long \"/opt/drain\" takes cannot be read"});
}

TEST(Hook, OnWhoseWaysSomeAreShortMayBeOver) {
  for (const auto& [script, says] : std::vector<std::pair<const char*, const char*>>{
           {"test -f /tmp/x && sleep 10 || sleep 1", "may be over after 1 s"}, {"sleep 10 &", "is over after 0 s"}}) {
    const auto findings = audit(good_with(kContainer + "/lifecycle/preStop", {{"exec", {{"command", {"sh", "-c", script}}}}}), {});
    ASSERT_EQ(findings.size(), 1U) << script;
    EXPECT_NE(findings[0].why.find(says), std::string::npos) << findings[0].why;
    EXPECT_FALSE(findings[0].fixable()) << "it does more than sleep";
  }
}

TEST(HookScript, IsReadFromTheConfigMapThatIsMounted) {
  Input input = input_of(kGood + R"(---
apiVersion: v1
kind: ConfigMap
metadata: { name: hooks }
data: { stop.sh: "#!/bin/sh\nsleep ${PAUSE:-1}\n" }
)");
  json& pod = input.objects[0]["spec"]["template"]["spec"];
  pod["volumes"] = json::parse(R"([{"name":"h","configMap":{"name":"hooks"}}])");
  pod["containers"][0]["volumeMounts"] = json::parse(R"([{"name":"h","mountPath":"/hooks"}])");
  pod["containers"][0]["lifecycle"]["preStop"] = {{"exec", {{"command", {"/bin/sh", "/hooks/stop.sh"}}}}};
  EXPECT_EQ(lines_of(audit(input, {})),
            Words{"prestop-short Deployment/web " + kContainer + "/lifecycle/preStop"});
  pod["containers"][0]["env"] = json::parse(R"([{"name":"PAUSE","value":"6"}])");
  EXPECT_EQ(lines_of(audit(input, {})), Words{});
}

}  // namespace
}  // namespace zdt::audit
