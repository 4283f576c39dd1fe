#include "load/stages.h"

#include <fmt/format.h>

#include "base/text.h"
#include "base/units.h"

namespace zdt::load {

Result<Stage> parse_stage(std::string_view text) {
  const auto wrong = [text](const Error& why) {
    return Error{Code::kUsage, fmt::format("stage \"{}\": {}", text, why.what),
                 "LENGTH:RATE, such as 15s:50"};
  };
  const size_t colon = text.find(':');
  if (colon == text.npos) return wrong({Code::kUsage, "want LENGTH:RATE", ""});
  auto length = parse_duration(trim(text.substr(0, colon)));
  if (!length) return wrong(length.error());
  auto rate = parse_rate(trim(text.substr(colon + 1)));
  if (!rate) return wrong(rate.error());
  return Stage{*length, *rate};
}

milliseconds length_of(const std::vector<Stage>& stages) {
  milliseconds length{0};
  for (const Stage& stage : stages) length += stage.length;
  return length;
}

double rate_at(double start, const std::vector<Stage>& stages, int64_t elapsed) {
  double rate = start;
  for (const Stage& stage : stages) {
    const int64_t length = std::chrono::nanoseconds(stage.length).count();
    if (elapsed < length) {
      return rate + (stage.rate - rate) * static_cast<double>(elapsed) / static_cast<double>(length);
    }
    elapsed -= length;
    rate = stage.rate;
  }
  return rate;
}

}  // namespace zdt::load
