#include "audit/script_time.h"

#include <re2/re2.h>

#include <algorithm>

#include "audit/dockerfile.h"
#include "audit/script_parser.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

using shell::is_one_of;

/// No hook is let to run for as long: what lasts longer waits without end.
constexpr milliseconds kForever = std::chrono::hours(24);
constexpr int kMostNesting = 40;
/// Functions that call each other would start more than anybody waits for.
constexpr size_t kMostStarted = 20'000;

Ending ends_well(Span span = {}) { return {span, {}, {}}; }
Ending ends_either(Span span = {}) { return {span, span, {}}; }

std::vector<std::string> rest_of(const std::vector<std::string>& words, size_t from) {
  return {words.begin() + static_cast<std::ptrdiff_t>(std::min(from, words.size())), words.end()};
}

/// Programs that return at once, with nothing to wait for, and succeed.
bool returns_at_once(const std::string& program) {
  return is_one_of(program, {":",     "true",  "echo",  "printf", "kill",  "pkill",  "killall", "touch", "rm",    "mkdir", "cd",
                             "cp",    "mv",    "ln",    "chmod",  "chown", "export", "set",     "unset", "shift", "local", "readonly",
                             "umask", "trap",  "date",  "cat",    "sync",  "sed",    "awk",     "head",  "cut",   "tr",    "tee",
                             "ps",    "ls",    "env",   "seq",    "id",    "hostname", "break", "continue", "declare", "ulimit",
                             "import-module"});
}

/// Programs that ask something: which of both ways they end is only known later.
bool is_question(const std::string& program) {
  return is_one_of(program, {"test", "[", "[[", "grep", "egrep", "pgrep", "pidof", "command", "which", "type", "let", "expr", "nc"});
}

/// The sum of all pauses that a program's text of one line asks for; nothing when it does something else too.
std::optional<milliseconds> pauses_in(std::string code, const std::string& program) {
  static const RE2 kSeconds(R"(\b(?:time\.)?sleep[\s(]+([0-9.]+)\s*\)?)", RE2::Latin1);
  static const RE2 kTimeout(R"(setTimeout\s*\([^,]*,\s*([0-9]+)\s*\))", RE2::Latin1);
  static const RE2 kAside(R"(from time import sleep|import time|use strict|(?:\(\)|_)\s*=>\s*\{?\}?|[\s;'"])", RE2::Latin1);
  const bool node = program.starts_with("node");
  milliseconds sum{0};
  std::string number;
  re2::StringPiece left = code;
  while (RE2::FindAndConsume(&left, node ? kTimeout : kSeconds, &number)) {
    const auto time = sleep_time(number);
    if (!time) return std::nullopt;
    sum += node ? *time / 1000 : *time;
  }
  RE2::GlobalReplace(&code, node ? kTimeout : kSeconds, "");
  RE2::GlobalReplace(&code, kAside, "");
  if (!code.empty() || sum.count() == 0) return std::nullopt;
  return sum;
}

}  // namespace

std::optional<milliseconds> sleep_time(const std::string& text) {
  static const RE2 kTime(R"(([0-9]{0,9}(?:\.[0-9]{0,9})?)(ms|[smhd]?))", RE2::Latin1);
  std::string number, unit;
  if (!RE2::FullMatch(text, kTime, &number, &unit) || number.empty() || number == ".") return std::nullopt;
  const double factor = unit == "m" ? 60'000 : unit == "h" ? 3'600'000 : unit == "d" ? 86'400'000 : unit == "ms" ? 1 : 1000;
  const double time = std::stod("0" + number) * factor;
  return milliseconds(static_cast<int64_t>(std::min(time, 1e12)));
}

Span sum_of(const Span& a, const Span& b) {
  Span sum{a.least + b.least, std::nullopt};
  if (a.most && b.most) sum.most = *a.most + *b.most;
  return sum;
}

std::optional<Span> either_of(const std::optional<Span>& a, const std::optional<Span>& b) {
  if (!a || !b) return a ? a : b;
  Span span{std::min(a->least, b->least), std::nullopt};
  if (a->most && b->most) span.most = std::max(*a->most, *b->most);
  return span;
}

Ending followed_by(const Ending& a, const Ending& b) {
  const auto before = either_of(a.ok, a.failed);
  const auto after = [&](const std::optional<Span>& part) {
    return before && part ? std::optional(sum_of(*before, *part)) : std::nullopt;
  };
  return {after(b.ok), after(b.failed), either_of(a.gone, after(b.gone))};
}

HookLength ScriptTime::of_script(std::string_view text) { return length(script(text)); }

HookLength ScriptTime::of_program(const std::vector<std::string>& words) { return length(run(words)); }

