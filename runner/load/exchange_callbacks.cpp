#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "load/exchange.h"

namespace zdt::load {
namespace {

constexpr std::string_view kEdgeFlagsHeader = "x-edge-flags", kUpstreamHeader = "x-edge-upstream",
                           kUpstreamLocalHeader = "x-edge-upstream-local";

}  // namespace

size_t Exchange::on_body(char*, size_t size, size_t count, void* self) {
  static_cast<Exchange*>(self)->answer_bytes_ += size * count;
  return size * count;
}

size_t Exchange::on_header(char* line, size_t size, size_t count, void* self) {
  auto& exchange = *static_cast<Exchange*>(self);
  exchange.answer_bytes_ += size * count;
  exchange.header_bytes_ += static_cast<int64_t>(size * count);
  exchange.read_header({line, size * count});
  return size * count;
}

/// Who answered is what the final header section says; neither an interim answer (103) nor trailers do.
void Exchange::read_header(std::string_view line) {
  const AnswerHead::Line kind = head_.read(line);
  if (kind == AnswerHead::Line::kStart) {
    wire_ = context_.loop.receiving();
    if (wire_) wire_->set_reader(this);
    if (wire_) stream_ = wire_->frames().newest_stream();
    forget_origin();
  }
  if (kind != AnswerHead::Line::kField) return;
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
/// show: once it has been sent, no other connection is made for it, and it is not sent again on an idle one. It also
/// repeats one that got a whole 417, without the Expect that it had (Curl_http_readwrite_headers in lib/http.c): that is the
/// answer. Its body is not handed over, and its length not looked at.
void Exchange::note_repeat() {
  const bool has_body = wire_ && wire_->answer_bytes() - header_bytes_ >= head_.length();
  (is_whole() && has_body ? answered_ : retried_) = true;
}

curl_socket_t Exchange::on_open(void* self, curlsocktype, curl_sockaddr* address) {
  auto& exchange = *static_cast<Exchange*>(self);
  if (exchange.sent_) {
    exchange.note_repeat();
    return CURL_SOCKET_BAD;
  }
  if (exchange.context_.plan.http2 && exchange.reuses_) {
    exchange.missed_ = true;
    return CURL_SOCKET_BAD;
  }
  const int socket = ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
  exchange.socket_error_ = socket < 0 ? errno : 0;
  if (socket < 0) return CURL_SOCKET_BAD;
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
  if (exchange.sent_) {
    exchange.note_repeat();
    return CURL_PREREQFUNC_ABORT;
  }
  exchange.remote_address_ = remote;
  exchange.remote_port_ = remote_port;
  exchange.local_address_ = local;
  exchange.local_port_ = local_port;
  exchange.sent_ = true;
  if (exchange.opened_) ++exchange.context_.tally.self.connections_opened;
  if (exchange.context_.last_of_connection(local_port, remote, remote_port, exchange.opened_)) exchange.set_last(true);
  return CURL_PREREQFUNC_OK;
}

}  // namespace zdt::load
