// Programs that are told to end at once.
#include <algorithm>

#include "audit/rule.h"
#include "audit/shell.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

using shell::is_one_of;

/// A name's words: DISABLE, GRACEFUL, SHUTDOWN of disableGracefulShutdown, in lower case.
std::vector<std::string> name_words(const std::string& name) {
  std::vector<std::string> words(1);
  bool was_small = false;
  for (char c : name) {
    const bool letter = std::isalnum(static_cast<unsigned char>(c)) != 0, large = std::isupper(static_cast<unsigned char>(c)) != 0;
    if ((!letter || (large && was_small)) && !words.back().empty()) words.emplace_back();
    if (letter) words.back() += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    was_small = letter && !large;
  }
  return words;
}

/// What a name says of the graceful stop: nothing, that the value switches it on, or that the value switches it off.
enum class Sense { kNone, kOn, kOff };

Sense sense_of(const std::string& name) {
  bool graceful = false, negated = false;
  for (const std::string& word : name_words(name)) {
    const bool against = is_one_of(word, {"ungraceful", "nongraceful", "nograceful", "ungracefully"});
    graceful = graceful || word.starts_with("graceful") || against;
    // A word against it turns the sense round, a second one back.
    if (against || is_one_of(word, {"disable", "disabled", "disables", "no", "not", "non", "without", "skip", "skipped", "off", "never"}))
      negated = !negated;
  }
  if (!graceful) return Sense::kNone;
  return negated ? Sense::kOff : Sense::kOn;
}

bool is_no(const std::string& value) { return is_one_of(lower(value), {"off", "false", "no", "0", "0s", "0ms", "none", "disabled", "n", "f"}); }
bool is_yes(const std::string& value) { return is_one_of(lower(value), {"on", "true", "yes", "1", "enabled", "y", "t"}); }

bool switches_off(const std::string& name, const std::string& value) {
  const Sense sense = sense_of(name);
  if (sense == Sense::kOn) return is_no(value);
  if (sense == Sense::kOff) return is_yes(value);
  const auto words = name_words(name);
  return std::find(words.begin(), words.end(), "shutdown") != words.end() && lower(value) == "immediate";
}

/// Whether an argument, with the one after it, switches it off: --name=value, --name value, --no-graceful.
bool argument_switches_off(const std::string& word, const std::string& next) {
  const size_t sign = word.find('=');
  if (sign != std::string::npos) return switches_off(word.substr(0, sign), word.substr(sign + 1));
  if (!word.starts_with('-') || word.find(' ') != std::string::npos) {
    const size_t space = word.find(' ');
    return word.starts_with('-') && word.find(' ', space + 1) == std::string::npos &&
           switches_off(word.substr(0, space), word.substr(space + 1));
  }
  if (is_no(next) || is_yes(next) || lower(next) == "immediate") return switches_off(word, next);
  return sense_of(word) == Sense::kOff && !word.ends_with("-off");
}

/// The path of the first argument or variable of the container that switches the graceful stop off; ""
/// without one.
std::string switch_of(const Container& container) {
  std::vector<std::pair<std::string, std::string>> words;  // with their paths
  for (const char* list : {"command", "args"}) {
    const json& written = array_at(*container.spec, {list});
    for (size_t i = 0; i < written.size(); ++i) {
      if (written[i].is_string()) words.emplace_back(written[i].get<std::string>(), fmt::format("{}/{}/{}", container.path, list, i));
    }
  }
  for (size_t i = 0; i < words.size(); ++i) {
    if (argument_switches_off(words[i].first, i + 1 < words.size() ? words[i + 1].first : "")) return words[i].second;
  }
  for (const Variable& variable : container.variables) {
    if (variable.value && switches_off(variable.name, *variable.value)) return variable.path;
  }
  return "";
}

}  // namespace

void check_graceful_off(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    if (!workload.serves()) continue;
    for (const Container& container : workload.containers) {
      const std::string path = switch_of(container);
      if (path.empty()) continue;
      report.add(
          workload, path,
          fmt::format("container {} ends at once on SIGTERM: requests that it is answering are cut off",
                      container.name()),
          "the program's graceful stop, switched on; only its own documentation says how");
    }
  }
}

}  // namespace zdt::audit
