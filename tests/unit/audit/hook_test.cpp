// How long a hook's script lasts.
#include "audit/hook.h"

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
           {std::string(500'000, 'x') + " sleep 3", 3000, 3000},
       }) {
    const HookLength length = script_length(script.text, env);
    EXPECT_EQ(length.waits, script.waits) << script.text.substr(0, 100);
    EXPECT_EQ(length.least ? std::optional(length.least->count()) : std::nullopt, script.least_ms)
        << script.text.substr(0, 100);
    EXPECT_EQ(length.most ? std::optional(length.most->count()) : std::nullopt, script.most_ms)
        << script.text.substr(0, 100);
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
