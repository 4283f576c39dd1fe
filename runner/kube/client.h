// Kubernetes API client: plain requests, discovery, server-side apply, watches, logs and exec.
#pragma once
#include "base/json.h"
#include "http/client.h"
#include "http/server.h"
#include "host/process.h"
#include "kube/kubeconfig.h"
#include "kube/transport.h"

namespace zdt::kube {

/// Which objects. kind may be a kind, a plural, a singular or a short name, with ".group" when it is ambiguous; ns ""
/// means the connection's namespace, "*" all of them.
struct Query {
  std::string kind, ns, name;
  std::string labels, fields;  ///< selectors
};

/// A patch's content type: "strategic", "merge" or "json".
enum class PatchType { kStrategic, kMerge, kJson };

/// Every call fails kEnvironment when the server cannot be reached, kTimeout, and otherwise with the server's own words
/// (metav1.Status): kNotFound 404, kConflict 409, kExpired 410, kInvalid 400 and 422, kEnvironment 401 and 403.
class Client {
 public:
  Client(asio::any_io_executor executor, Connection connection);

  const Connection& connection() const { return connection_; }
  /// The manager of our fields, as `kubectl get --show-managed-fields` shows it.
  static constexpr std::string_view kFieldManager = "zdt-demo";

  /// {"major", "minor", "gitVersion", …}
  Task<Result<json>> version();
  /// Fails kUsage with the nearest known name (kNotFound is for objects).
  Task<Result<Resource>> resource(std::string kind, std::string api_version = "");

  Task<Result<json>> get(Query query);
  /// The whole List object; items carry apiVersion and kind.
  Task<Result<json>> list(Query query);
  /// Server-side apply, forced: what the scripts declare is what holds. metadata.namespace "" means the connection's.
  Task<Result<json>> apply(json object, bool dry_run = false);
  Task<Result<json>> patch(Query query, PatchType type, json body, std::string subresource = "");
  Task<Result<json>> scale(Query query, int64_t replicas);
  /// grace_seconds < 0: the object's own.
  Task<Result<json>> remove(Query query, int64_t grace_seconds = -1);

  /// Calls `on_event` with ADDED, MODIFIED or DELETED and the object: first for all that exist, then for each change,
  /// until it returns false. Reconnects; after a 410 it lists again and reports the difference. Bookmarks are used to
  /// resume and not shown. `on_listed` is called after each list's events, until it returns false: what has not been
  /// shown by then does not exist. Fails only as list() does at its first call.
  Task<Result<void>> watch(Query query, std::function<bool(const std::string& type, const json& object)> on_event,
                           std::function<bool()> on_listed = {});

  struct LogQuery {
    std::string ns, pod, container;
    bool follow = false, previous = false, timestamps = false;
    int64_t tail = -1, since_seconds = -1;
  };
  /// Hands on whole lines until the log ends or `on_line` returns false.
  Task<Result<void>> logs(LogQuery query, std::function<bool(std::string_view line)> on_line);

  struct ExecQuery {
    std::string ns, pod, container;
    std::vector<std::string> argv;
    std::string input;
  };
  /// code is the command's own. Fails kFailed when it could not be started.
  Task<Result<host::Exit>> exec(ExecQuery query);

  struct RawQuery {
    std::string method = "GET", path, body, content_type = "application/json";
    milliseconds limit{30'000};
  };
  /// Any path of the API with the answer as it is, whatever its status: for what is behind pods/proxy and services/proxy.
  Task<Result<http::Response>> raw(RawQuery query);

  /// A stream to a port inside a pod, as port_forward.h describes it.
  Task<Result<std::unique_ptr<http::WebSocket>>> connect_port(std::string ns, std::string pod, uint16_t port);

  /// The path of a collection or object: /apis/apps/v1/namespaces/default/deployments/web.
  Task<Result<std::string>> path_of(Query query, std::string api_version = "");

 private:
  struct Call {
    std::string method = "GET", path, body, content_type = "application/json";
    milliseconds limit{30'000};
    bool first_try = true;
  };
  http::Request request_for(const Call& call) const;
  Task<Result<json>> call(Call call);
  Task<Result<void>> ensure_authenticated();
  Task<Result<void>> discover();
  Task<Result<void>> discover_group(std::string path, std::string group, std::string version,
                                    std::vector<Resource>& into);
  const Resource* find(const std::string& kind, const std::string& api_version) const;

  http::Client http_;
  Connection connection_;
  std::vector<Resource> resources_;
};

/// The Error that a metav1.Status (or any other body) with this HTTP status means.
Error error_from_status(long status, std::string_view body, std::string_view what);

}  // namespace zdt::kube
