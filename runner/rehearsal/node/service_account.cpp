#include "rehearsal/node/service_account.h"

#include "rehearsal/node/environment.h"

namespace zdt::rehearsal {
namespace {

std::string variable_name(const std::string& text) {
  std::string name;
  for (const char c : text)
    name += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return name;
}

/// kubernetes/pkg/kubelet/envvars: the short form of the first port, then one per named port, then Docker's
/// links.
void add_service(Environment& environment, const json& service) {
  const std::string address = string_at(service, {"spec", "clusterIP"});
  const json& ports = array_at(service, {"spec", "ports"});
  if (address.empty() || address == "None" || ports.empty()) return;
  const std::string prefix = variable_name(string_at(service, {"metadata", "name"}));
  environment.set(prefix + "_SERVICE_HOST", address);
  environment.set(prefix + "_SERVICE_PORT", std::to_string(int_at(ports.front(), {"port"})));
  for (const json& port : ports) {
    const std::string name = string_at(port, {"name"}), number = std::to_string(int_at(port, {"port"}));
    if (!name.empty()) environment.set(prefix + "_SERVICE_PORT_" + variable_name(name), number);
  }
  for (const json& port : ports) {
    std::string protocol = string_at(port, {"protocol"}, "TCP");
    const std::string number = std::to_string(int_at(port, {"port"}));
    const std::string link = prefix + "_PORT_" + number + "_" + protocol;
    std::string scheme = protocol;
    for (char& c : scheme) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    const std::string url = scheme + "://" + address + ":" + number;
    if (&port == &ports.front()) environment.set(prefix + "_PORT", url);
    environment.set(link, url);
    environment.set(link + "_PROTO", scheme);
    environment.set(link + "_PORT", number);
    environment.set(link + "_ADDR", address);
  }
}

}  // namespace

bool mounts_account(const Store& store, const json& pod) {
  const json& own = at(pod, {"spec", "automountServiceAccountToken"});
  if (own.is_boolean()) return own.get<bool>();
  const std::string name = string_at(pod, {"spec", "serviceAccountName"}, "default");
  const ObjectPtr account = store.find("serviceaccounts", string_at(pod, {"metadata", "namespace"}), name);
  return account && bool_at(*account, {"automountServiceAccountToken"}, true);
}

json account_volume() {
  json token = {{"serviceAccountToken", {{"path", "token"}, {"expirationSeconds", 3607}}}};
  json authority = {
      {"configMap",
       {{"name", "kube-root-ca.crt"}, {"items", json::array({{{"key", "ca.crt"}, {"path", "ca.crt"}}})}}}};
  json space = {{"downwardAPI",
                 {{"items", json::array({{{"path", "namespace"},
                                          {"fieldRef", {{"fieldPath", "metadata.namespace"}}}}})}}}};
  json sources = json::array({std::move(token), std::move(authority), std::move(space)});
  return {{"name", kAccountVolume}, {"projected", {{"defaultMode", 0644}, {"sources", std::move(sources)}}}};
}

Environment service_environment(const Store& store, const json& pod) {
  Environment environment;
  if (const ObjectPtr own = store.find("services", "default", "kubernetes")) add_service(environment, *own);
  if (!bool_at(pod, {"spec", "enableServiceLinks"}, true)) return environment;
  const std::string ns = string_at(pod, {"metadata", "namespace"});
  for (const ObjectPtr& service : store.list("services", ns)) {
    const bool is_api = ns == "default" && string_at(*service, {"metadata", "name"}) == "kubernetes";
    if (!ns.empty() && !is_api) add_service(environment, *service);
  }
  return environment;
}

}  // namespace zdt::rehearsal
