#include "base/guard.h"

#include <spdlog/spdlog.h>

namespace zdt {
namespace {

constexpr size_t kMostWords = 1000;

}  // namespace

std::string what_of(const std::exception_ptr& failure) noexcept {
  try {
    if (failure) std::rethrow_exception(failure);
  } catch (const std::exception& error) {
    const std::string_view words = error.what();
    return words.empty() ? "an exception without words" : std::string(words.substr(0, kMostWords));
  } catch (...) {
    return "unknown exception";
  }
  return "no exception";
}

void log_failure(std::string_view who, const std::exception_ptr& failure) noexcept {
  try {
    spdlog::error("{}: {}", who, what_of(failure));
  } catch (...) {  // the log itself cannot be written: there is no place left to tell it
  }
}

}  // namespace zdt
