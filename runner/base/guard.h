// The last place for an exception: where it would otherwise end the program.
#pragma once
#include <exception>
#include <string>
#include <string_view>

namespace zdt {

/// What an exception says, at most 1,000 bytes; "unknown exception" for one that is no std::exception.
std::string what_of(const std::exception_ptr& failure) noexcept;

/// Writes `failure` of `who` to the log.
void log_failure(std::string_view who, const std::exception_ptr& failure) noexcept;

/// Runs `work`. Returns what it threw, in words; "" when it ended by itself.
template <class Work>
std::string failure_of(Work&& work) {
  try {
    work();
    return {};
  } catch (...) {
    return what_of(std::current_exception());
  }
}

/// Runs `work`; what it throws goes to the log with the name of `who`, and no further. Returns whether it ended by
/// itself.
template <class Work>
bool guarded(std::string_view who, Work&& work) {
  try {
    work();
    return true;
  } catch (...) {
    log_failure(who, std::current_exception());
    return false;
  }
}

}  // namespace zdt
