#include "audit/shell.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace zdt::audit::shell {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t' || c == '\r'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Tokenizer {
 public:
  explicit Tokenizer(std::string_view script) : text_(script) {}

  std::vector<Token> read() {
    while (at_ < text_.size()) read_one();
    return std::move(tokens_);
  }

 private:
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }

  void read_one() {
    const char c = peek();
    if (is_blank(c)) {
      ++at_;
    } else if (c == '\\' && peek(1) == '\n') {
      at_ += 2;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (is_redirection()) {
      read_redirection();
    } else if (std::string_view(";&|()\n").find(c) != std::string_view::npos) {
      read_operator();
    } else {
      tokens_.push_back(read_word());
    }
  }

  bool is_redirection() const {
    size_t ahead = 0;
    while (is_digit(peek(ahead))) ++ahead;
    if (ahead == 0 && peek() == '&' && peek(1) == '>') return true;
    return peek(ahead) == '<' || peek(ahead) == '>';
  }

  /// 2>&1, >/dev/null, <<END: with the word behind it.
  void read_redirection() {
    while (is_digit(peek()) || peek() == '&') ++at_;
    const size_t begin = at_;
    while (peek() == '<' || peek() == '>' || peek() == '&' || peek() == '|') ++at_;
    const std::string_view mark = text_.substr(begin, at_ - begin);
    if (mark == "<<" && peek() == '-') ++at_;
    while (is_blank(peek())) ++at_;
    if (at_ >= text_.size() || peek() == '\n' || peek() == '(') return;
    const std::string word = read_word().text;
    if (mark == "<<") documents_.push_back(word);
  }

  void read_operator() {
    Token token{std::string(1, peek()), true, false, at_};
    const bool doubled = peek(1) == peek() && std::string_view(";&|").find(peek()) != std::string_view::npos;
    if (doubled) token.text += peek();
    at_ += token.text.size();
    if (token.text == "\n") skip_documents();
    tokens_.push_back(std::move(token));
  }

  void skip_documents() {
    for (const std::string& end : std::exchange(documents_, {})) {
      while (at_ < text_.size()) {
        const size_t line_end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, line_end - at_);
        while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
        at_ = std::min(line_end + 1, text_.size());
        if (line == end) break;
      }
    }
  }

  Token read_word() {
    Token word{"", false, false, at_};
    while (at_ < text_.size() && !is_blank(peek()) && std::string_view(";&|()<>\n").find(peek()) == std::string_view::npos)
      read_part(word, false);
    return word;
  }

  /// One character, quotation or expansion.
  void read_part(Token& word, bool in_quotes) {
    const char c = peek();
    if (c == '\\' && at_ + 1 < text_.size()) return read_escaped(word, in_quotes);
    if (c == '\'' && !in_quotes) return read_literal(word);
    if (c == '"' && !in_quotes) return read_quoted(word);
    if (c == '`') return read_to_end_of('`', word);
    if (c == '$' && peek(1) == '(') return read_balanced('(', ')', word);
    if (c == '$' && peek(1) == '{') return read_balanced('{', '}', word);
    word.text += c;
    ++at_;
  }

  void read_escaped(Token& word, bool in_quotes) {
    const char next = peek(1);
    const bool kept = in_quotes && std::string_view("$`\"\\\n").find(next) == std::string_view::npos;
    if (kept) word.text += '\\';
    if (next != '\n') word.text += next == '$' ? kLiteralDollar : next;
    word.quoted = true;
    at_ += 2;
  }

  void read_literal(Token& word) {
    const size_t end = std::min(text_.find('\'', at_ + 1), text_.size());
    for (char c : text_.substr(at_ + 1, end - at_ - 1)) word.text += c == '$' || c == '`' ? kLiteralDollar : c;
    word.quoted = true;
    at_ = std::min(end + 1, text_.size());
  }

  void read_quoted(Token& word) {
    word.quoted = true;
    ++at_;
    while (at_ < text_.size() && peek() != '"') read_part(word, true);
    if (at_ < text_.size()) ++at_;
  }

  void read_to_end_of(char mark, Token& word) {
    const size_t end = std::min(text_.find(mark, at_ + 1), text_.size());
    word.text += text_.substr(at_, end + 1 - at_);
    at_ = std::min(end + 1, text_.size());
  }

  void read_balanced(char open, char close, Token& word) {
    int depth = 0;
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      word.text += c;
      if (c == open) ++depth;
      if (c == close && --depth == 0) return;
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  std::vector<Token> tokens_;
  std::vector<std::string> documents_;
};

std::string_view base_of(std::string_view path) { return path.substr(path.rfind('/') + 1); }

/// Collects simple commands; knows reserved words only where a command may begin.
class CommandReader {
 public:
  explicit CommandReader(std::string_view script) : tokens_(tokens_of(script)) {}

  std::vector<Command> read() {
    for (const Token& token : tokens_) take(token);
    finish("");
    return std::move(commands_);
  }

 private:
  void take(const Token& token) {
    if (token.is_operator) {
      if (token.text == "(") ++depth_;
      finish(token.text);
      if (token.text == ")") depth_ = std::max(0, depth_ - 1);
      before_ = token.text;
      return;
    }
    if (current_.words.empty() && current_.assignments == 0 && take_reserved(token)) return;
    if (current_.words.empty() && is_assignment(token)) {
      ++current_.assignments;
      return;
    }
    if (current_.words.empty()) current_.begin = token.begin;
    current_.words.push_back(token.text);
  }

