// A shell's words and commands, read in one place for all rules: POSIX' token recognition and the parts of its grammar that
// decide how long a script lasts and what PID 1 becomes.
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/V3_chap02.html
#pragma once
#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

namespace zdt::audit::shell {

/// A `$` that quotes or a backslash made literal, within Token::text.
constexpr char kLiteralDollar = '\x01';

/// text    of a word without its quotes, expansions as they were written ("$A", "$(cat x)"); of an operator itself:
///         ; ;; & && | || ( ) and "\n".
/// quoted  some of it stood in quotes: it is no reserved word.   begin  of the word in the script.
struct Token {
  std::string text;
  bool is_operator = false, quoted = false;
  size_t begin = 0;
};

/// Comments, redirections (with their files) and here-documents are left out. Reads any text.
std::vector<Token> tokens_of(std::string_view script);

/// NAME=value before a command.
bool is_assignment(const Token& word);

/// A simple command as it stands in a script.   words  without assignments.   begin  of its first word (not assignment).
/// before, after  the operators around it; "" at the ends of the script.   nested  within a group, a loop, an `if` or a `case`.
struct Command {
  std::vector<std::string> words;
  size_t begin = 0, assignments = 0;
  std::string before, after;
  bool nested = false;
};

/// In their order. Reserved words (if, do, { …) are no commands.
std::vector<Command> commands_of(std::string_view script);

bool is_one_of(std::string_view word, std::initializer_list<std::string_view> list);

/// sh, bash, dash, ash, ksh, zsh, by the last part of the path.
bool is_shell(std::string_view program);

/// How a container's program is started through others.
/// program  index of the first word that is neither a wrapper (env, tini, gosu …) nor an option of one; words.size() when
///          none is left.
/// group    a wrapper that hands signals to the whole process group (dumb-init, tini -g).
struct Launch {
  size_t program = 0;
  bool group = false;
};
Launch unwrapped(const std::vector<std::string>& words);

/// Of `SHELL [options] -c SCRIPT`: the script's index, seen from words[0] (the shell); 0 when it is something else.
size_t script_index(const std::vector<std::string>& words, size_t shell_at);

}  // namespace zdt::audit::shell
