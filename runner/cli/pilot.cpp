#include "cli/pilot.h"

#include "base/clean.h"
#include "base/text.h"

namespace zdt::cli {

using stage::Choice;
using stage::Decision;

namespace {

constexpr std::string_view kHelp =
    "Enter or Space next · - or b back · + or s skip · r retry · g goto · n notes · ! shell · ? help · Q quit\n"
    "(Right and PageDown are next, Left and PageUp back)\n";

/// A question is open while one lives, also when the run is interrupted in it.
class Asking {
 public:
  explicit Asking(const std::function<void(bool)>& told) : told_(told) { tell(true); }
  ~Asking() { tell(false); }
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;

 private:
  void tell(bool open) const {
    if (told_) told_(open);
  }
  const std::function<void(bool)>& told_;
};

/// Keys that decide by themselves. Arrows and pages as xterm sends them, in both modes of its cursor keys:
/// https://invisible-island.net/xterm/ctlseqs/ctlseqs.html
std::optional<Decision> decision_of(const std::string& key, Decision enter) {
  static const std::map<std::string, Decision> kKeys{
      {"Q", Decision::kQuit},      {"-", Decision::kBack},       {"b", Decision::kBack},      {"\x1b[D", Decision::kBack},
      {"\x1bOD", Decision::kBack}, {"\x1b[5~", Decision::kBack}, {"+", Decision::kSkip},      {"s", Decision::kSkip},
      {"r", Decision::kRetry}};
  for (const char* next : {"\n", "\r", " ", "\x1b[C", "\x1bOC", "\x1b[6~"}) {
    if (key == next) return enter;
  }
  const auto found = kKeys.find(key);
  if (found == kKeys.end()) return std::nullopt;
  return found->second;
}

}  // namespace

Task<Choice> KeyPilot::before(const stage::Step& step, size_t index, size_t total) {
  if (!piloting_.stepping) co_return Choice{};
  auto choice = co_await ask(fmt::format("\n▸ [{}/{}] {}   (Enter next, ? help)\n", index + 1, total, step.title), step, Decision::kRun);
  co_return choice;
}

/// With the reason: a diagnosis may have pushed it from the screen.
Task<Choice> KeyPilot::after_failure(const stage::Step& step, const Error& error) {
  if (!asks()) co_return Choice{Decision::kQuit, ""};
  const std::string why = one_line(error.what.substr(0, error.what.find('\n')));
  auto choice = co_await ask(fmt::format("\n▸ \"{}\" failed: {}\n  r retry, + skip, - back, Q quit\n", step.title, why), step, Decision::kRetry);
  co_return choice;
}

/// What was typed before the question was not meant for it.
Task<Choice> KeyPilot::ask(std::string question, const stage::Step& step, Decision enter) {
  host_.terminal.forget_keys();
  const Asking open(piloting_.asking);
  host_.terminal.write_error(question);
  while (true) {
    auto key = co_await host_.terminal.read_key();
    if (!key) co_return Choice{Decision::kQuit, ""};
    auto choice = co_await follow(*key, step, enter);
    if (choice) co_return std::move(*choice);
  }
}

/// Nothing: the question stays open.
Task<std::optional<Choice>> KeyPilot::follow(const std::string& key, const stage::Step& step, Decision enter) {
  if (const auto decision = decision_of(key, enter)) co_return Choice{*decision, ""};
  if (key == "n") host_.terminal.write_error(step.notes.empty() ? "no notes for this step\n" : step.notes + "\n");
  if (key == "?") host_.terminal.write_error(kHelp);
  if (key == "!") co_await open_shell();
  if (key != "g") co_return std::nullopt;
  std::string wanted = co_await read_line("go to step: ");
  if (wanted.empty()) co_return std::nullopt;
  co_return Choice{Decision::kGoto, std::move(wanted)};
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

/// Keys that came in one piece with the "!" were meant for the shell, and decide nothing here.
Task<void> KeyPilot::open_shell() {
  if (!piloting_.open_shell) co_return;
  host_.terminal.forget_keys();
  co_await piloting_.open_shell();
  host_.terminal.forget_keys();
}

Result<void> check_for_person(const host::Host& host, bool step, bool pause_on_failure, bool ci) {
  if (!step && !pause_on_failure) return {};
  const std::string option = step ? "--step" : "--pause-on-failure";
  if (ci) return Error{Code::kUsage, fmt::format("{} asks questions, which --ci rules out", option), ""};
  if (host.terminal.input_is_terminal()) return {};
  return Error{Code::kUsage, fmt::format("{} needs a terminal: it reads keys from standard input, which is none", option), ""};
}

}  // namespace zdt::cli
