#include "audit/hook.h"

#include <re2/re2.h>

#include "base/text.h"

namespace zdt::audit {
namespace {

bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// The commands of a line: what stands between ; & | and the word "do".
std::vector<std::string> commands_of(const std::string& line) {
  std::vector<std::string> commands(1);
  for (size_t i = 0; i < line.size(); ++i) {
    const bool separator = std::string_view(";&|").find(line[i]) != std::string_view::npos;
    const bool is_do = line.compare(i, 2, "do") == 0 && (i == 0 || !is_word_character(line[i - 1])) &&
                       (i + 2 >= line.size() || !is_word_character(line[i + 2]));
    if (separator || is_do) commands.emplace_back();
    if (is_do) ++i;
    if (!separator && !is_do) commands.back() += line[i];
  }
  return commands;
}

using Environment = std::function<std::optional<std::string>(std::string_view)>;

/// A hook's script, read line by line: what it sets, how long it sleeps, outside and inside of loops.
class ScriptReader {
 public:
  explicit ScriptReader(const Environment& env) : env_(env) {}

  HookLength read(std::string_view script) {
    for (const std::string& line : split(script, '\n')) read_line(trim(line));
    HookLength length;
    length.present = true;
    length.waits = waits_;
    if (known_) length.least = slept_;
    if (!waits_) length.most = length.least;
    if (waits_ && limit_) length.most = *limit_;
    return length;
  }

 private:
  void read_line(const std::string& line) {
    if (line.empty() || line.front() == '#') return;
    if (read_assignment(line)) return;
    for (const std::string& command : commands_of(line)) read_command(trim(command));
  }

  /// NAME=value, NAME=${ENV:-value}. A variable called limit or timeout, or one whose environment variable
  /// has MAX, LIMIT or TIMEOUT in its name, ends the waiting.
  bool read_assignment(const std::string& line) {
    static const RE2 kAssignment(R"re(([A-Za-z_]\w*)=(?:"([^"]*)"|([^"]*?));?)re", RE2::Latin1);
    static const RE2 kWithDefault(R"(\$\{(\w+):-([^}]*)\})", RE2::Latin1), kPlain(R"re([^\s;"]*)re", RE2::Latin1);
    std::string name, quoted, bare, source, fallback;
    if (!RE2::FullMatch(line, kAssignment, &name, &quoted, &bare)) return false;
    std::string value = quoted + bare;
    if (RE2::FullMatch(value, kWithDefault, &source, &fallback)) {
      value = env_(source).value_or(fallback);
    } else if (!RE2::FullMatch(value, kPlain)) {
      return false;
    }
    variables_[name] = value;
    static const RE2 kLimit("(?i)max|limit|timeout", RE2::Latin1);
    if (RE2::PartialMatch(name + " " + source, kLimit)) {
      if (auto limit = time_in(value)) limit_ = std::max(limit_.value_or(milliseconds(0)), *limit);
    }
    return true;
  }

  void read_command(std::string command) {
    for (const char* opening : {"while", "until", "for"}) {
      if (command == opening || command.starts_with(std::string(opening) + " ")) ++depth_, waits_ = true;
    }
    if (command == "done" || command.starts_with("done ")) depth_ = std::max(0, depth_ - 1);
    static const RE2 kSleep(R"re((?:|.*[\s/])sleep\s+(?:"([^\s"]+)"|([^\s"]+)).*)re", RE2::Latin1);
    std::string quoted, bare;
    if (depth_ > 0 || !RE2::FullMatch(command, kSleep, &quoted, &bare)) return;
    if (auto time = value_of(quoted + bare)) {
      slept_ += *time;
    } else {
      known_ = false;
    }
  }

  std::optional<milliseconds> value_of(const std::string& word) {
    static const RE2 kVariable(R"(\$\{?(\w+)(?::-([^}]*))?\}?)", RE2::Latin1);
    std::string name, fallback;
    if (!RE2::FullMatch(word, kVariable, &name, &fallback)) return time_in(word);
    const auto own = variables_.find(name);
    if (own != variables_.end()) return time_in(own->second);
    return time_in(env_(name).value_or(fallback));
  }

  const Environment& env_;
  std::map<std::string, std::string> variables_;
  std::optional<milliseconds> limit_;
  milliseconds slept_{0};
  int depth_ = 0;
  bool waits_ = false, known_ = true;
};

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

std::string base_name(const std::string& path) { return path.substr(path.rfind('/') + 1); }

HookLength exec_length(const ObjectSet& set, const Workload& workload, const Container& container,
                       const json& command) {
  const Environment env = [&](std::string_view name) { return container.env(name); };
  std::vector<std::string> words;
  for (const json& word : command) {
    if (word.is_string()) words.push_back(word.get<std::string>());
  }
  HookLength unknown;
  unknown.present = true;
  if (words.empty()) return unknown;
  if (base_name(words.front()) == "sleep") return script_length(join(words, " "), env);
  for (size_t i = 1; i < words.size(); ++i) {
    const bool inline_script = words[i - 1].starts_with("-") && words[i - 1].ends_with("c");
    if (inline_script) return script_length(words[i], env);
  }
  for (const std::string& word : words) {
    const json* text = mounted_text(set, workload, container, word);
    if (text != nullptr) return script_length(text->get<std::string>(), env);
  }
  return unknown;
}

/// /prestop?seconds=5, /sleep/5.
HookLength request_length(const json& request) {
  HookLength length;
  length.present = true;
  static const RE2 kDelay(
      R"([?&](?:\w*_)?(?:s|seconds?|delay|sleep|wait|pause|duration|time)=([0-9.]+(?:ms|s|m)?))", RE2::Latin1);
  std::string time;
  if (RE2::PartialMatch(string_at(request, {"path"}), kDelay, &time)) length.least = length.most = time_in(time);
  return length;
}

}  // namespace

HookLength script_length(std::string_view script, const Environment& env) {
  return ScriptReader(env).read(script);
}

HookLength prestop_of(const ObjectSet& set, const Workload& workload, const Container& container) {
  const json& hook = at(*container.spec, {"lifecycle", "preStop"});
  if (!hook.is_object() || hook.empty()) return {};
  if (hook.contains("sleep")) {
    const milliseconds pause = std::chrono::seconds(int_at(hook, {"sleep", "seconds"}));
    return {true, pause, pause, false};
  }
  if (hook.contains("httpGet")) return request_length(hook.at("httpGet"));
  return exec_length(set, workload, container, array_at(hook, {"exec", "command"}));
}

}  // namespace zdt::audit
