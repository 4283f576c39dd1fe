#include "kube/rollout_tree.h"

#include <array>

#include "kube/pod_words.h"

namespace zdt::kube {
namespace {

/// The cells of a line: name with its place in the tree, kind, status, age, info.
using Row = std::array<std::string, 5>;

std::string icon_of(const std::string& status) {
  if (status == "Healthy" || status == "Running" || status == "Completed") return "✔ ";
  if (status == "Paused") return "॥ ";
  if (status == "ScaledDown") return "• ";
  if (status == "Degraded" || status == "Failed" || status == "CrashLoopBackOff") return "✖ ";
  if (status.ends_with("Error") || status.starts_with("Err") || status.ends_with("PullBackOff")) return "⚠ ";
  return "◌ ";
}

std::string age_of(const json& object, std::optional<WallTime> now) {
  const auto created = parse_time(string_at(object, {"metadata", "creationTimestamp"}));
  if (!created || !now) return "";
  return short_age(std::chrono::floor<std::chrono::seconds>(*now - *created));
}

const json& owner_of(const json& object) {
  static const json kNone;
  for (const json& owner : array_at(object, {"metadata", "ownerReferences"})) {
    if (bool_at(owner, {"controller"})) return owner;
  }
  return kNone;
}

/// Those of `objects` that `owner` controls, the older first.
std::vector<const json*> owned(const std::map<std::string, json>& objects, const json& owner) {
  std::vector<const json*> found;
  for (const auto& [name, object] : objects) {
    if (at(owner_of(object), {"uid"}) == at(owner, {"metadata", "uid"})) found.push_back(&object);
  }
  std::stable_sort(found.begin(), found.end(), [](const json* a, const json* b) {
    auto created = [](const json& each) { return string_at(each, {"metadata", "creationTimestamp"}); };
    return created(*a) < created(*b);
  });
  return found;
}

/// getReplicaSetHealth (pkg/kubectl-argo-rollouts/info/replicaset_info.go).
std::string health_of(const json& set) {
  const int64_t wanted = int_at(set, {"spec", "replicas"}, 1);
  const bool seen = int_at(set, {"metadata", "generation"}) <= int_at(set, {"status", "observedGeneration"});
  if (!seen || int_at(set, {"status", "availableReplicas"}) < wanted) return "Progressing";
  return wanted == 0 ? "ScaledDown" : "Healthy";
}

/// "stable", "canary" or nothing.
std::string role_of(const json& workload, const json& set) {
  const std::string hash = string_at(set, {"metadata", "labels", "rollouts-pod-template-hash"});
  if (hash.empty()) return "";
  if (hash == string_at(workload, {"status", "stableRS"})) return "stable";
  return hash == string_at(workload, {"status", "currentPodHash"}) ? "canary" : "";
}

std::vector<std::string> images_of(const json& set) {
  std::vector<std::string> images;
  for (const json& container : array_at(set, {"spec", "template", "spec", "containers"})) {
    images.push_back(string_at(container, {"image"}));
  }
  return images;
}

class Tree {
 public:
  Tree(const WorkloadView& view, std::optional<WallTime> now) : view_(view), now_(now) {
    for (const json* set : owned(view.sets, view.workload)) revisions_[-revision_of(*set)].push_back(set);
  }

  std::vector<Row> rows() {
    const std::string phase = string_at(rollout_status(view_.workload), {"phase"});
    rows_ = {{"NAME", "KIND", "STATUS", "AGE", "INFO"}};
    rows_.push_back({"⟳ " + name_of(view_.workload), string_at(view_.workload, {"kind"}),
                     icon_of(phase) + phase, age_of(view_.workload, now_), ""});
    size_t left = revisions_.size();
    for (const auto& [number, sets] : revisions_) add_revision(-number, sets, --left == 0);
    return std::move(rows_);
  }

  /// The share of available pods that are the canary's.
  int64_t actual_weight() const {
    int64_t canary = 0, all = 0;
    for (const auto& [number, sets] : revisions_) {
      for (const json* set : sets) {
        const int64_t available = int_at(*set, {"status", "availableReplicas"});
        all += available;
        if (role_of(view_.workload, *set) == "canary") canary += available;
      }
    }
    return all == 0 ? 0 : canary * 100 / all;
  }

 private:
  static std::string name_of(const json& object) { return string_at(object, {"metadata", "name"}); }
  static int64_t revision_of(const json& set) {
    const json& annotations = at(set, {"metadata", "annotations"});
    const std::string text = string_at(annotations, {"rollout.argoproj.io/revision"},
                                       string_at(annotations, {"deployment.kubernetes.io/revision"}, "0"));
    return std::strtoll(text.c_str(), nullptr, 10);
  }

