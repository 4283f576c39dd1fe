#include "audit/hook.h"

#include <re2/re2.h>

#include "audit/script_time.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// The text of `file` in the container, when a ConfigMap of the set is mounted there.
const json* mounted_text(const ObjectSet& set, const Workload& workload, const Container& container,
                         const std::string& file) {
  for (const json& mount : array_at(*container.spec, {"volumeMounts"})) {
    const std::string folder = string_at(mount, {"mountPath"}) + "/";
    if (!file.starts_with(folder)) continue;
    for (const json& volume : array_at(*workload.pod, {"volumes"})) {
      if (at(volume, {"name"}) != at(mount, {"name"})) continue;
      const json* map =
          set.find("ConfigMap", namespace_of(*workload.object), string_at(volume, {"configMap", "name"}));
      if (map == nullptr) continue;
      const json& text = at(*map, {"data", file.substr(folder.size())});
      if (text.is_string()) return &text;
    }
  }
  return nullptr;
}

HookLength exec_length(const ObjectSet& set, const Workload& workload, const Container& container,
                       const json& command) {
  const Environment env = [&](std::string_view name) { return container.env(name); };
  std::vector<std::string> words;
  for (const json& word : command) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  if (words.empty()) return {true, {}, {}, false, "a hook without a command"};
  const auto text_of = [&](const std::string& file) -> std::optional<std::string> {
    const json* text = mounted_text(set, workload, container, file);
    return text == nullptr ? std::nullopt : std::optional(text->get<std::string>());
  };
  ScriptTime time(env, text_of);
  // A script with a #! line is a program, too.
  if (auto text = text_of(words.front())) return time.of_script(*text);
  return time.of_program(words);
}

/// /prestop?seconds=5, /sleep/5.
HookLength request_length(const json& request) {
  HookLength length;
  length.present = true;
  static const RE2 kDelay(
      R"([?&](?:\w*_)?(?:s|seconds?|delay|sleep|wait|pause|duration|time)=([0-9.]+(?:ms|s|m)?))", RE2::Latin1);
  std::string time;
  if (RE2::PartialMatch(string_at(request, {"path"}), kDelay, &time)) length.least = length.most = time_in(time);
  if (!length.least) length.unread = "GET " + string_at(request, {"path"}, "/");
  return length;
}

}  // namespace

HookLength script_length(std::string_view script, const Environment& env) {
  return ScriptTime(env, [](const std::string&) { return std::nullopt; }).of_script(script);
}

HookLength prestop_of(const ObjectSet& set, const Workload& workload, const Container& container) {
  const json& hook = at(*container.spec, {"lifecycle", "preStop"});
  if (!hook.is_object() || hook.empty()) return {};
  if (hook.contains("sleep")) {
    const milliseconds pause = std::chrono::seconds(int_at(hook, {"sleep", "seconds"}));
    return {true, pause, pause, false, ""};
  }
  if (hook.contains("httpGet")) return request_length(hook.at("httpGet"));
  if (hook.contains("tcpSocket")) return {true, {}, {}, false, "tcpSocket"};
  return exec_length(set, workload, container, array_at(hook, {"exec", "command"}));
}

}  // namespace zdt::audit
