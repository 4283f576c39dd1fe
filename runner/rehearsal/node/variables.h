// A process's variables, and the $(NAME) that refer to them.
#pragma once
#include <initializer_list>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "base/error.h"

namespace zdt::rehearsal {

/// What Linux hands a process (execve(2), "Limits on size of arguments and environment"): a string of 128 KiB with its end,
/// and a quarter of the 8 MiB stack for all arguments and variables with their pointers.
constexpr size_t kMaxProcessString = 131'072;
constexpr size_t kMaxProcessBytes = 2 << 20;

/// Variables in the order in which they were first set.
class Environment {
 public:
  using Variable = std::pair<std::string, std::string>;
  Environment() = default;
  Environment(std::initializer_list<Variable> variables);

  /// A name that is there keeps its place and gets the new value.
  void set(const std::string& name, std::string value);
  /// Null when nobody set it. Valid until the next set().
  const std::string* find(const std::string& name) const;
  /// What a process's stack takes of them.
  size_t bytes() const { return bytes_; }

  auto begin() const { return variables_.begin(); }
  auto end() const { return variables_.end(); }

 private:
  std::vector<Variable> variables_;
  std::unordered_map<std::string, size_t> places_;
  size_t bytes_ = 0;
};

/// Replaces $(NAME) by what `environment` holds, leaves an unknown one as it is, and turns $$ into $. Fails kInvalid: longer
/// than kMaxProcessString, which a few variables that name each other twice reach.
/// https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
Result<std::string> expand(const std::string& text, const Environment& environment);

/// Fails kInvalid when variables and arguments together take more than kMaxProcessBytes.
Result<void> check_process_bytes(size_t bytes);

/// What a process's stack takes of one argument.
inline size_t process_bytes(const std::string& argument) { return argument.size() + 1 + sizeof(char*); }

}  // namespace zdt::rehearsal