  void add_revision(int64_t number, const std::vector<const json*>& sets, bool last) {
    rows_.push_back({fmt::format("{}# revision:{}", last ? "└──" : "├──", number), "", "", "", ""});
    for (size_t i = 0; i < sets.size(); ++i) add_set(*sets[i], last ? "   " : "│  ", i + 1 == sets.size());
  }

  void add_set(const json& set, const std::string& indent, bool last) {
    const std::string health = health_of(set), role = role_of(view_.workload, set);
    std::vector<std::string> info = images_of(set);
    if (!role.empty()) info.insert(info.begin(), role);
    rows_.push_back({fmt::format("{}{}⧉ {}", indent, last ? "└──" : "├──", name_of(set)), "ReplicaSet",
                     icon_of(health) + health, age_of(set, now_), fmt::format("{}", fmt::join(info, ","))});
    const auto pods = owned(view_.pods, set);
    for (size_t i = 0; i < pods.size(); ++i) {
      add_pod(*pods[i], indent + (last ? "   " : "│  "), i + 1 == pods.size());
    }
  }

  void add_pod(const json& pod, const std::string& indent, bool last) {
    const PodWords words = words_of(pod);
    std::string info = fmt::format("ready:{}/{}", words.ready, words.total);
    if (words.restarts > 0) info += fmt::format(",restarts:{}", words.restarts);
    rows_.push_back({fmt::format("{}{}□ {}", indent, last ? "└──" : "├──", name_of(pod)), "Pod",
                     icon_of(words.status) + words.status, age_of(pod, now_), info});
  }

  const WorkloadView& view_;
  std::optional<WallTime> now_;
  std::map<int64_t, std::vector<const json*>> revisions_;  // by the negative number: the newest first
  std::vector<Row> rows_;
};

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

size_t width_of(std::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string table(const std::vector<Row>& rows) {
  std::array<size_t, 5> widths{};
  for (const Row& row : rows) {
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], width_of(row[i]));
  }
  std::string text;
  for (const Row& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += row[i] + std::string(widths[i] - width_of(row[i]) + 2, ' ');
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
  return text;
}

std::string field(std::string_view name, const std::string& value) {
  return fmt::format("{:<17}{}\n", name, value);
}

std::string summary(const json& workload, int64_t actual_weight) {
  const json status = rollout_status(workload);
  const std::string phase = string_at(status, {"phase"}), message = string_at(status, {"message"});
  std::string text = field("Name:", string_at(workload, {"metadata", "name"})) +
                     field("Namespace:", string_at(workload, {"metadata", "namespace"})) +
                     field("Status:", icon_of(phase) + phase);
  if (!message.empty()) text += field("Message:", message);
  if (at(workload, {"spec", "strategy", "blueGreen"}).is_object()) text += field("Strategy:", "BlueGreen");
  if (at(workload, {"spec", "strategy", "canary"}).is_object()) {
    text += field("Strategy:", "Canary");
    text += field("  Step:", fmt::format("{}/{}", int_at(status, {"step"}), int_at(status, {"steps"})));
    text += field("  SetWeight:", fmt::format("{}", int_at(status, {"weight"})));
    const bool promoted = string_at(status, {"canary"}).empty();
    text += field("  ActualWeight:", fmt::format("{}", promoted ? 100 : actual_weight));
  }
  text += "Replicas:\n";
  const std::array<std::pair<const char*, int64_t>, 5> counts{
      {{"  Desired:", int_at(status, {"replicas"})},
       {"  Current:", int_at(workload, {"status", "replicas"})},
       {"  Updated:", int_at(status, {"updated"})},
       {"  Ready:", int_at(status, {"ready"})},
       {"  Available:", int_at(status, {"available"})}}};
  for (const auto& [name, count] : counts) text += field(name, fmt::format("{}", count));
  return text + "\n";
}

/// Each line with at most `columns` characters.
std::string cut(const std::string& text, int columns) {
  std::string result;
  int column = 0;
  for (char byte : text) {
    if (byte == '\n') column = 0;
    if (byte != '\n' && begins_character(byte)) ++column;
    if (byte == '\n' || column <= columns) result += byte;
  }
  return result;
}

}  // namespace

std::string draw_rollout(const WorkloadView& view, std::optional<WallTime> now, int columns) {
  if (view.workload.is_null()) return "it does not exist any more\n";
  Tree tree(view, now);
  const int64_t weight = tree.actual_weight();
  const std::string text = summary(view.workload, weight) + table(tree.rows());
  return columns > 0 ? cut(text, columns) : text;
}

}  // namespace zdt::kube
