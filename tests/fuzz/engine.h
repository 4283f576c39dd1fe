// Runs a target in a child process, watches it, and keeps what it fails at.
#pragma once
#include <chrono>
#include <filesystem>

#include "fuzz/target.h"

namespace zdt::fuzz {

using std::chrono::milliseconds;

/// The run ends with whichever of `inputs` and `time` comes first; 0 is no limit. The corpus as it is comes
/// before. bearable  processor time that one input may take.   growth_kib  memory that may come on top, after
/// the first tenth. keep      where failing inputs are written.
struct Plan {
#ifdef __SANITIZE_ADDRESS__
  static constexpr int kDearer = 5;  // a sanitizer's time, and its shadows and quarantine
#else
  static constexpr int kDearer = 1;
#endif
  uint64_t seed = 1, inputs = 0;
  milliseconds time{2'000}, bearable{1'000 * kDearer};
  int64_t growth_kib = (64 << 10) * kDearer;
  std::filesystem::path corpus, keep;
};

/// fault  "" when all inputs were taken well.   file  the failing input, made as small as was possible.
struct Figures {
  uint64_t inputs = 0;
  double seconds = 0;
  milliseconds slowest{0};
  int64_t growth_kib = 0;
  std::string fault;
  std::filesystem::path file;
};

Figures run_target(const TargetKind& kind, const Plan& plan);
/// One input, in a child of its own: the fault, or "".
std::string fault_of(const TargetKind& kind, const std::vector<std::string>& inputs, const Plan& plan);

}  // namespace zdt::fuzz
