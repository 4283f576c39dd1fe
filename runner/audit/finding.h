// What the audit says: one finding is one fault of one object, with the reason and, where a machine can write
// it, the fix.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/units.h"

namespace zdt::audit {

/// note: worth knowing, often chosen on purpose.  warning: requests are lost in an ordinary update or node
/// drain. error: the setting defeats itself.
enum class Level { kNote, kWarning, kError };

/// "note", "warning", "error".
std::string_view word_of(Level level);
/// Nothing when `word` is none of the three.
std::optional<Level> level_named(std::string_view word);

constexpr size_t kNoIndex = static_cast<size_t>(-1);

/// Who has the fault. kind "Dockerfile": name is its path, the rest is empty. An object without a name has its generateName.
/// index  of the object in Input::objects, which may hold several of one name; kNoIndex: not one of them.
struct ObjectName {
  std::string api_version, kind, ns, name;
  size_t index = kNoIndex;
  /// "Deployment/web"; with a namespace other than "" and default "Deployment/shop/web".
  std::string text() const;
  /// Whether they are called the same, wherever they come from.
  bool operator==(const ObjectName& other) const {
    return api_version == other.api_version && kind == other.kind && ns == other.ns && name == other.name;
  }
};

/// Where an object or instruction was read.   file  as the user would name it; "": of no file.   line  from 1; 0: unknown.
struct Place {
  std::string file;
  int line = 0;
};

/// Replaces the lines first..last of a file (from 1, both included) by `text`; last = first - 1 inserts
/// before first.
struct LineEdit {
  int first = 0, last = 0;
  std::string text;
};

/// rule   the id of its rule.   path  of the field, as a JSON pointer into the object; it may not exist yet.
/// why    one sentence: what would be lost.   fix  one sentence: what to change.
/// patch  JSON 6902 operations on the object; empty: no machine can write the fix.
/// line   of a Dockerfile, from 1; else 0.   edit  the fix of a Dockerfile, where a machine can write it.
/// place  of the object, where the input says it.
struct Finding {
  std::string rule;
  Level level = Level::kWarning;
  ObjectName object;
  std::string path, why, fix;
  json patch = json::array();
  int line = 0;
  std::optional<LineEdit> edit;
  Place place;

  bool fixable() const { return !patch.empty() || edit.has_value(); }
};

/// A Dockerfile as it was read. name  what it is called in findings.
struct DockerfileText {
  std::string name, text;
};

/// places  of the objects, in their order; may be shorter.
struct Input {
  std::vector<json> objects;
  std::vector<DockerfileText> dockerfiles;
  std::vector<Place> places = {};
};

/// endpoint_sync    how long kube-proxy, ingress and DNS may go on choosing a pod after its deletion.
/// longest_request  what has to end within the grace period; without it what the pod itself says
/// (longest_request_of).
struct Options {
  milliseconds endpoint_sync{2'000};
  std::optional<milliseconds> longest_request;
};

/// The findings of every rule, in the order of the rules and then of the objects. Never fails: what a rule
/// cannot read (a hook's script in an image, say) it does not judge.
std::vector<Finding> audit(const Input& input, const Options& options);

}  // namespace zdt::audit