  bool take_reserved(const Token& token) {
    if (token.quoted) return false;
    const std::string_view word = token.text;
    const bool opens = is_one_of(word, {"if", "while", "until", "for", "case", "{"});
    const bool closes = is_one_of(word, {"fi", "done", "esac", "}"});
    if (opens) ++depth_;
    if (closes) depth_ = std::max(0, depth_ - 1);
    return opens || closes || is_one_of(word, {"then", "else", "elif", "do", "!"});
  }

  void finish(const std::string& after) {
    Command command = std::exchange(current_, {});
    if (command.words.empty() && command.assignments == 0) return;
    command.before = before_;
    command.after = after;
    command.nested = depth_ > 0;
    commands_.push_back(std::move(command));
  }

  std::vector<Token> tokens_;
  std::vector<Command> commands_;
  Command current_;
  std::string before_;
  int depth_ = 0;
};

/// Programs that start another one in their place, or hand signals to it.   takes  how many words of its own come first
/// that are no options (gosu's user).   valued  options that are followed by a value.
struct Wrapper {
  std::string_view name;
  size_t takes;
  std::string_view valued;
};
constexpr std::array<Wrapper, 13> kWrappers{{{"env", 0, "-u -C -S --unset --chdir"},
                                             {"tini", 0, "-p -e"},
                                             {"tini-static", 0, "-p -e"},
                                             {"docker-init", 0, "-p -e"},
                                             {"catatonit", 0, ""},
                                             {"dumb-init", 0, "-r --rewrite"},
                                             {"gosu", 1, ""},
                                             {"su-exec", 1, ""},
                                             {"nice", 0, "-n"},
                                             {"nohup", 0, ""},
                                             {"setpriv", 0, ""},
                                             {"stdbuf", 0, "-i -o -e"},
                                             {"exec", 0, "-a"}}};

const Wrapper* wrapper_named(std::string_view program) {
  const auto found = std::find_if(kWrappers.begin(), kWrappers.end(), [&](const Wrapper& one) { return one.name == program; });
  return found == kWrappers.end() ? nullptr : &*found;
}

bool has_word(std::string_view list, std::string_view word) {
  for (size_t at = list.find(word); at != std::string_view::npos; at = list.find(word, at + 1)) {
    const size_t end = at + word.size();
    if ((at == 0 || list[at - 1] == ' ') && (end == list.size() || list[end] == ' ')) return true;
  }
  return false;
}

bool is_name(std::string_view text) {
  if (text.empty() || is_digit(text.front())) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; });
}

}  // namespace

std::vector<Token> tokens_of(std::string_view script) { return Tokenizer(script).read(); }

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list) {
  return std::find(list.begin(), list.end(), word) != list.end();
}

bool is_assignment(const Token& word) {
  const size_t sign = word.text.find('=');
  return !word.is_operator && sign != std::string::npos && is_name(std::string_view(word.text).substr(0, sign));
}

std::vector<Command> commands_of(std::string_view script) { return CommandReader(script).read(); }

bool is_shell(std::string_view program) {
  return is_one_of(base_of(program), {"sh", "bash", "dash", "ash", "ksh", "zsh", "busybox"});
}

Launch unwrapped(const std::vector<std::string>& words) {
  Launch launch;
  size_t& at = launch.program;
  while (at < words.size()) {
    const Wrapper* wrapper = wrapper_named(base_of(words[at]));
    if (wrapper == nullptr) return launch;
    launch.group = launch.group || wrapper->name == "dumb-init";
    for (++at; at < words.size() && words[at].starts_with('-');) {
      const std::string& option = words[at++];
      if (wrapper->name.starts_with("tini") && option == "-g") launch.group = true;
      if (wrapper->name == "dumb-init" && (option == "-c" || option == "--single-child")) launch.group = false;
      if (option == "--") break;
      if (has_word(wrapper->valued, option) && at < words.size()) ++at;
    }
    if (wrapper->name == "env") {
      while (at < words.size() && words[at].find('=') != std::string::npos) ++at;
    }
    at = std::min(at + wrapper->takes, words.size());
  }
  return launch;
}

size_t script_index(const std::vector<std::string>& words, size_t shell_at) {
  if (shell_at >= words.size() || !is_shell(words[shell_at])) return 0;
  size_t at = shell_at + 1;
  if (base_of(words[shell_at]) == "busybox") {
    if (at >= words.size() || !is_shell(words[at])) return 0;
    ++at;
  }
  bool is_script = false;
  for (; at < words.size() && (words[at].starts_with('-') || words[at].starts_with('+')); ++at) {
    const std::string& option = words[at];
    const bool long_option = option.starts_with("--");
    if (option == "--") return is_script && at + 1 < words.size() ? at + 1 : 0;
    if (!long_option && option[0] == '-' && option.find('c') != std::string::npos) is_script = true;
    const bool valued = !long_option && (option.ends_with('o') || option.ends_with('O'));
    if (valued || option == "--rcfile" || option == "--init-file") ++at;
  }
  return is_script && at < words.size() ? at : 0;
}

}  // namespace zdt::audit::shell
