#include "load/pressure.h"

#include <algorithm>
#include <fstream>
#include <string>

namespace zdt::load {

std::optional<int64_t> cpu_wait_us() {
  std::ifstream file("/proc/pressure/cpu");
  std::string word;
  file >> word;
  if (word != "some") return std::nullopt;
  while (file >> word && word != "full") {
    if (!word.starts_with("total=")) continue;
    try {
      return std::stoll(word.substr(6));
    } catch (const std::exception&) {
      return std::nullopt;
    }
  }
  return std::nullopt;
}

double cpu_wait_percent(std::optional<int64_t> before_us, std::optional<int64_t> after_us, int64_t elapsed_us) {
  if (!before_us || !after_us || elapsed_us <= 0) return -1;
  const double share = static_cast<double>(*after_us - *before_us) / static_cast<double>(elapsed_us);
  return 100 * std::clamp(share, 0.0, 1.0);
}

}  // namespace zdt::load
