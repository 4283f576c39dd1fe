#include "load/exchange.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <strings.h>
#include <unistd.h>

#include <cerrno>
#include <new>

#include "host/descriptors.h"

namespace zdt::load {
namespace {

bool is_one_of(const HeaderList& headers, const char* name) {
  for (const auto& header : headers) {
    if (strcasecmp(header.first.c_str(), name) == 0) return true;
  }
  return false;
}

}  // namespace

ExchangeContext::ExchangeContext(const Plan& checked_plan, CurlLoop& worker_loop, Tally& worker_tally)
    : plan(checked_plan), loop(worker_loop), tally(worker_tally) {}

/// No more than it takes: libcurl goes through the list a dozen times for each request.
ExchangeContext::List ExchangeContext::make_headers(const Target& target, bool last) const {
  List headers;
  const auto add = [&headers](const std::string& line) {
    curl_slist* longer = curl_slist_append(headers.get(), line.c_str());
    if (longer == nullptr) throw std::bad_alloc();
    static_cast<void>(headers.release());
    headers.reset(longer);
  };
  // "Name;" is libcurl's form of an empty value; "Name:" would leave the header out.
  for (const auto& [name, value] : plan.headers) add(value.empty() ? name + ";" : name + ": " + value);
  if (target.has_body() && !is_one_of(plan.headers, "expect")) add("Expect:");
  if (target.has_body() && !is_one_of(plan.headers, "content-type"))
    add(target.content_type.empty() ? "Content-Type:" : "Content-Type: " + target.content_type);
  if (!is_one_of(plan.headers, "user-agent")) add("User-Agent: zdt-demo");
  if (last && !plan.http2 && !is_one_of(plan.headers, "connection")) add("Connection: close");  // HTTP/2 has no such field (RFC 9113, 8.2.2)
  return headers;
}

curl_slist* ExchangeContext::headers(const Target& target, bool last) {
  List& headers = headers_[{target.content_type, target.has_body(), last}];
  if (!headers) headers = make_headers(target, last);
  return headers.get();
}

bool ExchangeContext::last_of_connection(int local_port, const std::string& remote, int remote_port, bool fresh) {
  if (plan.requests_per_connection == 0) return false;
  unsigned& uses = uses_[{local_port, remote, remote_port}];
  uses = fresh ? 1 : uses + 1;
  return uses >= plan.requests_per_connection;
}

Exchange::Exchange(ExchangeContext& context) : context_(context) { renew(); }

/// libcurl counts its repeats in the handle, over all requests, and fails the next one that has nothing to do with them once
/// there were five (Curl_retry_request in lib/transfer.c).
void Exchange::renew() {
  easy_.reset(curl_easy_init());
  if (!easy_) throw std::bad_alloc();
  set_up();
  target_ = SIZE_MAX;
  spoiled_ = false;
}

Exchange& Exchange::of(CURL* easy) {
  char* exchange = nullptr;
  curl_easy_getinfo(easy, CURLINFO_PRIVATE, &exchange);
  return *reinterpret_cast<Exchange*>(exchange);
}

void Exchange::prepare(size_t target) {
  if (spoiled_) renew();
  if (target != target_) {
    target_ = target;
    set_target();
  } else if (last_ && context_.plan.keep_alive) {
    set_last(false);
  }
  if (context_.plan.http2) set_reuse(left_open_);
  forget_answer();
}

void Exchange::turn_to_new() {
  set_reuse(false);
  forget_answer();
}

void Exchange::forget_answer() {
  fit_buffer();
  missed_ = false;
  status_ = 0;
  forget_origin();
  head_.clear();
  wire_.reset();
  header_bytes_ = 0;
  stream_ = 0;
  sent_ = retried_ = answered_ = cut_ = opened_ = false;
  local_port_ = remote_port_ = socket_error_ = 0;
  socket_serial_ = 0;
  error_[0] = 0;
}

void Exchange::forget_origin() {
  pod_ = version_ = -1;
  edge_flags_.clear();
  upstream_.clear();
  upstream_local_.clear();
}

/// Whether the answer has come to its own end (RFC 9112, 8; RFC 9113, 8.1), when libcurl found nothing wrong with it. It
/// compares the body with Content-Length and the chunks, but takes FIN for the LF that ends them.
bool Exchange::is_whole() const {
  if (!head_.whole() || head_.is_ambiguous() || !wire_) return false;
  if (context_.plan.http2) return wire_->frames().has_ended(stream_);
  const bool cut = wire_->ended() && wire_->last_byte() != '\n' && wire_->is_read_by(this);
  return !head_.is_chunked() || !cut;
}

/// libcurl goes on to read, or to acknowledge SETTINGS, on a connection of HTTP/2 that broke behind a whole answer.
bool Exchange::broke_after_answer(CURLcode code) const {
  return context_.plan.http2 && (code == CURLE_RECV_ERROR || code == CURLE_SEND_ERROR) && is_whole();
}

bool Exchange::has_error(std::string_view start) const { return std::string_view(error_).starts_with(start); }

/// CURLINFO_OS_ERRNO keeps its value from earlier requests; it is this one's when the message says so, too. libcurl asks
/// a new connection for its peer's name, which only one that was reset by then has no more (ENOTCONN): that message
/// hides the one of the send that failed next, as the first message of a transfer stays (Curl_failf in lib/sendf.c).
int Exchange::broken_error_number() const {
  if (has_error("getpeername() failed")) return ECONNRESET;
  if (!has_error("Recv failure") && !has_error("Send failure")) return 0;
  long number = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
  return static_cast<int>(number);
}

Outcome Exchange::finish(CURLcode code) {
  left_open_ = code == CURLE_OK && context_.plan.keep_alive && !last_;
  status_ = head_.status();
  if (wire_ && wire_->is_read_by(this)) wire_->begin_answer();
  Ending ending{code, 0, true, sent_, retried_ || has_error("Connection died"), false};
  spoiled_ = answered_;
  if (answered_ || broke_after_answer(code)) ending.code = CURLE_OK;
  if (ending.code == CURLE_OK && !is_whole()) {
    cut_ = true;
    ending.code = CURLE_PARTIAL_FILE;
  }
  if (ending.code == CURLE_OK) {
    ending.status_expected = context_.plan.expected.contains(status_);
    return outcome_of(ending);
  }
  curl_off_t resolved_us = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_NAMELOOKUP_TIME_T, &resolved_us);
  retried_ = ending.retried;
  ending.resolved = sent_ || resolved_us > 0;
  ending.error_number = sent_ ? broken_error_number() : connect_error_number(code);
  spoiled_ = retried_ || context_.plan.http2;
  if (retried_) ++context_.tally.self.retries_prevented;
  const Outcome outcome = outcome_of(ending);
  if (outcome == Outcome::kLocal) count_shortage(ending.error_number);
  // Accepted, and reset before libcurl looked: on_sending() did not count it.
  if (outcome == Outcome::kReset && opened_ && !sent_) ++context_.tally.self.connections_opened;
  return outcome;
}

