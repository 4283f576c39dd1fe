// A loss in words.
#pragma once
#include "load/attribution.h"

namespace zdt::load {

/// "reset by web-x7k2p 120 ms to 340 ms after SIGTERM, 2.1 s before its endpoint left the Service". The
/// failures are of one pod, phase, outcome, status and edge flag; at least one.
class LossSentence {
 public:
  void add(const Failure& failure, const Attribution& attribution);
  std::string text() const;

 private:
  /// Milliseconds from the least to the most.
  struct Range {
    int64_t least = 0, most = 0;
    bool empty = true;
    void add(int64_t ms);
    std::string text() const;
  };
  std::string what() const;
  std::string who() const;
  std::string when() const;
  std::string endpoint() const;

  Failure first_;
  Attribution place_;
  std::string anchor_;  ///< "{} after SIGTERM"
  Range distance_, before_left_, after_left_;
};

}  // namespace zdt::load