HookLength ScriptTime::length(const Ending& ending) const {
  HookLength length;
  length.present = true;
  length.waits = waits_;
  length.unread = unread_;
  const Span whole = either_of(either_of(ending.ok, ending.failed), ending.gone).value_or(Span{});
  if (whole.least >= kForever) return {true, {}, {}, true, unread_};
  if (unread_.empty() || whole.least.count() > 0) length.least = whole.least;
  if (unread_.empty()) length.most = whole.most;
  if (waits_) length.most = limit_;
  return length;
}

Ending ScriptTime::script(std::string_view text) {
  if (depth_ >= kMostNesting) return unread("a script within scripts");
  ++depth_;
  const bool outer = std::exchange(in_script_, true);
  Ending ending = ScriptParser(*this, text).read();
  in_script_ = outer;
  --depth_;
  return ending;
}

Ending ScriptTime::unread(const std::string& program) {
  if (unread_.empty()) unread_ = program;
  return ends_either({milliseconds(0), std::nullopt});
}

Ending ScriptTime::paused(std::optional<milliseconds> time, const std::vector<std::string>& words) {
  if (!time) return unread(join(words, " "));
  return ends_well({*time, *time});
}

std::optional<std::string> ScriptTime::value_of(const std::string& name) const {
  const auto own = variables_.find(name);
  if (own != variables_.end()) return own->second;
  return env_(name);
}

std::optional<std::string> ScriptTime::expanded(const std::string& word) const {
  static const RE2 kVariable(R"(\$(?:\{(\w+)(?::?[-=]([^}$`]*))?\}|(\w+)))", RE2::Latin1);
  std::string made;
  re2::StringPiece left = word;
  std::string braced, fallback, bare;
  size_t from = 0;
  while ((from = left.find('$')) != re2::StringPiece::npos) {
    made.append(left.data(), from);
    left.remove_prefix(from);
    if (!RE2::Consume(&left, kVariable, &braced, &fallback, &bare)) return std::nullopt;
    made += value_of(braced + bare).value_or(fallback);
  }
  made.append(left.data(), left.size());
  if (made.find('`') != std::string::npos) return std::nullopt;
  std::replace(made.begin(), made.end(), shell::kLiteralDollar, '$');
  return made;
}

/// A variable called limit or timeout, or one whose value comes from one with MAX, LIMIT or TIMEOUT in its name, ends the
/// waiting of loops.
void ScriptTime::assign(const std::string& word) {
  static const RE2 kLimit("(?i)max|limit|timeout", RE2::Latin1);
  const size_t sign = word.find('=');
  const std::string name = word.substr(0, sign), written = word.substr(sign + 1);
  const auto value = expanded(written);
  if (!value) {
    variables_[name] = "?";  // no time, whatever it is
    return;
  }
  variables_[name] = *value;
  const size_t fallback = std::min(written.find(":-"), written.size());
  if (!RE2::PartialMatch(name + " " + (written.find('$') == 0 ? written.substr(0, fallback) : ""), kLimit)) return;
  if (auto limit = time_in(*value)) limit_ = std::max(limit_.value_or(milliseconds(0)), *limit);
}

Ending ScriptTime::run(const std::vector<std::string>& words) {
  if (words.empty()) return ends_well();
  if (++starts_ > kMostStarted || depth_ >= kMostNesting) return unread(words.front());
  ++depth_;
  Ending ending = started(words);
  --depth_;
  return ending;
}

Ending ScriptTime::started(const std::vector<std::string>& words) {
  const std::string program = lower(program_name(words.front()));
  const auto own = functions_.find(words.front());
  if (own != functions_.end()) return own->second;
  if (shell::is_shell(words.front())) return run_shell(words);
  if (program == "timeout" || program == "timeout.exe") return run_timeout(words);
  if (program == "exec") {
    if (words.size() == 1) return ends_well();
    const Ending last = run(rest_of(words, 1));
    return {{}, {}, either_of(either_of(last.ok, last.failed), last.gone)};
  }
  if (program == "command" && words.size() > 1 && !words[1].starts_with('-')) return run(rest_of(words, 1));
  if (is_one_of(program, {"time", "sudo", "setsid"})) return run(rest_of(words, 1));
  const size_t wrapped = shell::unwrapped(words).program;
  if (wrapped > 0 && wrapped < words.size()) return run(rest_of(words, wrapped));
  if (is_one_of(program, {"exit", "return", "logout"})) return {{}, {}, Span{}};
  static const RE2 kInterpreter(R"((?:python[0-9.]*|node|nodejs|perl|ruby|php[0-9.]*|pwsh|powershell)(?:\.exe)?)", RE2::Latin1);
  if (RE2::FullMatch(program, kInterpreter)) return run_interpreter(words);
  return run_known(words);
}

