#include "kube/forward_target.h"

#include <algorithm>
#include <charconv>

namespace zdt::kube {
namespace {

uint16_t port_number(const std::string& text) {
  uint16_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  return failure == std::errc() && end == text.data() + text.size() ? number : 0;
}

bool is_true(const json& pod, const char* condition) {
  for (const json& one : array_at(pod, {"status", "conditions"})) {
    if (string_at(one, {"type"}) == condition) return string_at(one, {"status"}) == "True";
  }
  return false;
}

/// The entry of spec.ports; null when the Service has no such port. port "" takes the only one.
const json* service_port(const json& service, const std::string& port) {
  const json& ports = array_at(service, {"spec", "ports"});
  if (port.empty() && ports.size() == 1) return &ports.front();
  for (const json& one : ports) {
    if (std::to_string(int_at(one, {"port"})) == port || string_at(one, {"name"}) == port) return &one;
  }
  return nullptr;
}

std::string selector_of(const json& service) {
  std::string selector;
  for (const auto& [key, value] : object_at(service, {"spec", "selector"}).items()) {
    selector += fmt::format("{}{}={}", selector.empty() ? "" : ",", key,
                            value.is_string() ? value.get<std::string>() : value.dump());
  }
  return selector;
}

Error no_such_port(const Forward& forward, const json& ports) {
  std::string known;
  for (const json& one : ports) known += fmt::format(" {}", int_at(one, {"port"}));
  return {Code::kUsage, fmt::format("service {} has no port \"{}\"", forward.service, forward.port),
          "its ports:" + known};
}

ForwardTarget target_in(const json& pod, uint16_t port) {
  return {string_at(pod, {"metadata", "namespace"}), string_at(pod, {"metadata", "name"}),
          string_at(pod, {"metadata", "uid"}), port, false};
}

Task<Result<ForwardTarget>> target_of_pod(Client& client, Forward forward) {
  Query query{.kind = "pods", .ns = forward.ns, .name = forward.service.substr(4)};
  auto pod = co_await client.get(std::move(query));
  if (!pod) co_return pod.error();
  const uint16_t port = pod_port(*pod, forward.port);
  if (port == 0)
    co_return Error{Code::kUsage, fmt::format("{} has no port \"{}\"", forward.service, forward.port), ""};
  if (string_at(*pod, {"status", "phase"}) != "Running") {
    co_return Error{
        Code::kEnvironment,
        fmt::format("{} is {}, not Running", forward.service, string_at(*pod, {"status", "phase"})), ""};
  }
  co_return target_in(*pod, port);
}

}  // namespace

bool can_be_reached(const json& pod) {
  return at(pod, {"metadata", "deletionTimestamp"}).is_null() &&
         string_at(pod, {"status", "phase"}) == "Running" && is_true(pod, "Ready");
}

uint16_t pod_port(const json& pod, const std::string& port) {
  if (const uint16_t number = port_number(port); number != 0) return number;
  for (const char* list : {"containers", "initContainers"}) {
    for (const json& container : array_at(pod, {"spec", list})) {
      for (const json& one : array_at(container, {"ports"})) {
        if (string_at(one, {"name"}) == port) return static_cast<uint16_t>(int_at(one, {"containerPort"}));
      }
    }
  }
  return 0;
}

Task<Result<ForwardTarget>> find_forward_target(Client& client, Forward forward) {
  if (forward.service.starts_with("pod/")) {
    auto target = co_await target_of_pod(client, std::move(forward));
    co_return target;
  }
  Query query{.kind = "services", .ns = forward.ns, .name = forward.service};
  auto service = co_await client.get(std::move(query));
  if (!service) co_return service.error();
  const json* port = service_port(*service, forward.port);
  if (port == nullptr) co_return no_such_port(forward, array_at(*service, {"spec", "ports"}));
  const std::string selector = selector_of(*service);
  if (selector.empty())
    co_return Error{Code::kEnvironment, fmt::format("service {} selects no pods", forward.service),
                    "pod/NAME leads to a pod"};
  Query pods{.kind = "pods", .ns = string_at(*service, {"metadata", "namespace"}), .labels = selector};
  auto list = co_await client.list(std::move(pods));
  if (!list) co_return list.error();
  const json& wanted = at(*port, {"targetPort"});
  const std::string pod_side = wanted.is_string()
                                   ? wanted.get<std::string>()
                                   : std::to_string(int_at(*port, {"targetPort"}, int_at(*port, {"port"})));
  std::optional<ForwardTarget> best;
  for (const json& pod : array_at(*list, {"items"})) {
    const uint16_t number = can_be_reached(pod) ? pod_port(pod, pod_side) : 0;
    if (number != 0 && (!best || string_at(pod, {"metadata", "name"}) < best->pod))
      best = target_in(pod, number);
  }
  if (!best) {
    co_return Error{Code::kEnvironment, fmt::format("no pod behind service {} is ready", forward.service),
                    "kubectl get pods -l " + selector};
  }
  best->https = int_at(*port, {"port"}) == 443 || string_at(*port, {"name"}).starts_with("https");
  co_return *best;
}

Task<bool> still_there(Client& client, ForwardTarget target) {
  Query query{.kind = "pods", .ns = target.ns, .name = target.pod};
  auto pod = co_await client.get(std::move(query));
  co_return pod&& string_at(*pod, {"metadata", "uid"}) == target.uid&& can_be_reached(*pod);
}

}  // namespace zdt::kube
