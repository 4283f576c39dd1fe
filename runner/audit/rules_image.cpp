// What PID 1 is: in a Dockerfile, and where a manifest says otherwise.
#include <algorithm>

#include "audit/image_name.h"
#include "audit/rule.h"
#include "audit/shell.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Whether the program of a shell's script hears SIGTERM.   kMay  the shell makes way for it, or does not: that depends on
/// which one /bin/sh is.
enum class Hears { kYes, kMay, kNo };

bool is_exec_or_trap(const shell::Command& command) {
  if (command.words.empty()) return false;
  return command.words.front() == "trap" || (command.words.front() == "exec" && command.words.size() > 1);
}

/// A last command that is simple takes the place of bash (since 5.1) and of busybox' ash, and never that of dash; measured
/// with bash 5.2, busybox 1.35 and dash 0.5.12.
Hears hears(const std::string& script, const std::string& shell_path, const std::string& image) {
  const auto commands = shell::commands_of(script);
  if (std::any_of(commands.begin(), commands.end(), is_exec_or_trap) || commands.empty()) return Hears::kYes;
  const shell::Command& last = commands.back();
  const bool simple = !last.nested && !last.words.empty() && last.before != "|" && last.after != "&" && last.after != ")";
  if (!simple) return Hears::kNo;
  const std::string program = program_name(shell_path);
  if (program == "dash") return Hears::kNo;
  if (program != "sh") return Hears::kYes;
  return is_busybox_image(image) ? Hears::kYes : Hears::kMay;
}

/// One command alone: exec before it changes nothing else.
bool is_one_command(const std::string& script) {
  return !trim(script).empty() && script.find_first_of(";&|\n(){}<>`") == std::string::npos &&
         script.find("$(") == std::string::npos;
}

/// Words that a shell understands itself: exec finds no such program.
bool is_builtin(const std::string& word) {
  static const std::set<std::string> kWords{"cd",   "export", "set",  "source", ".",     "eval", "wait",  "read",  "ulimit", "umask", ":",
                                            "exit", "return", "if",   "while",  "until", "for",  "case",  "alias", "unset",  "shift", "!",
                                            "[[",   "local",  "exec", "time",   "function", "select", "then", "do", "{", "}", "declare"};
  return kWords.contains(word);
}

/// The script with exec before its command, behind the variables that it is given: `A=1 exec program`, since exec takes a
/// program's name where an assignment would stand. Nothing when a machine cannot tell.
/// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html#tag_18_09_01
std::optional<std::string> with_exec(const std::string& script) {
  const auto commands = shell::commands_of(script);
  if (!is_one_command(script) || commands.size() != 1 || commands.front().words.empty()) return std::nullopt;
  const shell::Command& only = commands.front();
  // A script that a shell is given stays a script of a shell: exec would only hide it.
  if (is_builtin(only.words.front()) || shell::is_shell(only.words.front())) return std::nullopt;
  return script.substr(0, only.begin) + "exec " + script.substr(only.begin);
}

/// Words without anything that a shell would change.
std::optional<std::vector<std::string>> plain_words(const std::string& command) {
  if (command.find_first_of("$`\"'\\*?[]{}()<>|&;~#!=\n") != std::string::npos) return std::nullopt;
  std::vector<std::string> words;
  for (const std::string& word : split(command, ' ')) {
    if (!trim(word).empty()) words.push_back(trim(word));
  }
  if (words.empty() || is_builtin(words.front()) || shell::is_shell(words.front())) return std::nullopt;
  return words;
}

std::vector<std::string> strings_of(const json& list) {
  std::vector<std::string> words;
  for (const json& word : list) words.push_back(word.is_string() ? word.get<std::string>() : "");
  return words;
}

std::string dumped(const json& value) { return value.dump(-1, ' ', false, json::error_handler_t::replace); }

/// `SHELL -c SCRIPT`, with what starts it before.   wrapper  tini and its like, which is PID 1 then; "": the shell is.
struct ShellStart {
  std::string shell, wrapper;
  size_t script = 0;
};

std::optional<ShellStart> shell_start(const std::vector<std::string>& words) {
  const shell::Launch launch = shell::unwrapped(words);
  const size_t script = launch.group ? 0 : shell::script_index(words, launch.program);
  if (script == 0) return std::nullopt;
  ShellStart start{words[launch.program], "", script};
  if (program_name(start.shell) == "busybox") start.shell = "ash";
  for (size_t i = 0; i < launch.program; ++i) {
    const std::string name = program_name(words[i]);
    if (name.starts_with("tini") || name == "docker-init" || name == "catatonit" || name == "dumb-init") start.wrapper = name;
  }
  return start;
}

