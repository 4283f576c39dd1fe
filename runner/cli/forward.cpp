#include <charconv>

#include "base/text.h"
#include "cli/cli.h"
#include "cli/machine_commands.h"
#include "cli/targets.h"
#include "cluster/target.h"
#include "kube/port_forward.h"
#include "report/table.h"

namespace zdt::cli {
namespace {

/// One port to open. what  how the table calls it.
struct Opening {
  std::string what;
  kube::Forward forward;
};

std::optional<uint16_t> number_of(const std::string& text) {
  uint16_t number = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failure != std::errc() || end != text.data() + text.size() || number == 0) return std::nullopt;
  return number;
}

Result<Opening> parse_opening(const std::string& text, const std::string& ns) {
  const Error wrong{Code::kUsage, fmt::format("\"{}\": want [NAMESPACE/]SERVICE:PORT[:LOCAL]", text),
                    "zdt-demo forward edge-routing-service:80:8080"};
  const auto parts = split(text, ':');
  if (parts.size() < 2 || parts.size() > 3 || parts[0].empty() || parts[1].empty()) return wrong;
  Opening opening{text, {.ns = ns, .service = parts[0], .port = parts[1]}};
  auto names = split(parts[0], '/');
  if (names.size() > 3 || (names.size() == 3 && names[1] != "pod")) return wrong;
  if (names.size() > 1 && names[0] != "pod") {
    opening.forward.ns = names[0];
    opening.forward.service = parts[0].substr(names[0].size() + 1);
  }
  if (parts.size() == 2) return opening;
  const auto local = number_of(parts[2]);
  if (!local) return wrong;
  opening.forward.local_port = *local;
  opening.forward.only_that_port = true;
  return opening;
}

/// The ports of the talk (README). Charts call their Services after the release, so those are known by how
/// they end.
struct WellKnown {
  std::string_view what, ns, ending;
  int port;
  uint16_t local;
};
constexpr WellKnown kWellKnownPorts[] = {{"application", "", "edge-routing-service", 80, 8080},
                                         {"Envoy admin", "", "edge-routing-service", 9901, 9901},
                                         {"Grafana", "monitoring", "grafana", 0, 3000},
                                         {"Prometheus", "monitoring", "prometheus-operated", 9090, 9090}};

/// The ones that exist, by name.
std::vector<Opening> well_known_among(const json& services, const std::string& ns) {
  std::vector<Opening> openings;
  for (const WellKnown& known : kWellKnownPorts) {
    const std::string where = known.ns.empty() ? ns : std::string(known.ns);
    for (const json& service : services) {
      const std::string name = string_at(service, {"metadata", "name"});
      if (string_at(service, {"metadata", "namespace"}) != where || !name.ends_with(known.ending)) continue;
      const json& ports = array_at(service, {"spec", "ports"});
      const int64_t port =
          known.port != 0 ? known.port : int_at(ports.empty() ? json() : ports.front(), {"port"});
      openings.push_back(
          {std::string(known.what),
           {.ns = where, .service = name, .port = std::to_string(port), .local_port = known.local}});
      break;
    }
  }
  return openings;
}

Task<Result<std::vector<Opening>>> wanted_openings(const ForwardRequest& request,
                                                   const kube::Connection& connection) {
  std::vector<Opening> openings;
  for (const std::string& text : request.ports) {
    auto opening = parse_opening(text, request.ns);
    if (!opening) co_return opening.error();
    openings.push_back(std::move(*opening));
  }
  if (!openings.empty()) co_return openings;
  kube::Client client(co_await asio::this_coro::executor, connection);
  kube::Query query{.kind = "services", .ns = "*"};
  auto services = co_await client.list(std::move(query));
  if (!services) co_return services.error();
  openings =
      well_known_among(array_at(*services, {"items"}), request.ns.empty() ? connection.ns : request.ns);
  if (!openings.empty()) co_return openings;
  co_return Error{Code::kEnvironment, "none of the Services that the demo has is there",
                  "zdt-demo run deploy-all"};
}

json row_of(const Opening& opening, const kube::PortForward& forward) {
  const std::string ns = opening.forward.ns.empty() ? "" : opening.forward.ns + "/";
  return {{"what", opening.what},
          {"url", forward.url()},
          {"leads to", fmt::format("{}{}:{}", ns, opening.forward.service, opening.forward.port)},
          {"pod", forward.pod()}};
}

}  // namespace

Task<int> forward_ports(host::Host& host, ForwardRequest request) {
  auto connection = connection_to(host, request.on, request.kubeconfig);
  if (!connection) co_return report_error(host.terminal, connection.error());
  auto openings = co_await wanted_openings(request, *connection);
  if (!openings) co_return report_error(host.terminal, openings.error());
  std::vector<std::unique_ptr<kube::PortForward>> forwards;
  json rows = json::array();
  for (const Opening& opening : *openings) {
    auto opened =
        co_await kube::PortForward::open(co_await asio::this_coro::executor, *connection, opening.forward);
    if (!opened) co_return report_error(host.terminal, with_context(opening.what, opened.error()));
    const uint16_t wished = opening.forward.local_port;
    if (wished != 0 && (*opened)->local_port() != wished) {
      host.terminal.write_error(
          fmt::format("{}: 127.0.0.1:{} is taken, so another port\n", opening.what, wished));
    }
    rows.push_back(row_of(opening, **opened));
    forwards.push_back(std::move(*opened));
  }
  const json columns{"what", "url", "leads to", "pod"};
  if (request.output == "json") host.terminal.write_json(rows);
  if (request.output != "json") host.terminal.write(join(report::table_lines(columns, rows), "\n") + "\n");
  if (host.terminal.output_failed()) co_return 0;  // whoever was to be told the ports does not know them
  host.terminal.write_error("Ctrl-C ends it\n");
  Condition never(co_await asio::this_coro::executor);
  while (true) co_await never.wait();
}

}  // namespace zdt::cli
