#include "tools/runner.h"

#include <charconv>

#include "base/text.h"

namespace zdt::tools {
namespace {

/// The part after the last carriage return, without escape sequences: what a progress bar would leave on its
/// line.
std::string plain_line(std::string_view line) {
  while (line.ends_with('\r')) line.remove_suffix(1);
  if (const size_t redrawn = line.rfind('\r'); redrawn != std::string_view::npos)
    line.remove_prefix(redrawn + 1);
  std::string plain;
  for (size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b' && i + 1 < line.size() && line[i + 1] == '[') {
      for (i += 2; i < line.size() && (line[i] < '@' || line[i] > '~'); ++i) {
      }
    } else if (line[i] != '\x1b') {
      plain += line[i];
    }
  }
  return trim(plain);
}

struct Partial {
  std::string out, err;
};

std::string quoted(const std::string& word) {
  const bool plain = !word.empty() && std::all_of(word.begin(), word.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) ||
           std::string_view("-_./:=,@+%").find(c) != std::string_view::npos;
  });
  if (plain) return word;
  std::string text = "'";
  for (const char c : word) text += c == '\'' ? std::string("'\\''") : std::string(1, c);
  return text + "'";
}

/// The hint for a program that is not there.
std::string how_to_get(const std::string& program) {
  return fmt::format("zdt-demo setup says how to get {}", program);
}

}  // namespace

std::function<void(host::Stream, std::string_view)> by_lines(OnLine on_line) {
  return [on_line = std::move(on_line), partial = std::make_shared<Partial>()](host::Stream stream,
                                                                               std::string_view chunk) {
    std::string& text = stream == host::Stream::kOut ? partial->out : partial->err;
    text.append(chunk);
    for (size_t end; (end = text.find('\n')) != std::string::npos; text.erase(0, end + 1)) {
      const std::string line = plain_line(std::string_view(text).substr(0, end));
      if (!line.empty()) on_line(line);
    }
  };
}

std::string last_error_line(const host::Exit& exit) {
  std::string last, error;
  for (const std::string* text : {&exit.out, &exit.err}) {
    for (const std::string& raw : split(*text, '\n')) {
      std::string line = plain_line(raw);
      if (line.empty()) continue;
      if (lower(line).starts_with("error")) error = line;
      last = std::move(line);
    }
  }
  const std::string& best = error.empty() ? last : error;
  return best.size() > 400 ? best.substr(0, 400) + " …" : best;
}

std::optional<std::pair<int, int>> version_of(std::string_view text) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::pair<int, int> version;
  const auto major = std::from_chars(text.data(), text.data() + text.size(), version.first);
  if (major.ec != std::errc() || major.ptr == text.data() + text.size() || *major.ptr != '.')
    return std::nullopt;
  if (std::from_chars(major.ptr + 1, text.data() + text.size(), version.second).ec != std::errc())
    return std::nullopt;
  return version;
}

std::string shell_line(const host::Command& command) {
  std::vector<std::string> words;
  for (const auto& [name, value] : command.env) words.push_back(name + "=" + quoted(value));
  for (const std::string& word : command.argv) words.push_back(quoted(word));
  std::string line = join(words, " ");
  if (!command.cwd.empty()) line = fmt::format("cd {} && {}", quoted(command.cwd), line);
  if (!command.input || command.input->empty()) return line;
  return fmt::format("{} <<'EOF'\n{}{}EOF", line, *command.input, command.input->ends_with('\n') ? "" : "\n");
}

Task<Result<host::Exit>> run_tool(Runner runner, host::Command command, std::string what) {
  const std::string program = command.argv.front();
  auto exit = co_await runner(std::move(command));
  if (!exit && exit.error().code == Code::kEnvironment) {
    co_return Error{Code::kEnvironment, fmt::format("{}: {}", what, exit.error().what), how_to_get(program)};
  }
  if (!exit) co_return with_context(what, exit.error());
  if (!exit->ok()) co_return tool_failure(what, *exit);
  co_return exit;
}

}  // namespace zdt::tools
