#include "cli/pilot.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"

namespace zdt::cli {

using stage::Choice;
using stage::Decision;

namespace {

constexpr std::string_view kHelp =
    "Enter or Space next · - or b back · + or s skip · r retry · g goto · n notes · ! shell · ? help · Q quit\n";

}  // namespace

Task<Choice> KeyPilot::before(const stage::Step& step, size_t index, size_t total) {
  if (!stepping_) co_return Choice{};
  host_.terminal.write_error(fmt::format("\n▸ [{}/{}] {}   (Enter next, ? help)\n", index + 1, total, step.title));
  auto choice = co_await ask(step, Decision::kRun);
  co_return choice;
}

Task<Choice> KeyPilot::after_failure(const stage::Step& step, const Error&) {
  if (!stepping_ && !on_failure_) co_return Choice{Decision::kQuit, ""};
  host_.terminal.write_error(fmt::format("▸ \"{}\" failed: r retry, + skip, - back, Q quit\n", step.title));
  auto choice = co_await ask(step, Decision::kRetry);
  co_return choice;
}

Task<Choice> KeyPilot::ask(const stage::Step& step, Decision enter) {
  while (true) {
    auto key = co_await host_.terminal.read_key();
    if (!key || *key == "Q") co_return Choice{Decision::kQuit, ""};
    if (*key == "\n" || *key == "\r" || *key == " ") co_return Choice{enter, ""};
    if (*key == "-" || *key == "b") co_return Choice{Decision::kBack, ""};
    if (*key == "+" || *key == "s") co_return Choice{Decision::kSkip, ""};
    if (*key == "r") co_return Choice{Decision::kRetry, ""};
    if (*key == "n") host_.terminal.write_error(step.notes.empty() ? "no notes for this step\n" : step.notes + "\n");
    if (*key == "?") host_.terminal.write_error(kHelp);
    if (*key == "!") co_await open_shell();
    if (*key != "g") continue;
    std::string wanted = co_await read_line("go to step: ");
    if (!wanted.empty()) co_return Choice{Decision::kGoto, wanted};
  }
}

Task<std::string> KeyPilot::read_line(std::string prompt) {
  host_.terminal.write_error(prompt);
  std::string line;
  while (true) {
    auto key = co_await host_.terminal.read_key();
    if (!key || *key == "\n" || *key == "\r") break;
    if (*key == "\x7f" && !line.empty()) {
      line.pop_back();
      host_.terminal.write_error_styled("\b \b");
    } else if (key->size() == 1 && static_cast<unsigned char>(key->front()) >= ' ' && *key != "\x7f") {
      line += *key;
      host_.terminal.write_error(*key);
    }
  }
  host_.terminal.write_error("\n");
  co_return trim(line);
}

/// A shell on the terminal, in the foreground: nothing else happens meanwhile, as the speaker asked for it.
Task<void> KeyPilot::open_shell() {
  const std::string shell = host_.env("SHELL").empty() ? "/bin/sh" : host_.env("SHELL");
  host_.terminal.write_error("a shell; exit brings you back\n");
  const pid_t child = fork();
  if (child == 0) {
    signal(SIGINT, SIG_DFL);
    execl(shell.c_str(), shell.c_str(), static_cast<char*>(nullptr));
    _exit(127);
  }
  int status = 0;
  if (child > 0) waitpid(child, &status, 0);
  host_.terminal.write_error("back on stage\n");
  co_return;
}

}  // namespace zdt::cli
