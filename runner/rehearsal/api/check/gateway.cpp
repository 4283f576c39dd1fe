// Values in Gateways, HTTPRoutes and ScaledObjects that their definitions bound (sigs.k8s.io/gateway-api/config/crd,
// kedacore/keda/config/crd).
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

constexpr int64_t kMostWeight = 1'000'000;

void check_port_field(const json& object, const Where& where, Causes& causes) {
  if (is_set(object, "port")) check_port_number(object["port"], where / "port", causes);
}

/// A host name that may begin with "*.".
void check_hostname(const json& name, const Where& where, Causes& causes) {
  if (!name.is_string()) return;
  check_text(name, text(name).starts_with("*.") ? broken_wildcard_rule : broken_subdomain_rule, where, causes);
}

void check_backend_reference(const json& reference, const Where& where, Causes& causes) {
  check_required(reference, "name", where, causes);
  check_port_field(reference, where, causes);
  check_range(reference, "weight", 0, kMostWeight, where, causes);
  check_field(reference, "namespace", broken_label_rule, where, causes);
}

/// RFC 7230: what a header's name may be made of.
std::string broken_token_rule(std::string_view name) {
  constexpr std::string_view kOthers = "!#$%&'*+-.^_`|~";
  const auto is_token = [&](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kOthers.find(c) != std::string_view::npos;
  };
  const bool fine = !name.empty() && name.size() <= 256 && std::all_of(name.begin(), name.end(), is_token);
  return fine ? "" : "should match '^[A-Za-z0-9!#$%&'*+\\-.^_\\x60|~]+$'";
}

void check_named(const json& object, std::string_view list, const Where& where, Causes& causes) {
  const json& items = array_at(object, {list});
  for (size_t i = 0; i < items.size() && !causes.full(); ++i) {
    const Where here = where.item(list, i);
    check_text(text_of(items[i], "name"), broken_token_rule, here / "name", causes);
  }
}

void check_match(const json& match, const Where& where, Causes& causes) {
  const json& path = at(match, {"path"});
  const Where here = where / "path";
  check_choice(path, "type", {"Exact", "PathPrefix", "RegularExpression"}, here, causes);
  const bool regular = text_of(path, "type") == "RegularExpression";
  const std::string& value = text_of(path, "value");
  if (!regular && is_set(path, "value") && !value.starts_with('/'))
    causes.invalid(here, value, "value must be an absolute path and start with '/' when type one of ['Exact', 'PathPrefix']");
  if (value.size() > 1024) causes.too_long(here / "value", 1024);
  for (const char* list : {"headers", "queryParams"}) check_named(match, list, where, causes);
}

void check_filter(const json& filter, const Where& where, Causes& causes) {
  for (const char* side : {"requestHeaderModifier", "responseHeaderModifier"}) {
    const Where here = where / side;
    for (const char* list : {"set", "add"}) check_named(at(filter, {side}), list, here, causes);
    const json& removed = array_at(filter, {side, "remove"});
    for (size_t i = 0; i < removed.size() && !causes.full(); ++i)
      check_text(removed[i], broken_token_rule, here.item("remove", i), causes);
  }
  for (const char* kind : {"requestRedirect", "urlRewrite"}) {
    const Where here = where / kind;
    check_port_field(at(filter, {kind}), here, causes);
    check_field(at(filter, {kind}), "hostname", broken_subdomain_rule, here, causes);
  }
  if (is_set(filter, "requestMirror"))
    check_backend_reference(at(filter, {"requestMirror", "backendRef"}), where / "requestMirror.backendRef", causes);
}

void check_filters(const json& object, const Where& where, Causes& causes) {
  const json& filters = array_at(object, {"filters"});
  for (size_t i = 0; i < filters.size() && !causes.full(); ++i)
    check_filter(filters[i], where.item("filters", i), causes);
}

void check_route_rule(const json& rule, const Where& where, Causes& causes) {
  const json &matches = array_at(rule, {"matches"}), &backends = array_at(rule, {"backendRefs"});
  for (size_t i = 0; i < matches.size() && !causes.full(); ++i)
    check_match(matches[i], where.item("matches", i), causes);
  for (size_t i = 0; i < backends.size() && !causes.full(); ++i) {
    const Where here = where.item("backendRefs", i);
    check_backend_reference(backends[i], here, causes);
    check_filters(backends[i], here, causes);
  }
  check_filters(rule, where, causes);
}

}  // namespace

void check_gateway(const json& gateway, Causes& causes) {
  const Where spec("spec");
  const json& listeners = array_at(gateway, {"spec", "listeners"});
  for (size_t i = 0; i < listeners.size() && !causes.full(); ++i) {
    const Where here = spec.item("listeners", i);
    if (check_required(listeners[i], "name", here, causes))
      check_field(listeners[i], "name", broken_subdomain_rule, here, causes);
    check_port_number(at(listeners[i], {"port"}), here / "port", causes);
    check_required(listeners[i], "protocol", here, causes);
    check_hostname(at(listeners[i], {"hostname"}), here / "hostname", causes);
    const Where routes = here / "allowedRoutes";
    check_choice(at(listeners[i], {"allowedRoutes", "namespaces"}), "from", {"All", "None", "Same", "Selector"},
                 routes / "namespaces", causes);
  }
}

void check_http_route(const json& route, Causes& causes) {
  const Where spec("spec");
  const json &parents = array_at(route, {"spec", "parentRefs"}), &names = array_at(route, {"spec", "hostnames"}),
             &rules = array_at(route, {"spec", "rules"});
  for (size_t i = 0; i < parents.size() && !causes.full(); ++i) {
    const Where here = spec.item("parentRefs", i);
    check_required(parents[i], "name", here, causes);
    check_port_field(parents[i], here, causes);
  }
  for (size_t i = 0; i < names.size() && !causes.full(); ++i)
    check_hostname(names[i], spec.item("hostnames", i), causes);
  for (size_t i = 0; i < rules.size() && !causes.full(); ++i)
    check_route_rule(rules[i], spec.item("rules", i), causes);
}

void check_scaled_object(const json& scaled, Causes& causes) {
  const json& spec = object_at(scaled, {"spec"});
  const Where where("spec"), target = where / "scaleTargetRef";
  check_required(at(spec, {"scaleTargetRef"}), "name", target, causes);
  for (const char* field : {"minReplicaCount", "maxReplicaCount", "idleReplicaCount", "pollingInterval", "cooldownPeriod",
                            "initialCooldownPeriod"}) {
    check_not_negative(spec, field, where, causes);
  }
}

}  // namespace zdt::rehearsal::api
