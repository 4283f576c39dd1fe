#include "audit/coverage.h"

#include <algorithm>

#include "audit/hook.h"
#include "audit/rule.h"
#include "audit/shell.h"
#include "audit/upstreams.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

/// Read together with the workloads, and judged through them.
bool is_context(const std::string& kind) {
  return shell::is_one_of(kind, {"Service", "ConfigMap", "Secret", "PodDisruptionBudget", "HorizontalPodAutoscaler", "ScaledObject", "ResourceQuota",
                                 "Ingress", "PersistentVolumeClaim", "Namespace"});
}

void add_hooks(const ObjectSet& set, const Workload& workload, std::vector<std::string>& unread) {
  for (const Container& container : workload.containers) {
    const HookLength hook = prestop_of(set, workload, container);
    if (hook.unread.empty()) continue;
    unread.push_back(fmt::format("{}  {}/lifecycle/preStop: how long \"{}\" takes cannot be read", workload.name.text(), container.path,
                                 hook.unread.substr(0, 80)));
  }
}

/// A program's script in the image may be a shell that hands no signal on.
void add_scripts(const Workload& workload, std::vector<std::string>& unread) {
  for (const Container& container : workload.containers) {
    std::vector<std::string> words;
    for (const char* list : {"command", "args"}) {
      for (const json& word : array_at(*container.spec, {list})) words.push_back(word.is_string() ? word.get<std::string>() : "");
    }
    if (array_at(*container.spec, {"command"}).empty()) continue;
    const size_t at = shell::unwrapped(words).program;
    const bool script = at + 1 < words.size() && shell::is_shell(words[at]) && shell::script_index(words, at) == 0 && !words[at + 1].starts_with('-');
    if (script) unread.push_back(fmt::format("{}  {}/command: what the script {} does with SIGTERM cannot be read", workload.name.text(), container.path, words[at + 1].substr(0, 80)));
  }
}

void add_environments(const ObjectSet& set, const Workload& workload, std::vector<std::string>& unread) {
  for (const Container& container : workload.containers) {
    if (container.unread_env.empty()) continue;
    if (upstreams_of(set, workload, container).empty()) continue;
    unread.push_back(fmt::format("{}  {}/envFrom: {} is not among what was read, so that the limits on its upstreams are not known", workload.name.text(),
                                 container.path, container.unread_env));
  }
}

void add_images(const Input& input, std::vector<std::string>& unread) {
  for (const DockerfileText& file : input.dockerfiles) {
    const ImageView image = image_of(file);
    const Launch* launch = image.launch();
    if (launch == nullptr) {
      unread.push_back(fmt::format("{}: what {} starts is said by that image alone", file.name, image.base.empty() ? "its base" : image.base));
      continue;
    }
    const size_t at = shell::unwrapped(launch->argv).program;
    const bool script = at + 1 < launch->argv.size() && shell::is_shell(launch->argv[at]) && shell::script_index(launch->argv, at) == 0 &&
                        !launch->argv[at + 1].starts_with('-');
    if (script)
      unread.push_back(fmt::format("{}:{}: what the script {} does with SIGTERM cannot be read", file.name, launch->instruction.first,
                                   launch->argv[at + 1].substr(0, 80)));
  }
}

}  // namespace

std::string Coverage::kinds_text() const {
  std::vector<std::string> parts;
  for (const auto& [kind, count] : kinds) parts.push_back(fmt::format("{} {}", count, kind));
  return join(parts, ", ");
}

Coverage coverage_of(const Input& input) {
  const ObjectSet set(input.objects);
  Coverage coverage;
  std::set<const json*> judged;
  for (const Workload& workload : set.workloads()) {
    judged.insert(workload.object);
    add_hooks(set, workload, coverage.unread);
    add_scripts(workload, coverage.unread);
    add_environments(set, workload, coverage.unread);
  }
  for (const json* rollout : set.unresolved())
    coverage.unread.push_back(fmt::format("{}  /spec/workloadRef: {} is not among what was read", set.name_of(*rollout).text(),
                                          string_at(*rollout, {"spec", "workloadRef", "kind"}, "Deployment") + "/" +
                                              string_at(*rollout, {"spec", "workloadRef", "name"})));
  std::map<std::string, size_t> kinds;
  for (const json& object : input.objects) {
    const std::string kind = string_at(object, {"kind"});
    if (!judged.contains(&object) && !is_context(kind)) ++kinds[kind.empty() ? "object without a kind" : kind];
  }
  coverage.kinds.assign(kinds.begin(), kinds.end());
  coverage.judged = judged.size() + input.dockerfiles.size();
  add_images(input, coverage.unread);
  return coverage;
}

std::string identity_of(const json& object) {
  const std::string version = string_at(object, {"apiVersion"});
  const size_t slash = version.find('/');
  return fmt::format("{}/{}/{}/{}", slash == std::string::npos ? "" : version.substr(0, slash), string_at(object, {"kind"}),
                     namespace_of(object), string_at(object, {"metadata", "name"}));
}

Flattened flattened(json object) {
  const std::string kind = string_at(object, {"kind"});
  if (object.is_array()) return {object.get<std::vector<json>>(), true};
  if (!kind.ends_with("List") || !at(object, {"items"}).is_array()) return {{std::move(object)}, false};
  Flattened list{{}, true};
  for (json& item : object["items"]) {
    if (item.is_object() && kind != "List") {
      if (string_at(item, {"kind"}).empty()) item["kind"] = kind.substr(0, kind.size() - 4);
      if (string_at(item, {"apiVersion"}).empty()) item["apiVersion"] = string_at(object, {"apiVersion"});
    }
    list.objects.push_back(std::move(item));
  }
  return list;
}

}  // namespace zdt::audit
