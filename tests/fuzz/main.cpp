// The fuzzers: deterministic, in process, without another compiler. docs/security.md says what they have
// found.
//
//   fuzz list
//   fuzz TARGET|all [--seed N] [--seconds S] [--inputs N] [--corpus FOLDER] [--keep FOLDER]
//   fuzz TARGET --replay FILE…     the files, one after another, as inputs
//
// Prints one line a target: inputs, inputs a second, the slowest input, growth of memory. Exits with 1 when
// an input was not taken well; that input is in the folder of --keep (build/fuzz), made as small as was
// possible.
#include <cstdio>
#include <fstream>
#include <iostream>

#include <spdlog/spdlog.h>

#include "fuzz/engine.h"

namespace zdt::fuzz {
namespace {

struct Words {
  std::string target;
  std::vector<std::string> replay;
  Plan plan;
};

/// False when the words are not understood.
bool read_words(const std::vector<std::string>& words, Words& read) {
  read.plan.corpus = ZDT_CORPUS;
  read.plan.keep = ZDT_KEEP;
  if (words.empty()) return false;
  read.target = words[0];
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string& flag = words[i];
    if (flag == "--replay") {
      read.replay.assign(words.begin() + static_cast<long>(i) + 1, words.end());
      return !read.replay.empty();
    }
    if (++i == words.size()) return false;
    const std::string& value = words[i];
    if (flag == "--seed")
      read.plan.seed = std::stoull(value);
    else if (flag == "--seconds")
      read.plan.time = milliseconds(static_cast<int64_t>(std::stod(value) * 1000));
    else if (flag == "--inputs")
      read.plan.inputs = std::stoull(value), read.plan.time = milliseconds(0);
    else if (flag == "--corpus")
      read.plan.corpus = value;
    else if (flag == "--keep")
      read.plan.keep = value;
    else
      return false;
  }
  return true;
}

bool replay(const TargetKind& kind, const Words& words) {
  std::vector<std::string> inputs;
  for (const std::string& file : words.replay) {
    std::ifstream stream(file, std::ios::binary);
    inputs.emplace_back((std::istreambuf_iterator<char>(stream)), std::istreambuf_iterator<char>());
  }
  const std::string fault = fault_of(kind, inputs, words.plan);
  std::cout << kind.name << ": " << (fault.empty() ? "taken well" : fault) << std::endl;
  return fault.empty();
}

bool fuzz(const TargetKind& kind, const Words& words) {
  const Figures figures = run_target(kind, words.plan);
  std::printf("%-10s %9llu inputs  %8.0f/s  slowest %5lld ms  memory %+6lld KiB  seed %llu%s\n",
              kind.name.c_str(), static_cast<unsigned long long>(figures.inputs),
              static_cast<double>(figures.inputs) / figures.seconds,
              static_cast<long long>(figures.slowest.count()), static_cast<long long>(figures.growth_kib),
              static_cast<unsigned long long>(words.plan.seed), figures.fault.empty() ? "" : "  FAULT");
  if (!figures.fault.empty()) {
    std::printf("  %s\n  fuzz %s --replay %s\n", figures.fault.c_str(), kind.name.c_str(),
                figures.file.c_str());
  }
  std::fflush(stdout);
  return figures.fault.empty();
}

int run(const std::vector<std::string>& arguments) {
  spdlog::set_level(spdlog::level::off);  // refused inputs are told there, thousands of them
  Words words;
  if (!read_words(arguments, words)) {
    std::cerr << "fuzz list | TARGET|all [--seed N] [--seconds S] [--inputs N] [--corpus FOLDER] [--keep "
                 "FOLDER] [--replay FILE...]\n";
    return 2;
  }
  bool known = false, well = true;
  for (const TargetKind& kind : target_kinds()) {
    if (words.target == "list") std::cout << kind.name << "\n";
    if (words.target != "all" && words.target != kind.name) continue;
    known = true;
    well = (words.replay.empty() ? fuzz(kind, words) : replay(kind, words)) && well;
  }
  if (known || words.target == "list") return well ? 0 : 1;
  std::cerr << "there is no target " << words.target << ": fuzz list\n";
  return 2;
}

}  // namespace
}  // namespace zdt::fuzz

int main(int count, char** words) { return zdt::fuzz::run({words + 1, words + count}); }
