// pods/proxy and services/proxy: a request to whatever listens there, made from inside the cluster's network.
// https://kubernetes.io/docs/tasks/access-application-cluster/access-cluster-services/#manually-constructing-apiserver-proxy-urls
#include <fmt/format.h>

#include <random>

#include "base/text.h"
#include "http/client.h"
#include "rehearsal/api/call.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

/// [scheme:]name[:port], as the last part of the object's path.
struct ProxyName {
  std::string scheme = "http", name, port;
};

ProxyName proxy_name(const std::string& text) {
  const auto parts = split(text, ':');
  if (parts.size() == 1) return {"http", parts[0], ""};
  if (parts.size() == 2) return {"http", parts[0], parts[1]};
  const bool known = parts.size() == 3 && (parts[0].empty() || parts[0] == "http" || parts[0] == "https");
  if (!known) throw bad_request(fmt::format("invalid proxy request \"{}\"", text));
  return {parts[0].empty() ? "http" : parts[0], parts[1], parts[2]};
}

/// "ADDRESS:PORT" of the pod; without a port, its first one (pkg/registry/core/pod/strategy.go,
/// ResourceLocation).
std::string pod_location(const json& pod, const std::string& port) {
  const std::string address = string_at(pod, {"status", "podIP"});
  if (address.empty()) throw service_unavailable("the pod has no address yet");
  if (!port.empty()) return address + ":" + port;
  for (const json& container : array_at(pod, {"spec", "containers"})) {
    const json& ports = array_at(container, {"ports"});
    if (!ports.empty()) return fmt::format("{}:{}", address, int_at(ports.front(), {"containerPort"}));
  }
  return address;
}

/// The name that `port` (a name or a number) has in the Service; a number that it does not have stays.
std::string port_name(const json& service, const std::string& port) {
  const json& ports = array_at(service, {"spec", "ports"});
  if (port.empty() && ports.size() == 1) return string_at(ports.front(), {"name"});
  for (const json& known : ports) {
    if (std::to_string(int_at(known, {"port"})) == port) return string_at(known, {"name"});
  }
  return port;
}

/// "ADDRESS:PORT" of one of its ready endpoints, drawn by lot (pkg/registry/core/service/storage,
/// ResourceLocation).
std::string service_location(const Store& store, const json& service, const std::string& port) {
  const std::string ns = string_at(service, {"metadata", "namespace"}),
                    name = string_at(service, {"metadata", "name"});
  const ObjectPtr endpoints = store.find("endpoints", ns, name);
  const std::string wanted = port_name(service, port);
  std::vector<std::string> locations;
  const json none;
  for (const json& subset : array_at(endpoints ? *endpoints : none, {"subsets"})) {
    for (const json& known : array_at(subset, {"ports"})) {
      if (string_at(known, {"name"}) != wanted) continue;
      for (const json& address : array_at(subset, {"addresses"}))
        locations.push_back(fmt::format("{}:{}", string_at(address, {"ip"}), int_at(known, {"port"})));
    }
  }
  if (locations.empty())
    throw service_unavailable(fmt::format("no endpoints available for service \"{}\"", name));
  static std::minstd_rand lots(std::random_device{}());
  return locations[lots() % locations.size()];
}

std::string query_of(const http::Target& target) {
  std::string text;
  for (const auto& [name, value] : target.query) {
    text += text.empty() ? '?' : '&';
    text += http::url_encode(name);
    if (!value.empty()) text += "=" + http::url_encode(value);
  }
  return text;
}

/// Those that belong to one connection stay with it, and our token is nobody else's (RFC 9110, 7.6.1).
bool is_passed_on(const std::string& name) {
  static const std::set<std::string> kept = {"authorization",     "connection", "content-length", "host",
                                             "transfer-encoding", "upgrade",    "keep-alive",     "te"};
  const std::string known = lower(name);
  return !kept.contains(known) && !known.starts_with("impersonate-");
}

/// One answer on its way through. A short one is sent as a whole, with its length; a longer one as it comes, as quickly as
/// the client takes it.
class Passage {
 public:
  Passage(asio::any_io_executor executor, http::Exchange& exchange)
      : client_(executor), pipe_(std::make_shared<http::BodyPipe>(executor)), exchange_(exchange) {}

