#include <array>

#include "stage/engine.h"

namespace zdt::stage {
namespace {

constexpr std::array<std::pair<Status, std::string_view>, 6> kNames{{{Status::kPassed, "passed"},
                                                                     {Status::kFailed, "failed"},
                                                                     {Status::kSkipped, "skipped"},
                                                                     {Status::kError, "error"},
                                                                     {Status::kTimedOut, "timed-out"},
                                                                     {Status::kInterrupted, "interrupted"}}};

}  // namespace

std::string_view name_of(Status status) {
  for (const auto& [value, name] : kNames) {
    if (value == status) return name;
  }
  return "error";
}

std::optional<Status> status_of(std::string_view name) {
  for (const auto& [value, known] : kNames) {
    if (known == name) return value;
  }
  return std::nullopt;
}

Status status_of(Code code) {
  switch (exit_code_of(code)) {
    case 2:
    case 3:
      return Status::kError;
    case 4:
      return Status::kTimedOut;
    case 130:
      return Status::kInterrupted;
    default:
      return Status::kFailed;
  }
}

}  // namespace zdt::stage
