#include "cluster/planned_cluster.h"

#include "base/json_limits.h"

namespace zdt::cluster {
namespace {

std::string last_segment(const std::string& path) { return path.substr(path.rfind('/') + 1); }

json minimal_object(const std::string& path) { return {{"metadata", {{"name", last_segment(path)}}}}; }

/// "Deployment/k8s-web-pool", for an applied object.
std::string object_words(const kube::ApiCall& call) {
  const json object = parse_json_or_null(call.body);
  if (call.content_type != "application/apply-patch+yaml" || !object.is_object()) return "";
  return string_at(object, {"kind"}) + "/" + string_at(object, {"metadata", "name"});
}

}  // namespace

void PlannedCluster::write_down(const kube::ApiCall& call, const std::string& path,
                                const std::string& query) {
  json item{{"type", "api"}, {"method", call.method}, {"path", path}};
  if (call.method == "WATCH") item["method"] = "GET";
  if (!query.empty()) item["query"] = query;
  if (const std::string object = object_words(call); !object.empty()) item["object"] = object;
  record_(item);
  if (call.method != "WATCH") return;
  item["query"] = query + (query.empty() ? "" : "&") + "watch=true";
  record_(std::move(item));
}

Result<json> PlannedCluster::answer(const kube::ApiCall& call) {
  const size_t question = call.path.find('?');
  const std::string path = call.path.substr(0, question);
  const std::string query = question == std::string::npos ? "" : call.path.substr(question + 1);
  write_down(call, path, query);
  if (call.method == "WATCH") throw kube::Unanswered();
  if (call.method == "GET") return read(path);
  if (call.method == "PATCH") return patch(call, path, query);
  if (call.method == "DELETE") return remove(path);
  const json body = parse_json_or_null(call.body);
  return body.is_object() ? body : minimal_object(path);
}

/// Rollout or Deployment? Who asks for both learns that it is not this one.
bool PlannedCluster::is_applied_as_other_kind(const std::string& path) const {
  const auto is_workload = [](const std::string& of) {
    return of.starts_with("/apis/apps/") || of.starts_with("/apis/argoproj.io/");
  };
  return is_workload(path) && std::any_of(objects_.begin(), objects_.end(), [&](const auto& entry) {
           return is_workload(entry.first) && last_segment(entry.first) == last_segment(path);
         });
}

/// Of collections only the nodes are known before the cluster is there.
Result<json> PlannedCluster::read(const std::string& path) {
  if (const auto found = objects_.find(path); found != objects_.end()) return found->second;
  if (path.ends_with("/nodes")) {
    json items = json::array();
    for (const auto& [key, object] : objects_) {
      if (key.starts_with(path + "/")) items.push_back(object);
    }
    if (!items.empty()) return json{{"kind", "NodeList"}, {"items", std::move(items)}};
  }
  if (!is_fresh_() && !is_applied_as_other_kind(path)) throw kube::Unanswered();
  return Error{Code::kNotFound, "GET " + path + ": it is not there yet", ""};
}

Result<json> PlannedCluster::patch(const kube::ApiCall& call, const std::string& path,
                                   const std::string& query) {
  const json body = parse_json_or_null(call.body);
  if (call.content_type != "application/apply-patch+yaml" || !body.is_object()) {
    const auto found = objects_.find(path);
    return found == objects_.end() ? minimal_object(path) : found->second;
  }
  if (query.find("dryRun=All") == std::string::npos) {
    objects_[path] = body;
    if (string_at(body, {"kind"}) == "CustomResourceDefinition") learn_kind(body);
  }
  return body;
}

Result<json> PlannedCluster::remove(const std::string& path) {
  if (objects_.erase(path) == 0 && is_fresh_())
    return Error{Code::kNotFound, "DELETE " + path + ": it is not there", ""};
  return minimal_object(path);
}

}  // namespace zdt::cluster
