// One error value for the whole program: a class (which decides the exit code), what happened, what to do next.
#pragma once
#include <boost/system/result.hpp>
#include <string>
#include <string_view>

namespace zdt {

/// The class of an error. Exit codes by class: exit_code_of().
enum class Code {
  kFailed,       ///< an assertion, a threshold or an operation did not hold
  kUsage,        ///< the command line or a parameter is wrong
  kScript,       ///< a Lua script or a manifest is wrong
  kEnvironment,  ///< the machine or the cluster falls short: a tool, a permission, an unreachable server
  kTimeout,      ///< a deadline passed
  kCancelled,    ///< interrupted by the user
  kNotFound,     ///< the named object does not exist
  kConflict,     ///< it exists already, or was changed by somebody else
  kInvalid,      ///< the other side refuses the content
  kExpired,      ///< a resource version is too old to watch from (HTTP 410)
};

/// code  the class.  what  one sentence: the thing, the wanted, the seen.  hint  the next command to type, or empty.
struct Error {
  Code code = Code::kFailed;
  std::string what;
  std::string hint;
};

/// A value or an Error; `result<T>` of Boost.System, so value(), error(), operator*, operator-> are the usual ones.
template <class T>
using Result = boost::system::result<T, Error>;

/// 1 failed · 2 usage or script · 3 environment · 4 timed out · 130 interrupted.
int exit_code_of(Code code);

/// The class as one lower-case word ("timeout"), as reports write it.
std::string_view name_of(Code code);

/// The same error with `context: ` before its sentence.
Error with_context(std::string_view context, Error error);

/// Called by Result::value() on an error (found by argument-dependent look-up); throws std::runtime_error.
[[noreturn]] void throw_exception_from_error(const Error& error, const boost::source_location& where);

}  // namespace zdt