std::string shell_text(const ShellStart& start, Hears hears, const std::string& whose) {
  const std::string end = "the program works until SIGKILL ends it in the middle of its requests";
  if (!start.wrapper.empty())
    return fmt::format("{}{} hands SIGTERM to the shell alone, which {}ends without the program: its requests are cut off",
                       start.wrapper, whose, hears == Hears::kMay ? "may stay (dash does) and " : "");
  const std::string name = start.shell.starts_with('/') ? start.shell : "the shell";
  if (hears == Hears::kNo) return fmt::format("{} is PID 1{} and hands no SIGTERM on: {}", name, whose, end);
  return fmt::format(
      "{} may be PID 1{} and hand no SIGTERM on (dash stays, bash and busybox make way for the last command): {}", name, whose, end);
}

/// What runs as PID 1 of the image, as far as both instructions have the exec form; else the shell that runs the shell form.
std::vector<std::string> launch_words(const ImageView& image) {
  const Launch* launch = image.launch();
  if (launch->shell_form) return {"/bin/sh", "-c", launch->instruction.arguments};
  std::vector<std::string> words = launch->argv;
  if (launch == &*image.entrypoint && image.command && !image.command->shell_form)
    words.insert(words.end(), image.command->argv.begin(), image.command->argv.end());
  return words;
}

/// The exec form of a shell form, or of sh -c with exec; nothing when a machine cannot tell.
/// from  the instruction that has the script.   first  of its words among all.
std::optional<std::string> exec_form(const Launch& from, size_t first, const ShellStart& start) {
  if (!from.shell_form) {
    const auto script = start.script >= first ? with_exec(from.argv[start.script - first]) : std::nullopt;
    if (!script) return std::nullopt;
    json words = from.argv;
    words[start.script - first] = *script;
    return dumped(words);
  }
  const std::string& command = from.instruction.arguments;
  if (auto words = plain_words(command)) return dumped(json(*words));
  const auto script = command.starts_with('[') ? std::nullopt : with_exec(command);  // [ is meant as the exec form
  if (!script) return std::nullopt;
  return dumped(json{"/bin/sh", "-c", *script});
}

void check_image(const ImageView& image, const Report& report) {
  if (image.launch() == nullptr || trim(image.launch()->instruction.arguments).empty()) return;
  const auto words = launch_words(image);
  const auto start = shell_start(words);
  if (!start) return;
  const Hears verdict = hears(words[start->script], start->shell, image.base);
  // A shell form that is in need of no exec is still a shell between the words and the program: only exec and trap end that.
  if (verdict == Hears::kYes) return;
  // ENTRYPOINT ["sh", "-c"] has its script in CMD.
  const size_t own = image.launch()->argv.size();
  const bool in_command = !image.launch()->shell_form && start->script >= own;
  const Launch& from = in_command ? *image.command : *image.launch();
  const std::string& keyword = from.instruction.keyword;
  Finding& finding = report.add(
      object_of(image), keyword, shell_text(*start, verdict, ""),
      fmt::format("the exec form, {} [\"program\", \"argument\"], or exec before the program", keyword));
  finding.line = from.instruction.first;
  if (auto form = exec_form(from, in_command ? own : 0, *start))
    finding.edit = LineEdit{from.instruction.first, from.instruction.last, keyword + " " + *form};
}

void check_container(const Workload& workload, const Container& container, const Report& report) {
  std::vector<std::string> words = strings_of(array_at(*container.spec, {"command"}));
  const size_t own = words.size();
  for (const std::string& word : strings_of(array_at(*container.spec, {"args"}))) words.push_back(word);
  const auto start = own == 0 ? std::nullopt : shell_start(words);
  if (!start) return;
  const Hears verdict = hears(words[start->script], start->shell, string_at(*container.spec, {"image"}));
  if (verdict == Hears::kYes) return;
  const std::string path = start->script < own ? fmt::format("{}/command/{}", container.path, start->script)
                                               : fmt::format("{}/args/{}", container.path, start->script - own);
  ShellStart named = *start;
  named.shell = "the shell";
  Finding& finding = report.add(workload, path, shell_text(named, verdict, " of container " + container.name()),
                                "exec before the program, or the program itself as command");
  if (auto script = with_exec(words[start->script])) {
    finding.patch = json::array({add_operation(path, *script)});
    finding.patch[0]["op"] = "replace";
  }
}

}  // namespace

void check_command_shell(const Facts& facts, const Report& report) {
  for (const Workload& workload : facts.set.workloads()) {
    for (const Container& container : workload.containers) check_container(workload, container, report);
  }
}

void check_entrypoint(const Facts& facts, const Report& report) {
  for (const ImageView& image : facts.images) check_image(image, report);
}

}  // namespace zdt::audit
