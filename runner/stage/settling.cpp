#include "stage/settling.h"

namespace zdt::stage {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

constexpr milliseconds kSayAgain{10'000};

/// One wait: how long it has been quiet, and what has been said.
class Wait {
 public:
  explicit Wait(const Settling& settling) : settling_(settling) {}

  /// Takes in what is missing and what moves; whether there is a reason to ask again.
  bool goes_on(const std::string& missing, const std::string& motion) {
    const auto now = std::chrono::steady_clock::now();
    if (!motion.empty()) quiet_since_ = now;
    if (now - quiet_since_ >= settling_.grace && motion.empty()) return false;
    if (now - begun_ >= settling_.limit) return false;
    say(missing, motion, now);
    return true;
  }

 private:
  void say(const std::string& missing, const std::string& motion, SteadyTime now) {
    if (!settling_.say || (said_ && now - *said_ < kSayAgain)) return;
    said_ = now;
    const std::string until = motion.empty() ? fmt::format("for {}", format_duration(settling_.grace)) : "while it changes: " + motion;
    settling_.say(fmt::format("waiting {} ({})", until, missing));
  }

  const Settling& settling_;
  SteadyTime begun_ = std::chrono::steady_clock::now(), quiet_since_ = begun_;
  std::optional<SteadyTime> said_;
};

}  // namespace

Task<Missing> ask_until_settled(const Settling& settling, const std::function<Task<Missing>()>& question) {
  Wait wait(settling);
  while (true) {
    std::string motion;  // looked at before the question: what settles in between is asked about once more
    if (settling.look) motion = co_await settling.look();
    Missing missing = co_await question();
    if (!missing || !wait.goes_on(*missing, motion)) co_return missing;
    co_await sleep_for(settling.every);
  }
}

}  // namespace zdt::stage
