// What PID 1 is: in a Dockerfile, and where a manifest says otherwise.
#include <algorithm>

#include "audit/rule.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

bool is_shell(const std::string& path) {
  const std::string program = program_name(path);
  return program == "sh" || program == "bash" || program == "dash" || program == "ash" || program == "ksh" ||
         program == "zsh";
}

/// The script of `sh -c SCRIPT`; nothing when `words` is something else.
std::optional<size_t> script_in(const std::vector<std::string>& words) {
  if (words.size() < 3 || !is_shell(words.front())) return std::nullopt;
  const std::string& flag = words[1];
  if (!flag.starts_with('-') || flag.starts_with("--") || !flag.ends_with('c')) return std::nullopt;
  return 2;
}

/// Whether the shell makes room for the program, or hands signals on.
bool passes_signals(const std::string& script) {
  const std::string text = " " + script;
  for (const char* word :
       {" exec ", "\nexec ", ";exec ", "&exec ", "\texec ", " trap ", "\ntrap ", ";trap "}) {
    if (text.find(word) != std::string::npos) return true;
  }
  return false;
}

/// One command alone: exec before it changes nothing else.
bool is_one_command(const std::string& script) {
  return !trim(script).empty() && script.find_first_of(";&|\n(){}<>`") == std::string::npos &&
         script.find("$(") == std::string::npos;
}

/// Words without anything that a shell would change.
std::optional<std::vector<std::string>> plain_words(const std::string& command) {
  if (command.find_first_of("$`\"'\\*?[]{}()<>|&;~#!=\n") != std::string::npos) return std::nullopt;
  std::vector<std::string> words;
  for (const std::string& word : split(command, ' ')) {
    if (!trim(word).empty()) words.push_back(trim(word));
  }
  if (words.empty()) return std::nullopt;
  return words;
}

std::vector<std::string> strings_of(const json& list) {
  std::vector<std::string> words;
  for (const json& word : list) words.push_back(word.is_string() ? word.get<std::string>() : "");
  return words;
}

/// The exec form of a shell form, or of sh -c; nothing when a machine cannot tell.
std::optional<std::string> exec_form(const Launch& launch) {
  if (!launch.shell_form) {
    const auto script = script_in(launch.argv);
    if (!script || !is_one_command(launch.argv[*script])) return std::nullopt;
    json words = launch.argv;
    words[*script] = "exec " + launch.argv[*script];
    return words.dump(-1, ' ', false, json::error_handler_t::replace);
  }
  const std::string& command = launch.instruction.arguments;
  if (auto words = plain_words(command))
    return json(*words).dump(-1, ' ', false, json::error_handler_t::replace);
  if (!is_one_command(command) || command.starts_with('['))
    return std::nullopt;  // [ is meant as the exec form
  return json{"/bin/sh", "-c", "exec " + command}.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace

void check_command_shell(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) {
      std::vector<std::string> words = strings_of(array_at(*container.spec, {"command"}));
      const size_t own = words.size();
      for (const std::string& word : strings_of(array_at(*container.spec, {"args"}))) words.push_back(word);
      const auto script = own == 0 ? std::nullopt : script_in(words);
      if (!script || passes_signals(words[*script])) continue;
      const std::string path = *script < own ? fmt::format("{}/command/{}", container.path, *script)
                                             : fmt::format("{}/args/{}", container.path, *script - own);
      Finding& finding = report.add(workload, path,
                                    fmt::format("the shell is PID 1 of container {} and hands no SIGTERM on: "
                                                "the program works until SIGKILL ends it in the "
                                                "middle of its requests",
                                                container.name()),
                                    "exec before the program, or the program itself as command");
      if (is_one_command(words[*script]))
        finding.patch = json::array({add_operation(path, "exec " + words[*script])});
      if (!finding.patch.empty()) finding.patch[0]["op"] = "replace";
    }
  }
}

void check_entrypoint(const Facts& facts, const Report& report) {
  for (const ImageView& image : facts.images) {
    const Launch* launch = image.launch();
    if (launch == nullptr) continue;
    const auto script = script_in(launch->argv);
    const bool shell = launch->shell_form ? !passes_signals(launch->instruction.arguments)
                                          : script && !passes_signals(launch->argv[*script]);
    if (!shell || trim(launch->instruction.arguments).empty()) continue;
    const std::string& keyword = launch->instruction.keyword;
    Finding& finding = report.add(
        object_of(image), keyword,
        "/bin/sh is PID 1 and hands no SIGTERM on: the program works until SIGKILL ends it in the middle of "
        "its requests",
        fmt::format("the exec form, {} [\"program\", \"argument\"], or exec before the program", keyword));
    finding.line = launch->instruction.first;
    if (auto form = exec_form(*launch)) {
      finding.edit = LineEdit{launch->instruction.first, launch->instruction.last, keyword + " " + *form};
    }
  }
}

}  // namespace zdt::audit
