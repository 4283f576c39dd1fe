#include "rehearsal/autoscaling/prometheus.h"

#include <fmt/format.h>

#include <cmath>

#include "base/text.h"
#include "rehearsal/store/values.h"

namespace zdt::rehearsal {
namespace {

constexpr milliseconds kQueryLimit{3'000};  // KEDA_HTTP_DEFAULT_TIMEOUT

/// What stands for the host in "scheme://host[:port][/path]".
struct HostPart {
  size_t begin, length;
};

HostPart host_of(const std::string& address) {
  const size_t scheme = address.find("://"), begin = scheme == std::string::npos ? 0 : scheme + 3;
  const size_t end = address.find_first_of(":/", begin);
  return {begin, (end == std::string::npos ? address.size() : end) - begin};
}

std::string ready_endpoint(const Store& store, const std::string& ns, const std::string& service) {
  for (const ObjectPtr& slice : store.list("endpointslices.discovery.k8s.io", ns)) {
    if (string_at(*slice, {"metadata", "labels", "kubernetes.io/service-name"}) != service) continue;
    for (const json& endpoint : array_at(*slice, {"endpoints"})) {
      const json& addresses = array_at(endpoint, {"addresses"});
      if (!bool_at(endpoint, {"conditions", "ready"}, true) || addresses.empty() || !addresses[0].is_string()) continue;
      if (const auto address = Ipv4::parse(addresses[0].get<std::string>())) return address->text();
    }
  }
  return "";
}

std::string percent_encoded(std::string_view text) {
  std::string result;
  for (char c : text) {
    const bool plain =
        std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_' || c == '.' || c == '~';
    result += plain ? std::string(1, c) : fmt::format("%{:02X}", static_cast<unsigned char>(c));
  }
  return result;
}

Error unusable(const std::string& what) { return {Code::kInvalid, what, ""}; }

Result<double> number_from(const std::string& body, const PrometheusQuery& query) {
  auto answer = parse_json(body, "the answer of " + query.address);
  if (!answer) return answer.error();
  const json& result = array_at(*answer, {"data", "result"});
  if (result.size() > 1)
    return unusable(fmt::format("prometheus query {} returned multiple elements", query.query));
  const json none = json::array();
  const json& value = result.empty() ? none : array_at(result[0], {"value"});
  if (value.size() < 2 || !value[1].is_string()) {
    if (query.ignore_null) return 0.0;
    return unusable("prometheus metrics 'prometheus' target may be lost, the result is empty");
  }
  const double number = std::strtod(value[1].get_ref<const std::string&>().c_str(), nullptr);
  if (std::isfinite(number)) return number;
  if (query.ignore_null) return 0.0;
  return unusable(fmt::format("promQuery returns {}", value[1].get<std::string>()));
}

}  // namespace

Result<std::string> resolve_service(const Store& store, const std::string& address) {
  const HostPart host = host_of(address);
  const std::string name = address.substr(host.begin, host.length);
  if (name.empty() || name.find_first_not_of("0123456789.") == std::string::npos || name == "localhost")
    return address;
  const auto labels = split(name, '.');
  const bool inside = labels.size() == 2 || (labels.size() >= 3 && labels[2] == "svc");
  const ObjectPtr service = inside ? store.find("services", labels[1], labels[0]) : nullptr;
  const std::string given = service ? string_at(*service, {"spec", "clusterIP"}) : "";
  const auto parsed = Ipv4::parse(given);
  std::string target = parsed ? parsed->text() : "";
  if (given == "None") target = ready_endpoint(store, labels[1], labels[0]);
  if (target.empty())
    return Error{Code::kNotFound, fmt::format("dial tcp: lookup {}: no such host", name), ""};
  return std::string(address).replace(host.begin, host.length, target);
}

Task<Result<double>> ask_prometheus(http::Client& client, const Store& store, PrometheusQuery query) {
  const auto address = resolve_service(store, query.address);
  if (!address) co_return address.error();
  http::Request request;
  const bool slash = !address->empty() && address->back() == '/';
  request.url =
      fmt::format("{}{}api/v1/query?query={}", *address, slash ? "" : "/", percent_encoded(query.query));
  request.limit = kQueryLimit;
  request.connect_limit = kQueryLimit;
  request.network = query.network;
  auto response = co_await client.send(std::move(request));
  if (!response) co_return response.error();
  if (response->status < 200 || response->status > 299) {
    co_return unusable(fmt::format("prometheus query api returned error. status: {} response: {}",
                                   response->status, response->body.substr(0, 500)));
  }
  co_return number_from(response->body, query);
}

}  // namespace zdt::rehearsal
