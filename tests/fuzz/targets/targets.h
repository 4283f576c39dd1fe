// The targets, each made by a function; target.cpp lists them.
#pragma once
#include "fuzz/mutate.h"
#include "fuzz/target.h"

namespace zdt::fuzz {

/// A target of text: each input is one of the corpus, mutated as bytes, and given to `take`.
class TextTarget : public Target {
 public:
  TextTarget(std::vector<std::string> words, std::function<void(const std::string&)> take,
             size_t limit = 64 << 10)
      : words_(std::move(words)), take_(std::move(take)), limit_(limit) {}
  std::string make(Random& random, const std::vector<std::string>& corpus) override;
  void run(const std::string& input) override { take_(input); }

 private:
  std::vector<std::string> words_;
  std::function<void(const std::string&)> take_;
  size_t limit_;
};

/// A folder in memory for the life of the child, for what is only read from files.
std::string scratch_folder();

TargetKind yaml_kind();
TargetKind units_kind();
TargetKind kubeconfig_kind();
TargetKind journal_kind();
TargetKind audit_kind();
TargetKind load_kind();
TargetKind selector_kind();
TargetKind query_kind();
TargetKind protobuf_kind();
TargetKind api_kind();
TargetKind patch_kind();
TargetKind http_kind();
TargetKind websocket_kind();
TargetKind lua_kind();

}  // namespace zdt::fuzz
