#include "fuzz/target.h"

#include <cstdlib>

#include "fuzz/targets/targets.h"

namespace zdt::fuzz {

const std::vector<TargetKind>& target_kinds() {
  static const std::vector<TargetKind> kinds = {
      api_kind(),     patch_kind(),     selector_kind(), query_kind(), protobuf_kind(),
      http_kind(),    websocket_kind(), yaml_kind(),     units_kind(), kubeconfig_kind(),
      journal_kind(), audit_kind(),     load_kind(),     lua_kind()};
  return kinds;
}

std::string TextTarget::make(Random& random, const std::vector<std::string>& corpus) {
  return mutated_bytes(random, random.of(corpus), words_, random.of(corpus), limit_);
}

std::string scratch_folder() {
  const char* folder = std::getenv("TMPDIR");
  return folder == nullptr ? "/dev/shm" : folder;
}

}  // namespace zdt::fuzz
