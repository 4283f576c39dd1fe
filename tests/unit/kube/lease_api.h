// The Leases of a FakeApi: read, made, written over and deleted as kube-apiserver does it, with resourceVersions.
#pragma once
#include "kube/lease.h"
#include "unit/kube/fake_api.h"

namespace zdt::kube::testing {

inline const std::string kLeases = "/apis/coordination.k8s.io/v1/namespaces/default/leases";

class LeaseApi {
 public:
  explicit LeaseApi(FakeApi& api) {
    const std::string one = kLeases + "/" + Lease::kName;
    api.on("GET " + one, [this](http::Exchange& exchange) { return answer(exchange, stored); });
    api.on("POST " + kLeases, [this](http::Exchange& exchange) { return write(exchange, stored.is_null(), 201); });
    api.on("PUT " + one, [this](http::Exchange& exchange) { return write(exchange, names_version(exchange.body), 200); });
    api.on("DELETE " + one, [this](http::Exchange& exchange) { return remove(exchange); });
  }

  /// As another run would write it.
  void put(const std::string& run, const std::string& renewed, host::ProcessIdentity process = {"elsewhere", "", 7, "1"}) {
    json about{{"run", run}, {"user", "bob"}, {"host", "tower"}, {"pid", process.pid}, {"boot", process.boot}};
    about["pidNamespace"] = process.pid_namespace;
    about["processStarted"] = process.start_time;
    stored = {{"metadata", {{"name", Lease::kName}, {"uid", "u"}, {"annotations", {{"zerodt.com/run", about.dump()}}}}}};
    stored["spec"] = {{"holderIdentity", run}, {"renewTime", renewed}, {"acquireTime", "2026-01-01T00:00:00.000000Z"}, {"leaseDurationSeconds", 1}};
    next_version();
  }
  std::string holder() const { return string_at(stored, {"spec", "holderIdentity"}); }
  std::string renewed() const { return string_at(stored, {"spec", "renewTime"}); }

  json stored;
  int refuse_with = 0;     ///< a status for every request
  std::function<void()> before_write;  ///< what another run does between our reading and our writing

 private:
  void next_version() { stored["metadata"]["resourceVersion"] = std::to_string(++version_); }
  bool names_version(const std::string& body) {
    if (before_write) std::exchange(before_write, {})();
    const json lease = json::parse(body);
    return string_at(lease, {"metadata", "resourceVersion"}) == string_at(stored, {"metadata", "resourceVersion"});
  }
  Task<void> answer(http::Exchange& exchange, json object) {
    if (refuse_with > 0) {
      object = status_object(refuse_with, "Forbidden", "leases is forbidden");
      co_await exchange.respond(refuse_with, "application/json", object.dump());
    } else if (object.is_null()) {
      object = status_object(404, "NotFound", "not found");
      co_await exchange.respond(404, "application/json", object.dump());
    } else {
      co_await exchange.respond(200, "application/json", object.dump());
    }
  }
  Task<void> write(http::Exchange& exchange, bool fits, int status) {
    if (refuse_with > 0) {
      co_await answer(exchange, json());
      co_return;
    }
    json body = status_object(409, "Conflict", "the object has been modified");
    if (fits) {
      stored = json::parse(exchange.body);
      stored["metadata"]["uid"] = "u";
      next_version();
      body = stored;
    }
    co_await exchange.respond(fits ? status : 409, "application/json", body.dump());
  }
  Task<void> remove(http::Exchange& exchange) {
    const json options = json::parse(exchange.body);
    const bool fits = string_at(options, {"preconditions", "resourceVersion"}) == string_at(stored, {"metadata", "resourceVersion"});
    if (fits) stored = json();
    const std::string body = status_object(fits ? 200 : 409, "", "").dump();
    co_await exchange.respond(fits ? 200 : 409, "application/json", body);
  }

  int version_ = 0;
};

inline LeaseHolder run_called(const std::string& run) {
  LeaseHolder holder{run, "rollout", "alice", "laptop", host::identity_of(getpid()), {}};
  return holder;
}

}  // namespace zdt::kube::testing