namespace {

/// Whether this process can open another file: a resolver that cannot says only that the name does not resolve.
int descriptor_shortage() {
  const int probe = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (probe < 0) return errno;
  ::close(probe);
  return 0;
}

}  // namespace

/// Of a request that got no connection. CURLINFO_OS_ERRNO keeps its value from earlier requests, and is not set where no socket
/// was made.
int Exchange::connect_error_number(CURLcode code) const {
  if (socket_error_ != 0) return socket_error_;
  if (code == CURLE_COULDNT_RESOLVE_HOST) return has_error("getaddrinfo() thread failed") ? ENOMEM : descriptor_shortage();
  if (code != CURLE_COULDNT_CONNECT) return broken_error_number();
  long number = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_OS_ERRNO, &number);
  return static_cast<int>(number);
}

void Exchange::count_shortage(int error_number) {
  auto& self = context_.tally.self;
  switch (shortage_of(error_number)) {
    case Shortage::kDescriptors:
      ++self.descriptors_exhausted;
      break;
    case Shortage::kPorts:
      ++self.ports_exhausted;
      break;
    default:
      ++self.memory_exhausted;
  }
}

std::pair<std::string, std::string> Exchange::way() const {
  if (!edge_flags_.empty()) return {upstream_local_, upstream_};
  if (remote_port_ == 0) return {};
  const std::string remote = fmt::format("{}:{}", remote_address_, remote_port_);
  if (local_port_ > 0) return {fmt::format("{}:{}", local_address_, local_port_), remote};
  return {context_.loop.local_end(socket_serial_), remote};
}

std::string Exchange::cut_text() const {
  if (!head_.whole()) return "the connection ended within the header section of the answer";
  if (head_.is_ambiguous()) return "the answer has two different values of Content-Length";
  if (!wire_) return "the program cannot see what libcurl received";
  return context_.plan.http2 ? "the stream ended without END_STREAM" : "the connection ended before the end of the answer's body";
}

std::string Exchange::what(CURLcode code) const {
  if (cut_) return cut_text();
  if (code == CURLE_OK || answered_) return fmt::format("unexpected status {}", status_);
  if (socket_error_ != 0) return "no socket: " + host::reason_of(socket_error_);
  const std::string said = error_[0] != 0 ? error_ : curl_easy_strerror(code);
  if (!retried_) return said;
  return broken_error_number() == 0 ? "reused connection closed before an answer"
                                    : fmt::format("reused connection broke before an answer: {}", said);
}

}  // namespace zdt::load
