#include "rehearsal/api/check/addresses.h"
#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

// What resolv.conf takes.
constexpr size_t kMostServers = 3, kMostSearches = 32, kMostSearchCharacters = 2048;

void check_searches(const json& config, const Where& where, Causes& causes) {
  const json& searches = array_at(config, {"searches"});
  const Where list = where / "searches";
  if (searches.size() > kMostSearches)
    return causes.invalid(list, searches, "must not have more than 32 search paths");
  size_t characters = searches.empty() ? 0 : searches.size() - 1;
  for (size_t i = 0; i < searches.size(); ++i) {
    std::string_view search = text(searches[i]);
    characters += search.size();
    if (search.ends_with('.')) search.remove_suffix(1);
    const std::string broken = broken_subdomain_rule(search);
    if (!broken.empty()) causes.invalid(list[i], search, broken);
  }
  if (characters > kMostSearchCharacters)
    causes.invalid(list, searches, "must not have more than 2048 characters (including spaces) in the search list");
}

/// A name or value of an option becomes a word of a line in resolv.conf; Kubernetes asks only that the name is not empty.
void check_option(const json& option, const Where& where, Causes& causes) {
  if (text_of(option, "name").empty()) causes.required(where, "must not be empty");
  for (const char* field : {"name", "value"}) {
    const std::string& word = text_of(option, field);
    const bool one_line = word.find_first_of(std::string("\n\r\0", 3)) == std::string::npos;
    if (!one_line) causes.invalid(where / field, word, "must not contain line breaks");
  }
}

void check_dns(const json& spec, const Where& where, Causes& causes) {
  const json& config = at(spec, {"dnsConfig"});
  const json& servers = array_at(config, {"nameservers"});
  const bool none = text_of(spec, "dnsPolicy") == "None";
  if (none && config.is_null())
    return causes.required(where, "must provide `dnsConfig` when `dnsPolicy` is None");
  if (none && servers.empty()) {
    return causes.required(where / "nameservers",
                           "must provide at least one DNS nameserver when `dnsPolicy` is None");
  }
  const Where list = where / "nameservers";
  if (servers.size() > kMostServers) return causes.invalid(list, servers, "must not have more than 3 nameservers");
  for (size_t i = 0; i < servers.size(); ++i) check_text(servers[i], broken_address_rule, list[i], causes);
  check_searches(config, where, causes);
  const json& options = array_at(config, {"options"});
  for (size_t i = 0; i < options.size() && !causes.full(); ++i)
    check_option(options[i], where.item("options", i), causes);
}

void check_alias(const json& alias, const Where& where, Causes& causes) {
  check_text(text_of(alias, "ip"), broken_address_rule, where / "ip", causes);
  const json& names = array_at(alias, {"hostnames"});
  for (size_t i = 0; i < names.size() && !causes.full(); ++i)
    check_text(names[i], broken_subdomain_rule, where.item("hostnames", i), causes);
}

/// With hostNetwork a port of the container is one of the host.
void check_shared_ports(const json& spec, const Where& where, Causes& causes) {
  if (!bool_at(spec, {"hostNetwork"})) return;
  const json& containers = array_at(spec, {"containers"});
  for (size_t i = 0; i < containers.size(); ++i) {
    const Where container = where.item("containers", i);
    const json& ports = array_at(containers[i], {"ports"});
    for (size_t k = 0; k < ports.size() && !causes.full(); ++k) {
      const int64_t host = int_at(ports[k], {"hostPort"});
      if (host == 0 || host == int_at(ports[k], {"containerPort"})) continue;
      const Where here = container.item("ports", k);
      causes.invalid(here / "hostPort", host, "must match `containerPort` when `hostNetwork` is true");
    }
  }
}

}  // namespace

void check_pod_network(const json& spec, const Where& where, Causes& causes) {
  check_choice(spec, "dnsPolicy", {"ClusterFirstWithHostNet", "ClusterFirst", "Default", "None"}, where, causes);
  check_dns(spec, where / "dnsConfig", causes);
  check_field(spec, "hostname", broken_label_rule, where, causes);
  check_field(spec, "subdomain", broken_label_rule, where, causes);
  const json& aliases = array_at(spec, {"hostAliases"});
  for (size_t i = 0; i < aliases.size() && !causes.full(); ++i)
    check_alias(aliases[i], where.item("hostAliases", i), causes);
  check_shared_ports(spec, where, causes);
}

}  // namespace zdt::rehearsal::api
