#include <arpa/inet.h>
#include <netinet/in.h>
#include <strings.h>
#include <sys/socket.h>

#include "load/exchange.h"

namespace zdt::load {
namespace {

constexpr std::string_view kEdgeFlagsHeader = "x-edge-flags", kUpstreamHeader = "x-edge-upstream",
                           kUpstreamLocalHeader = "x-edge-upstream-local";

/// Whether `line` is the field `name` with a value; then `value` is that, trimmed.
bool is_field(std::string_view line, std::string_view name, std::string_view& value) {
  if (line.size() <= name.size() || line[name.size()] != ':' || name.empty()) return false;
  if (strncasecmp(line.data(), name.data(), name.size()) != 0) return false;
  value = line.substr(name.size() + 1);
  while (!value.empty() && (value.front() == ' ' || value.front() == '\t')) value.remove_prefix(1);
  while (!value.empty() && static_cast<unsigned char>(value.back()) <= ' ') value.remove_suffix(1);
  return !value.empty();
}

}  // namespace

size_t Exchange::on_body(char*, size_t size, size_t count, void* self) {
  static_cast<Exchange*>(self)->answer_bytes_ += size * count;
  return size * count;
}

size_t Exchange::on_header(char* line, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  exchange.answer_bytes_ += size * count;
  exchange.read_header({line, size * count});
  return size * count;
}

void Exchange::read_header(std::string_view line) {
  std::string_view value;
  if (is_field(line, context_.plan.pod_header, value)) {
    pod_ = pod_hint_ = context_.tally.pods.names.number_of(value, pod_hint_);
  } else if (is_field(line, context_.plan.version_header, value)) {
    version_ = version_hint_ = context_.tally.versions.names.number_of(value, version_hint_);
  } else if (is_field(line, kEdgeFlagsHeader, value)) {
    edge_flags_ = value;
  } else if (is_field(line, kUpstreamHeader, value)) {
    upstream_ = value;
  } else if (is_field(line, kUpstreamLocalHeader, value)) {
    upstream_local_ = value;
  }
}

/// libcurl repeats a request by itself when a reused connection ends before any answer (Curl_retry_request in
/// lib/transfer.c; github.com/curl/curl/pull/18417). Such a request was lost, and that is what a load must
/// show: once it has been sent, no other connection is made for it, and it is not sent again on an idle one.
curl_socket_t Exchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.sent_) {
    exchange.retried_ = true;
    return CURL_SOCKET_BAD;
  }
  if (exchange.context_.plan.http2 && exchange.reuses_) {
    exchange.missed_ = true;
    return CURL_SOCKET_BAD;
  }
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  if (socket < 0) return CURL_SOCKET_BAD;
  ++exchange.context_.tally.self.connections_opened;
  exchange.socket_serial_ = exchange.context_.loop.opened(socket);
  exchange.opened_ = true;
  exchange.note_remote(address->addr);
  return socket;
}

void Exchange::note_remote(const sockaddr& remote) {
  if (remote.sa_family != AF_INET) return;
  const auto& address = reinterpret_cast<const sockaddr_in&>(remote);
  char text[INET_ADDRSTRLEN] = "";
  inet_ntop(AF_INET, &address.sin_addr, text, sizeof text);
  remote_address_ = text;
  remote_port_ = ntohs(address.sin_port);
}

int Exchange::on_sending(void* self, char* remote, char* local, int remote_port, int local_port) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (!exchange.sent_) {
    exchange.remote_address_ = remote;
    exchange.remote_port_ = remote_port;
    exchange.local_address_ = local;
    exchange.local_port_ = local_port;
  }
  exchange.retried_ = exchange.sent_;
  exchange.sent_ = true;
  if (!exchange.retried_ && exchange.context_.last_of_connection(local_port, remote, remote_port, exchange.opened_))
    exchange.set_last(true);
  return exchange.retried_ ? CURL_PREREQFUNC_ABORT : CURL_PREREQFUNC_OK;
}

}  // namespace zdt::load