/// The programs that are known by what they do, or not at all.
Ending ScriptTime::run_known(const std::vector<std::string>& words) {
  const std::string program = lower(program_name(words.front()));
  if (program == "sleep") {
    milliseconds sum{0};
    for (size_t i = 1; i < words.size(); ++i) {
      const bool endless = is_one_of(lower(words[i]), {"infinity", "inf"});
      const auto time = endless ? std::optional(kForever) : sleep_time(words[i]);
      if (!time) return paused({}, words);
      sum += *time;
    }
    return words.size() > 1 ? paused(sum, words) : ends_either();
  }
  if (program == "usleep") {
    const auto micros = sleep_time(words.size() > 1 ? words[1] : "");
    return paused(micros ? std::optional(*micros / 1'000'000) : std::nullopt, words);
  }
  if (program == "start-sleep" && words.size() > 1) {
    const std::string flag = lower(words[words.size() > 2 ? 1 : 0]);
    const auto time = sleep_time(words[words.size() > 2 ? 2 : 1]);
    const bool thousandth = flag.starts_with("-m");
    return paused(time && thousandth ? std::optional(*time / 1000) : time, words);
  }
  if (program == "tail" && std::any_of(words.begin(), words.end(), [](const std::string& word) {
        return is_one_of(word, {"-f", "-F", "--follow", "-fn0", "-n0f"});
      }))
    return ends_well({kForever, std::nullopt});
  if (program == "wait") {
    const Span background = std::exchange(background_, std::nullopt).value_or(Span{});
    return ends_well(background);
  }
  if (program == "false") return {{}, Span{}, {}};
  if (returns_at_once(program)) return ends_well();
  if (is_question(program)) return ends_either();
  // It hands a signal to the running server, and does not wait for what that does.
  if (in_script_ && program == "nginx" && words.size() == 3 && words[1] == "-s") return ends_well();
  return unread(words.front());
}

Ending ScriptTime::run_shell(const std::vector<std::string>& words) {
  if (const size_t inline_at = shell::script_index(words, 0); inline_at > 0) {
    const Ending ending = script(words[inline_at]);
    return {either_of(ending.ok, ending.gone), ending.failed, {}};
  }
  size_t at = 1;
  const bool many = program_name(words.front()) == "busybox";
  if (many && at < words.size() && !shell::is_shell(words[at])) return run(rest_of(words, 1));
  if (many) ++at;
  while (at < words.size() && words[at].starts_with('-')) ++at;
  if (at >= words.size()) return unread(words.front());
  const auto text = text_of_(words[at]);
  if (!text) return unread(words[at]);
  const Ending ending = script(*text);
  return {either_of(ending.ok, ending.gone), ending.failed, {}};
}

/// timeout [-s SIGNAL] [-k TIME] TIME PROGRAM; of Windows: timeout /t SECONDS.
Ending ScriptTime::run_timeout(const std::vector<std::string>& words) {
  size_t at = 1;
  if (at + 1 < words.size() && lower(words[at]) == "/t") return paused(sleep_time(words[at + 1]), words);
  for (; at < words.size() && words[at].starts_with('-'); ++at) {
    if (is_one_of(words[at], {"-s", "-k", "--signal", "--kill-after", "-t"}) && ++at >= words.size()) break;
    if (at > 0 && words[at - 1] == "-t") return paused(sleep_time(words[at]), words);
  }
  const auto limit = at < words.size() ? sleep_time(words[at]) : std::nullopt;
  if (!limit) return unread(join(words, " "));
  Ending ending = run(rest_of(words, at + 1));
  const bool cut = !ending.ok || !ending.ok->most || *ending.ok->most > *limit;
  for (auto* part : {&ending.ok, &ending.failed, &ending.gone}) {
    if (!*part) continue;
    (*part)->least = std::min((*part)->least, *limit);
    (*part)->most = std::min((*part)->most.value_or(*limit), *limit);
  }
  if (cut && ending.ok) ending.failed = either_of(ending.failed, ending.ok);
  return ending;
}

/// python -c CODE, node -e CODE, pwsh -Command CODE and so on.
Ending ScriptTime::run_interpreter(const std::vector<std::string>& words) {
  const std::string program = lower(program_name(words.front()));
  const bool power_shell = program.starts_with("p") && program.find("w") != std::string::npos;
  for (size_t i = 1; i + 1 < words.size(); ++i) {
    const std::string flag = lower(words[i]);
    if (power_shell && is_one_of(flag, {"-c", "-command"})) return script(join(rest_of(words, i + 1), " "));
    if (power_shell || !is_one_of(flag, {"-c", "-e", "-r", "--eval"})) continue;
    const auto time = pauses_in(words[i + 1], program);
    return time ? paused(time, words) : unread(words.front());
  }
  return unread(words.front());
}

}  // namespace zdt::audit
