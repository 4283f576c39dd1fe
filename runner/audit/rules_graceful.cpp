// Programs that are told to end at once.
#include <re2/re2.h>

#include "audit/rule.h"

namespace zdt::audit {
namespace {

/// Flags and variables that say "end at once".
bool switches_off(const std::string& word) {
  static const RE2 kOff(
      R"((?i)-{0,2}[\w.-]*graceful[\w.-]*[= ](?:off|false|no|0|0s|none|disabled)|-{0,2}[\w.-]*shutdown[= ]immediate)",
      RE2::Latin1);
  return RE2::FullMatch(word, kOff);
}

/// The path of the first argument or variable of the container that switches the graceful stop off; ""
/// without one.
std::string switch_of(const Container& container) {
  for (const char* list : {"command", "args"}) {
    const json& words = array_at(*container.spec, {list});
    for (size_t i = 0; i < words.size(); ++i) {
      if (words[i].is_string() && switches_off(words[i].get<std::string>()))
        return fmt::format("{}/{}/{}", container.path, list, i);
    }
  }
  const json& variables = array_at(*container.spec, {"env"});
  for (size_t i = 0; i < variables.size(); ++i) {
    const std::string word = string_at(variables[i], {"name"}) + "=" + string_at(variables[i], {"value"});
    if (switches_off(word)) return fmt::format("{}/env/{}", container.path, i);
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
