// A stand-in for the network: a plan hands it to the client, to write requests down instead of sending them.
#pragma once
#include <optional>

#include "base/json.h"

namespace zdt::kube {

/// One served kind, as discovery tells it.
struct Resource {
  std::string group, version, kind, plural, singular;
  bool namespaced = true;
  std::vector<std::string> short_names;
  std::string api_version() const { return group.empty() ? version : group + "/" + version; }
};

/// method  as HTTP has it; WATCH for a list and the watch that follows it.   path  with its query.   body  ""
/// for none.
struct ApiCall {
  std::string method, path, body, content_type;
};

/// Thrown where only a cluster could answer: what stands above goes on without the answer.
struct Unanswered : std::exception {
  const char* what() const noexcept override { return "a plan has no answer to this"; }
};

class Transport {
 public:
  virtual ~Transport() = default;
  /// The API server's answer. Fails as a request would. Throws Unanswered.
  virtual Result<json> answer(const ApiCall& call) = 0;
  /// The kind that is called so, in the place of discovery; a name that is unknown is guessed.
  virtual Resource resource(const std::string& kind, const std::string& api_version) = 0;
};

}  // namespace zdt::kube