  Task<void> run(http::Request request) {
    request.limit = milliseconds(0);  // a stream may take as long as it likes
    request.pipe = pipe_;
    request.on_headers = [this](long status, const http::Headers& headers) {
      status_ = static_cast<int>(status);
      headers_ = headers;
    };
    std::vector<Task<void>> parts;
    parts.push_back(transfer(std::move(request)));
    parts.push_back(pass_on());
    co_await all_of(std::move(parts));
  }

 private:
  static constexpr size_t kShort = 256 << 10;
  /// For the first piece, and for the rest of a short answer from then on.
  static constexpr milliseconds kFirstLimit{30'000}, kShortLimit{100};

  Task<void> transfer(http::Request request) {
    auto answer = co_await client_.send(std::move(request));
    if (!answer) failure_ = answer.error().what;
  }

  /// True when the answer ended. What comes is kept in start_, also when the time is over meanwhile.
  Task<Result<bool>> collect(size_t most) {
    while (start_.size() < most) {
      auto piece = co_await pipe_->next();
      if (!piece) co_return true;
      start_ += *piece;
    }
    co_return false;
  }

  /// Whether all of it is in start_.
  Task<bool> begin() {
    const Error late{Code::kTimeout, "it did not answer in time", ""};
    auto whole = co_await with_deadline(collect(1), kFirstLimit, late);
    if (whole && !*whole) whole = co_await with_deadline(collect(kShort), kShortLimit, late);
    const std::string why = failure_.empty() && status_ == 0 ? late.what : failure_;
    if (!why.empty()) throw service_unavailable("error trying to reach service: " + why);
    co_return whole && *whole;
  }

  Task<void> pass_on() {
    const bool whole = co_await begin();
    http::Headers others;
    for (const auto& [name, value] : headers_.all()) {
      if (is_passed_on(name) && lower(name) != "content-type") others.add(name, value);
    }
    std::string type = headers_.get("Content-Type");
    if (whole) {
      co_await exchange_.respond(status_, std::move(type), std::move(start_), std::move(others));
    } else {
      exchange_.stream_headers = std::move(others);
      co_await stream(std::move(type));
    }
  }

  Task<void> stream(std::string type) {
    co_await exchange_.begin_stream(status_, std::move(type));
    co_await exchange_.write(std::move(start_));
    while (auto piece = co_await pipe_->next()) co_await exchange_.write(std::move(*piece));
    // Without the last chunk, the client sees that it has not got everything.
    if (!failure_.empty()) throw boost::system::system_error(asio::error::connection_reset);
    co_await exchange_.end_stream();
  }

  http::Client client_;
  std::shared_ptr<http::BodyPipe> pipe_;
  http::Exchange& exchange_;
  int status_ = 0;
  http::Headers headers_;
  std::string failure_, start_;
};

}  // namespace

Task<void> serve_proxy(const Objects& objects, const Store& store, ApiCall& call,
                       std::shared_ptr<host::NetworkNamespace> network) {
  const ProxyName wanted = proxy_name(call.route.name);
  Place place = call.place();
  place.name = wanted.name;
  place.subresource.clear();
  const ObjectPtr object = objects.get(place);
  const std::string location = call.route.plural == "pods" ? pod_location(*object, wanted.port)
                                                           : service_location(store, *object, wanted.port);
  http::Request request;
  request.method = call.exchange.method;
  const std::string behind = call.route.behind.empty() ? "/" : call.route.behind;
  request.url = wanted.scheme + "://" + location + behind + query_of(call.exchange.target);
  for (const auto& [name, value] : call.exchange.headers.all()) {
    if (is_passed_on(name)) request.headers.add(name, value);
  }
  co_await call.exchange.read_body();
  request.body = call.exchange.body;
  request.tls.insecure = true;
  request.network = std::move(network);
  auto executor = co_await asio::this_coro::executor;
  Passage passage(executor, call.exchange);
  co_await passage.run(std::move(request));
}

}  // namespace zdt::rehearsal::api
