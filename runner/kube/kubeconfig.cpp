#include "kube/kubeconfig.h"

#include "base/text.h"
#include "base/yaml.h"
#include "host/process.h"

namespace zdt::kube {
namespace {

/// The entry called `name` in one of kubeconfig's lists of {name, <kind>: {...}}; null when there is none.
const json& entry(const json& config, std::string_view list, std::string_view kind, const std::string& name) {
  for (const json& item : array_at(config, {list})) {
    if (string_at(item, {"name"}) == name) return at(item, {kind});
  }
  return at(config, {"there is none"});
}

/// Data inline in base64, or the content of a file named relative to the config's folder.
Result<std::string> material(const json& from, const std::string& field, const host::fs::path& folder) {
  const std::string inline_data = string_at(from, {field + "-data"});
  if (!inline_data.empty()) {
    std::string data = base64_decode(inline_data);
    if (data.empty()) return Error{Code::kInvalid, field + "-data is not base64", ""};
    return data;
  }
  const std::string file = string_at(from, {field});
  if (file.empty()) return std::string();
  return host::read_file(folder / file);
}

/// A command with a slash in its name is relative to the config's folder, as every file in it is.
Result<void> read_exec(const json& exec, const host::fs::path& folder, Connection& connection) {
  if (!exec.is_object()) return {};
  const std::string command = string_at(exec, {"command"});
  if (command.empty()) return Error{Code::kInvalid, "exec has no command", ""};
  connection.exec = {command.find('/') == std::string::npos ? command : (folder / command).string()};
  for (const json& argument : array_at(exec, {"args"})) {
    if (!argument.is_string()) return Error{Code::kInvalid, "exec.args must be strings: quote " + argument.dump(), ""};
    connection.exec.push_back(argument.get<std::string>());
  }
  for (const json& variable : array_at(exec, {"env"})) {
    connection.exec_env[string_at(variable, {"name"})] = string_at(variable, {"value"});
  }
  connection.exec_api_version = string_at(exec, {"apiVersion"}, "client.authentication.k8s.io/v1");
  return {};
}

Result<void> read_user(const json& user, const host::fs::path& folder, Connection& connection) {
  auto certificate = material(user, "client-certificate", folder);
  auto key = material(user, "client-key", folder);
  if (!certificate) return certificate.error();
  if (!key) return key.error();
  connection.tls.client_certificate_pem = *certificate;
  connection.tls.client_key_pem = *key;
  connection.token = string_at(user, {"token"});
  const std::string token_file = string_at(user, {"tokenFile"});
  if (!token_file.empty()) {
    auto token = host::read_file(folder / token_file);
    if (!token) return token.error();
    connection.token = trim(*token);
  }
  if (!string_at(user, {"username"}).empty()) {
    connection.basic = string_at(user, {"username"}) + ":" + string_at(user, {"password"});
  }
  return read_exec(at(user, {"exec"}), folder, connection);
}

Error unknown_context(const json& config, const host::fs::path& file, const std::string& context) {
  std::vector<std::string> known;
  for (const json& item : array_at(config, {"contexts"})) known.push_back(string_at(item, {"name"}));
  const std::string near = nearest(context, known);
  return {Code::kEnvironment,
          fmt::format("{} has no context \"{}\" (it has: {})", file.string(), context, join(known, ", ")),
          near.empty() ? "" : fmt::format("--on context:{}", near)};
}

}  // namespace

Result<Connection> with_remedy(Result<Connection> connection, std::string remedy) {
  if (connection) connection->remedy = std::move(remedy);
  return connection;
}

Result<Connection> load_kubeconfig(const host::fs::path& file, const std::string& wanted) {
  auto text = host::read_file(file);
  if (!text) return Error{Code::kEnvironment, text.error().what, "set KUBECONFIG or give --kubeconfig FILE"};
  auto config = parse_yaml(*text, file.string());
  if (!config) return Error{Code::kInvalid, config.error().what, ""};

  Connection connection;
  connection.context = wanted.empty() ? string_at(*config, {"current-context"}) : wanted;
  const json& context = entry(*config, "contexts", "context", connection.context);
  if (!context.is_object()) return unknown_context(*config, file, connection.context);
  connection.ns = string_at(context, {"namespace"}, "default");

  const host::fs::path folder = file.parent_path();
  const json& cluster = entry(*config, "clusters", "cluster", string_at(context, {"cluster"}));
  connection.server = string_at(cluster, {"server"});
  while (connection.server.ends_with('/')) connection.server.pop_back();
  if (connection.server.empty()) {
    return Error{Code::kInvalid, fmt::format("{}: context \"{}\" names no cluster with a server", file.string(), connection.context), ""};
  }
  connection.tls.insecure = bool_at(cluster, {"insecure-skip-tls-verify"});
  connection.tls.server_name = string_at(cluster, {"tls-server-name"});
  auto ca = material(cluster, "certificate-authority", folder);
  if (!ca) return with_context(file.string(), ca.error());
  connection.tls.ca_pem = *ca;
  auto user = read_user(entry(*config, "users", "user", string_at(context, {"user"})), folder, connection);
  if (!user) return with_context(file.string(), user.error());
  return connection;
}

host::fs::path default_kubeconfig(const std::string& kubeconfig_variable, const std::string& home) {
  for (const std::string& file : split(kubeconfig_variable, ':')) {
    if (!file.empty() && host::fs::exists(file)) return file;
  }
  return host::fs::path(home) / ".kube/config";
}

Task<Result<void>> authenticate(Connection& connection) {
  if (connection.exec.empty() || connection.authenticated) co_return Result<void>();
  host::Command command;
  command.argv = connection.exec;
  command.env = connection.exec_env;
  command.env["KUBERNETES_EXEC_INFO"] =
      json{{"apiVersion", connection.exec_api_version}, {"kind", "ExecCredential"}, {"spec", {{"interactive", false}}}}.dump();
  command.limit = milliseconds(60'000);
  auto exit = co_await host::run_checked(std::move(command));
  if (!exit) co_return Error{Code::kEnvironment, "credential plugin: " + exit.error().what, exit.error().hint};
  auto credential = parse_json(exit->out, connection.exec.front());
  if (!credential) co_return Error{Code::kEnvironment, "credential plugin: " + credential.error().what, ""};
  connection.token = string_at(*credential, {"status", "token"});
  const std::string certificate = string_at(*credential, {"status", "clientCertificateData"});
  if (!certificate.empty()) {
    connection.tls.client_certificate_pem = certificate;
    connection.tls.client_key_pem = string_at(*credential, {"status", "clientKeyData"});
  }
  if (connection.token.empty() && certificate.empty()) {
    co_return Error{Code::kEnvironment, "credential plugin: it gave neither a token nor a certificate", ""};
  }
  connection.authenticated = true;
  co_return Result<void>();
}

void forget_credentials(Connection& connection) {
  connection.authenticated = false;
  connection.token.clear();
}

}  // namespace zdt::kube
