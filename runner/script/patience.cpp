#include "script/patience.h"

#include "base/units.h"

namespace zdt::script {
namespace {

constexpr std::chrono::seconds kBetweenLooks{1};

}  // namespace

void Reminder::remind(const std::string& seen) {
  const auto now = std::chrono::steady_clock::now();
  if (now - said_ < every_) return;
  said_ = now;
  recorder_.log("info", fmt::format("waiting for {}{}{}", what_, seen.empty() ? "" : ": ", seen));
}

std::string Lasting::after_patience(const std::string& key, const std::string& cause) {
  const auto now = std::chrono::steady_clock::now();
  if (key != key_) since_ = now;
  key_ = key;
  if (key.empty() || now - since_ < patience_) return "";
  return fmt::format("for {}: {}", format_duration(patience_), cause);
}

Task<Error> stand_by(std::string what, Look look, stage::Recorder& recorder) {
  Reminder reminder(what, recorder);
  while (true) {
    co_await sleep_for(kBetweenLooks);
    kube::Standstill seen = co_await look();
    if (!seen.lasting.empty()) co_return Error{Code::kFailed, fmt::format("{}: {}", what, seen.lasting), seen.hint};
    reminder.remind(seen.waiting);
  }
}

}  // namespace zdt::script
