// The API server of a plan: writes every call down, and answers from what the plan itself has applied.
#pragma once
#include <functional>
#include <map>

#include "kube/transport.h"

namespace zdt::cluster {

class PlannedCluster : public kube::Transport {
 public:
  /// record    is given each call: {type = "api", method, path, query?, object?}.
  /// is_fresh  whether an object that the plan has not made counts as missing for the call that is under way;
  /// else only a
  ///           cluster could tell, and the call is Unanswered.
  PlannedCluster(std::function<void(json)> record, std::function<bool()> is_fresh)
      : record_(std::move(record)), is_fresh_(std::move(is_fresh)) {}

  Result<json> answer(const kube::ApiCall& call) override;
  /// Built-in kinds, those of CustomResourceDefinitions in the plan, and those that the talk installs by
  /// helm.
  kube::Resource resource(const std::string& kind, const std::string& api_version) override;

  /// What is there before the plan begins.
  void add(const std::string& path, json object) { objects_[path] = std::move(object); }

 private:
  void write_down(const kube::ApiCall& call, const std::string& path, const std::string& query);
  Result<json> read(const std::string& path);
  bool is_applied_as_other_kind(const std::string& path) const;
  Result<json> patch(const kube::ApiCall& call, const std::string& path, const std::string& query);
  Result<json> remove(const std::string& path);
  void learn_kind(const json& definition);

  std::function<void(json)> record_;
  std::function<bool()> is_fresh_;
  std::map<std::string, json> objects_;  ///< by path
  std::vector<kube::Resource> defined_;
  bool discovered_ = false;
};

}  // namespace zdt::cluster
