// A small Kubernetes API over HTTPS, on our own server: discovery of a few kinds, and what each test adds. It remembers
// every request.
#pragma once
#include "http/server.h"
#include "kube/client.h"
#include "unit/host/on_loop.h"
#include "unit/http/certificate.h"

namespace zdt::kube::testing {

using zdt::testing::on_loop;
using zdt::testing::run_until;

struct Seen {
  std::string method, body, content_type, authorization;
  http::Target target;
  std::string line() const { return method + " " + target.path; }
};

inline json status_object(int code, const std::string& reason, const std::string& message) {
  return {{"kind", "Status"}, {"apiVersion", "v1"}, {"status", "Failure"},
          {"code", code},     {"reason", reason},   {"message", message}};
}

class FakeApi {
 public:
  using Answer = std::function<Task<void>(http::Exchange&)>;

  explicit FakeApi(asio::io_context& loop) {
    http::ServerOptions options;
    options.certificate_pem = http::testing::test_certificate().certificate;
    options.key_pem = http::testing::test_certificate().key;
    auto made = http::Server::listen(loop.get_executor(), std::move(options),
                                     [this](http::Exchange& exchange) { return handle(exchange); });
    if (!made) throw std::runtime_error(made.error().what);
    server_ = std::move(*made);
    answer_discovery();
  }

  /// what  "GET /api/v1/pods". A later one replaces an earlier one.
  void on(const std::string& what, Answer answer) { routes_[what] = std::move(answer); }
  void answer(const std::string& what, json body, int status = 200) {
    on(what, [body = std::move(body), status](http::Exchange& exchange) { return send(exchange, status, body); });
  }

  Connection connection() const {
    Connection made;
    made.context = "fake";
    made.server = fmt::format("https://127.0.0.1:{}", server_->port());
    made.ns = "demo";
    made.tls.ca_pem = http::testing::test_certificate().certificate;
    made.token = "secret-token";
    return made;
  }

  /// How often `line` ("GET /api/v1") was asked.
  size_t count(const std::string& line) const {
    return static_cast<size_t>(std::count_if(seen.begin(), seen.end(), [&](const Seen& one) { return one.line() == line; }));
  }

  std::vector<Seen> seen;

 private:
  static Task<void> send(http::Exchange& exchange, int status, json body) {
    co_await exchange.respond(status, "application/json", body.dump());
  }

  Task<void> handle(http::Exchange& exchange) {
    seen.push_back({exchange.method, exchange.body, exchange.headers.get("Content-Type"),
                    exchange.headers.get("Authorization"), exchange.target});
    auto route = routes_.find(seen.back().line());
    if (route == routes_.end()) {
      json missing = status_object(404, "NotFound", "the server could not find the requested resource");
      co_await send(exchange, 404, std::move(missing));
    } else {
      const Answer answer = route->second;
      co_await answer(exchange);
    }
  }

  static json resource(const char* name, const char* kind, bool namespaced, json short_names = json::array()) {
    const std::string singular = lower_case(kind);
    return {{"name", name}, {"kind", kind}, {"singularName", singular}, {"namespaced", namespaced}, {"shortNames", short_names}};
  }

  static std::string lower_case(std::string text) {
    for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
  }

  void answer_discovery() {
    const auto group = [](const char* name, std::vector<std::string> versions) {
      json made{{"name", name}, {"preferredVersion", {{"version", versions.front()}}}};
      for (const std::string& version : versions) made["versions"].push_back({{"version", version}});
      return made;
    };
    answer("GET /api/v1", {{"resources",
                            {resource("pods", "Pod", true, {"po"}), resource("pods/log", "Pod", true),
                             resource("services", "Service", true, {"svc"}), resource("nodes", "Node", false, {"no"}),
                             resource("namespaces", "Namespace", false, {"ns"}), resource("events", "Event", true)}}});
    answer("GET /apis", {{"groups",
                          {group("apps", {"v1"}), group("events.k8s.io", {"v1"}), group("argoproj.io", {"v1alpha1"}),
                           group("metrics.k8s.io", {"v1beta1"})}}});
    answer("GET /apis/apps/v1", {{"resources",
                                  {resource("deployments", "Deployment", true, {"deploy"}),
                                   resource("deployments/scale", "Scale", true),
                                   resource("replicasets", "ReplicaSet", true, {"rs"})}}});
    answer("GET /apis/events.k8s.io/v1", {{"resources", {resource("events", "Event", true, {"ev"})}}});
    answer("GET /apis/argoproj.io/v1alpha1", {{"resources", {resource("rollouts", "Rollout", true, {"ro"})}}});
    answer("GET /apis/metrics.k8s.io/v1beta1", status_object(503, "ServiceUnavailable", "service unavailable"), 503);
  }

  std::map<std::string, Answer> routes_;
  std::unique_ptr<http::Server> server_;
};

class ApiWorld : public ::testing::Test {
 protected:
  void TearDown() override {
    client.reset();
    api.reset();
    loop.restart();
    loop.poll();
  }
  template <class T>
  T wait(Task<T> task) {
    return on_loop(loop, std::move(task));
  }

  asio::io_context loop;
  std::unique_ptr<FakeApi> api = std::make_unique<FakeApi>(loop);
  std::unique_ptr<Client> client = std::make_unique<Client>(loop.get_executor(), api->connection());
};

/// A pod of the fake; uid "uid-NAME".
inline json pod(const std::string& name, int revision, const std::string& phase = "Running", const std::string& uid = "") {
  return {{"apiVersion", "v1"},
          {"kind", "Pod"},
          {"metadata",
           {{"name", name},
            {"namespace", "demo"},
            {"uid", uid.empty() ? "uid-" + name : uid},
            {"resourceVersion", std::to_string(revision)}}},
          {"status", {{"phase", phase}}}};
}

inline json list_of(int revision, json items) {
  return {{"kind", "List"}, {"metadata", {{"resourceVersion", std::to_string(revision)}}}, {"items", std::move(items)}};
}

inline std::string event_line(const std::string& type, const json& object) {
  return json{{"type", type}, {"object", object}}.dump() + "\n";
}

}  // namespace zdt::kube::testing
