#include "rehearsal/controllers/dns.h"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <boost/asio/post.hpp>
#include <csignal>
#include <filesystem>

#include "base/guard.h"
#include "base/text.h"
#include "host/files.h"
#include "rehearsal/controllers/dns_records.h"
#include "rehearsal/controllers/endpoints.h"

namespace zdt::rehearsal {
namespace {

namespace fs = std::filesystem;

constexpr milliseconds kStartLimit{5000};

fs::path records_in(const DnsOptions& options) { return fs::path(options.folder) / "records"; }
fs::path drafts_in(const DnsOptions& options) { return fs::path(options.folder) / "drafts"; }

Result<void> make_folders(const DnsOptions& options) {
  std::error_code failure;
  for (const fs::path& folder : {records_in(options), drafts_in(options)}) {
    if (!failure) fs::remove_all(folder, failure);
    if (!failure) fs::create_directories(folder, failure);
  }
  if (!failure) return {};
  return Error{Code::kEnvironment, fmt::format("{}: {}", options.folder, failure.message()), ""};
}

/// --user=root: a server that gives up root could not read our private folder; it is confined to the
/// cluster's namespaces either way. --local-ttl: what kubeadm's CoreDNS says. --local=/#/ makes unknown names
/// NXDOMAIN.
host::Command server_command(const std::string& network, const DnsOptions& options) {
  host::Command command;
  command.argv = {"nsenter",
                  "--net=" + network,
                  "--",
                  "dnsmasq",
                  "--keep-in-foreground",
                  "--conf-file=/dev/null",
                  "--no-hosts",
                  "--no-resolv",
                  "--no-poll",
                  "--pid-file=",
                  "--user=root",
                  "--group=root",
                  "--log-facility=-",
                  "--local-ttl=30",
                  "--bind-interfaces",
                  "--hostsdir=" + records_in(options).string(),
                  "--local=/" + options.domain + "/",
                  "--local=/#/",
                  "--listen-address=" + options.address};
  return command;
}

Task<Result<void>> until_started(std::shared_ptr<DnsServer> server) {
  while (!server->started && !server->ended) co_await server->heard.wait();
  if (server->started) co_return Result<void>();
  co_return Error{Code::kEnvironment, fmt::format("dnsmasq ended: {}", trim(server->said)), ""};
}

/// Reads what the server says until it ends.
Task<void> attend(std::shared_ptr<DnsServer> server) {
  const host::Exit exit = co_await server->child->wait();
  server->ended = true;
  server->heard.notify_all();
  spdlog::error("dns: dnsmasq ended with {}: {}", exit.code, trim(exit.err));
}

Task<Result<void>> add_address(std::string network, std::string address) {
  host::Command command;
  command.argv = {"nsenter", "--net=" + network, "--",  "ip", "address",
                  "replace", address + "/32",    "dev", "lo"};
  command.limit = kStartLimit;
  auto added = co_await host::run_checked(std::move(command));
  if (!added) co_return added.error();
  co_return Result<void>();
}

}  // namespace

void DnsServer::hear(std::string_view chunk) {
  if (started) return spdlog::debug("dns: {}", trim(chunk));
  said += chunk;
  started = said.find("started, version") != std::string::npos;
  heard.notify_all();
}

Task<Result<std::unique_ptr<Dns>>> Dns::start(asio::any_io_executor executor, Store& store,
                                              std::shared_ptr<host::NetworkNamespace> network,
                                              DnsOptions options) {
  const auto folders = make_folders(options);
  if (!folders) co_return folders.error();
  const auto addressed = co_await add_address(network->path(), options.address);
  if (!addressed) co_return addressed.error();
  auto server = std::make_shared<DnsServer>(executor);
  host::Command command = server_command(network->path(), options);
  command.on_output = [talker = server.get()](host::Stream, std::string_view chunk) { talker->hear(chunk); };
  auto child = host::Child::start(executor, command);
  if (!child) co_return child.error();
  server->child = std::move(*child);
  std::unique_ptr<Dns> dns(new Dns(executor, store, std::move(options), server));
  Error late{Code::kTimeout, "dnsmasq did not start within 5 s", ""};
  const auto started = co_await with_deadline(until_started(server), kStartLimit, std::move(late));
  if (!started) co_return started.error();
  const auto written = dns->write_records();
  if (!written) co_return written.error();
  co_return std::move(dns);
}

Dns::Dns(asio::any_io_executor executor, Store& store, DnsOptions options, std::shared_ptr<DnsServer> server)
    : executor_(executor),
      store_(store),
      options_(std::move(options)),
      server_(std::move(server)),
      attendance_(executor, attend(server_)),
      events_(store, "dns") {
  subscription_ = store_.subscribe([this](const Event& event) {
    if (event.resource == "services" || event.resource == kEndpointSlices) schedule();
  });
}

/// The server is killed here, not when the loop gets round to it.
Dns::~Dns() { server_->child->signal(SIGKILL); }

void Dns::schedule() {
  if (std::exchange(scheduled_, true)) return;
  asio::post(executor_, [this, alive = std::weak_ptr(alive_)] {
    if (!alive.expired()) guarded("dns", [this] { follow(); });
  });
}

void Dns::follow() {
  scheduled_ = false;
  const auto written = write_records();
  if (!written) spdlog::error("dns: {}", written.error().what);
  events_.tell(left_out_);
}

Result<void> Dns::write_records() {
  left_out_.clear();
  const auto wanted =
      dns_records(store_.list("services"), store_.list(kEndpointSlices), options_.domain, &left_out_);
  for (const auto& [name, lines] : wanted) {
    const auto known = written_.find(name);
    if (known != written_.end() && known->second == lines) continue;
    if (auto written = write_file(name, lines); !written) return written;
    written_[name] = lines;
  }
  for (auto known = written_.begin(); known != written_.end();) {
    if (wanted.contains(known->first)) {
      ++known;
      continue;
    }
    std::error_code failure;
    fs::remove(records_in(options_) / known->first, failure);
    if (failure) return Error{Code::kEnvironment, fmt::format("{}: {}", known->first, failure.message()), ""};
    known = written_.erase(known);
  }
  return {};
}

/// Drafted elsewhere, then moved in whole: dnsmasq would read a temporary file in its folder, too, and keep
/// it.
Result<void> Dns::write_file(const std::string& name, const std::string& lines) {
  const fs::path draft = drafts_in(options_) / name;
  if (auto written = host::write_file(draft, lines); !written) return written;
  std::error_code failure;
  fs::rename(draft, records_in(options_) / name, failure);
  if (failure) return Error{Code::kEnvironment, fmt::format("{}: {}", name, failure.message()), ""};
  return {};
}

}  // namespace zdt::rehearsal
