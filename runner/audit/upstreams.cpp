#include "audit/upstreams.h"

#include <re2/re2.h>

#include <algorithm>

#include "audit/shell.h"
#include "base/text.h"

namespace zdt::audit {
namespace {

using shell::is_one_of;

bool is_loopback(const std::string& host) {
  return host == "localhost" || host == "[::1]" || host == "::1" || host.starts_with("127.") || host == "0.0.0.0" ||
         host == "[::]";
}

/// What a variable's name ends in, and what comes before that.
struct SplitName {
  std::string beginning, ending;
};

SplitName split_name(const std::string& name) {
  const size_t bar = name.rfind('_');
  if (bar == std::string::npos) return {"", name};
  return {name.substr(0, bar + 1), name.substr(bar + 1)};
}

/// The last word but one: PUBLIC of SHOP_PUBLIC_URL.
bool names_itself(const std::string& beginning) {
  const auto words = split(trim(beginning.substr(0, beginning.size() - std::min<size_t>(1, beginning.size()))), '_');
  return is_one_of(words.back(), {"PUBLIC", "BASE", "ROOT", "SITE", "SELF", "OWN", "APP", "EXTERNAL", "CANONICAL", "CALLBACK",
                                  "REDIRECT", "RETURN", "HOME", "SERVER", "WEBSITE", "HOMEPAGE", "ADVERTISED", "ADVERTISE",
                                  "LISTEN", "BIND", "HTTP", "ISSUER", "CORS", "ALLOWED", "DOCS", "HELP", "LOGO", "POD", "NODE"});
}

/// Databases, caches and brokers, by their name or their usual port.
bool is_no_request(const std::string& beginning, int64_t port) {
  for (const std::string& word : split(beginning, '_')) {
    if (is_one_of(word, {"DB", "DATABASE", "REDIS", "MYSQL", "MARIADB", "POSTGRES", "POSTGRESQL", "PG", "MONGO", "MONGODB", "KAFKA",
                         "RABBITMQ", "AMQP", "MEMCACHED", "CASSANDRA", "NATS", "ZOOKEEPER", "MQTT", "SMTP", "LDAP", "STATSD",
                         "JDBC", "CACHE"}))
      return true;
  }
  for (const int64_t known : {25, 389, 587, 1433, 1521, 1883, 2181, 3306, 4222, 5432, 5672, 6379, 8125, 9042, 9092, 11211, 27017}) {
    if (port == known) return true;
  }
  return false;
}

std::optional<Address> address_in(const std::string& url) {
  static const RE2 kUrl(R"((?i)(https?|grpcs?|h2c)://(?:[^/@\s]*@)?(\[[^\]\s]*\]|[^/:\s?#]+)(?::(\d{1,5}))?(?:[/?#].*)?)", RE2::Latin1);
  std::string scheme, host, port;
  if (!RE2::FullMatch(url, kUrl, &scheme, &host, &port)) return std::nullopt;
  if (!port.empty()) return Address{host, std::stoll(port)};
  return Address{host, lower(scheme).ends_with("s") ? 443 : 80};
}

/// host or host:port, without a scheme.
std::optional<Address> bare_address_in(const std::string& text) {
  static const RE2 kBare(R"(([A-Za-z0-9][A-Za-z0-9.-]*)(?::(\d{1,5}))?)", RE2::Latin1);
  std::string host, port;
  if (!RE2::FullMatch(text, kBare, &host, &port)) return std::nullopt;
  return Address{host, port.empty() ? 0 : std::stoll(port)};
}

bool leads_to_itself(const ObjectSet& set, const Workload& workload, const Address& address) {
  const auto places = destinations_of(set, workload, address);
  return std::any_of(places.begin(), places.end(),
                     [&](const Destination& one) { return one.workload == &workload; });
}

std::optional<Upstream> upstream_in(const ObjectSet& set, const Workload& workload, const Variable& variable) {
  const SplitName name = split_name(variable.name);
  if (name.beginning.empty() || !variable.value || names_itself(name.beginning)) return std::nullopt;
  const std::string value = trim(*variable.value);
  auto address = address_in(value);
  const bool is_url = address.has_value();
  if (is_url && !is_one_of(name.ending, {"URL", "URI", "ENDPOINT", "ADDR", "ADDRESS", "BASE", "SERVER", "HOST"})) return std::nullopt;
  if (!is_url) {
    if (!is_one_of(name.ending, {"ADDR", "ADDRESS", "HOST", "ENDPOINT", "HOSTPORT", "URL"})) return std::nullopt;
    address = bare_address_in(value);
  }
  if (!address || is_loopback(address->host) || is_no_request(name.beginning, address->port)) return std::nullopt;
  // Without a scheme it may be anything; that a Service has the name tells.
  if (!is_url && destinations_of(set, workload, *address).empty()) return std::nullopt;
  if (leads_to_itself(set, workload, *address)) return std::nullopt;
  return Upstream{variable.name, name.beginning, variable.path, *address};
}

}  // namespace

std::vector<Destination> destinations_of(const ObjectSet& set, const Workload& from, const Address& address) {
  if (is_loopback(address.host)) return {{&from, address.port}};
  const auto labels = split(address.host, '.');
  const bool named = labels.size() > 1 && (labels.size() == 2 || labels[2] == "svc");
  if (labels.size() > 1 && !named) return {};
  const json* service = set.find("Service", named ? labels[1] : namespace_of(*from.object), labels.front());
  std::vector<Destination> places;
  if (service == nullptr) return places;
  const json& ports = array_at(*service, {"spec", "ports"});
  const int64_t port = address.port == 0 && !ports.empty() ? int_at(ports.front(), {"port"}) : address.port;
  for (const Workload& workload : set.workloads()) {
    for (const auto* list : {&workload.services, &workload.aside_services}) {
      if (std::find(list->begin(), list->end(), service) == list->end()) continue;
      places.push_back({&workload, ObjectSet::target_port(*service, port, workload)});
    }
  }
  return places;
}

std::vector<Upstream> upstreams_of(const ObjectSet& set, const Workload& workload, const Container& container) {
  std::vector<Upstream> found;
  for (const Variable& variable : container.variables) {
    if (auto upstream = upstream_in(set, workload, variable)) found.push_back(std::move(*upstream));
  }
  return found;
}

}  // namespace zdt::audit
