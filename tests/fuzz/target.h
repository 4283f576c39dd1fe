// What is fuzzed: one part of the program, fed with one input after another.
#pragma once
#include <functional>
#include <memory>

#include "fuzz/random.h"

namespace zdt::fuzz {

/// An input that was not taken as it should be. The text says what was seen.
struct Fault : std::exception {
  explicit Fault(std::string text) : what_(std::move(text)) {}
  const char* what() const noexcept override { return what_.c_str(); }

 private:
  std::string what_;
};

/// Lives in a child process of its own, so an input may end it. Everything that run() lets out, as Fault or
/// as any other exception, is a fault of the program, and so are an input that takes too long and memory that
/// keeps growing.
class Target {
 public:
  virtual ~Target() = default;
  /// The next input. `corpus` is never empty.
  virtual std::string make(Random& random, const std::vector<std::string>& corpus) = 0;
  virtual void run(const std::string& input) = 0;
  /// Back to how it was at the start: called now and then, so that what inputs leave behind has an end.
  virtual void reset() {}
  /// Whether a good input is still taken well; throws Fault when not. Called after every input.
  virtual void check() {}
};

/// inputs_per_reset  how many inputs share what they leave behind.
/// input_limit       in bytes.
/// seeds             read once, beside the files of tests/fuzz/corpus/NAME.
/// as_root           it needs the privileges that the program has; without, the child is nobody.
struct TargetKind {
  std::string name;
  std::function<std::unique_ptr<Target>()> make;
  size_t inputs_per_reset = 1000;
  size_t input_limit = 64 << 10;
  bool as_root = false;
  std::function<std::vector<std::string>()> seeds = [] { return std::vector<std::string>(); };
};

/// All of them: the one list.
const std::vector<TargetKind>& target_kinds();

}  // namespace zdt::fuzz
