#include "load/exchange.h"

namespace zdt::load {

/// Set once for all requests. Nothing of the user's environment takes part: no proxy, no cookies.
void Exchange::set_up() {
  CURL* easy = easy_.get();
  const Plan& plan = context_.plan;
  curl_easy_setopt(easy, CURLOPT_PRIVATE, this);
  curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, error_);
  curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http");
  curl_easy_setopt(easy, CURLOPT_PROXY, "");
  curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(easy, CURLOPT_TCP_NODELAY, 1L);
  curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
  curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
  curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);  // giving up on a slow resolver must not wait for it
  // A new connection goes to where the name leads now, and to any of its addresses: libcurl would remember them for 60 s, and
  // take the first one that answers.
  curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
  curl_easy_setopt(easy, CURLOPT_DNS_SHUFFLE_ADDRESSES, 1L);
  curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(plan.connect_timeout.count()));
  curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, static_cast<long>(plan.response_timeout.count()));
  set_reuse(plan.keep_alive && !plan.http2);
  curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, static_cast<long>(buffer_bytes_));
  curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(easy, CURLOPT_WRITEDATA, this);
  curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(easy, CURLOPT_HEADERDATA, this);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_open);
  curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, this);
  curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, on_sending);
  curl_easy_setopt(easy, CURLOPT_PREREQDATA, this);
  context_.loop.own_sockets(easy);
}

void Exchange::set_target() {
  const Target& next = target();
  CURL* easy = easy_.get();
  const bool has_body = next.has_body();
  curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
  curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, nullptr);
  curl_easy_setopt(easy, CURLOPT_URL, next.url.c_str());
  curl_easy_setopt(easy, CURLOPT_USERNAME, next.user.empty() && next.password.empty() ? nullptr : next.user.c_str());
  curl_easy_setopt(easy, CURLOPT_PASSWORD, next.password.empty() ? nullptr : next.password.c_str());
  if (has_body) {
    curl_easy_setopt(easy, CURLOPT_POST, 1L);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, next.body.c_str());
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(next.body.size()));
  }
  if (next.method == "HEAD") {
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
  } else if (next.method != (has_body ? "POST" : "GET")) {
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, next.method.c_str());
  }
  set_last(!context_.plan.keep_alive);
}

/// libcurl 7.88 (Debian 12) fails when it reuses an HTTP/2 connection for a handle that asks for prior knowledge
/// (CURLE_HTTP2; mended in 8.0), and would ask for an upgrade on a new connection for one that does not. So a handle
/// says before each request which of the two it means; on_open() refuses what was not meant.
void Exchange::set_reuse(bool reuse) {
  reuses_ = reuse;
  const long version = !context_.plan.http2 ? CURL_HTTP_VERSION_1_1
                       : reuse              ? CURL_HTTP_VERSION_2_0
                                            : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
  curl_easy_setopt(easy_.get(), CURLOPT_HTTP_VERSION, version);
  curl_easy_setopt(easy_.get(), CURLOPT_FRESH_CONNECT, reuse ? 0L : 1L);
}

/// libcurl takes the buffer from the heap for each request, and small ones are much cheaper there. It grows with
/// the answers.
void Exchange::fit_buffer() {
  constexpr size_t largest = 64 * 1024;
  const size_t before = buffer_bytes_;
  while (buffer_bytes_ < answer_bytes_ && buffer_bytes_ < largest) buffer_bytes_ *= 2;
  if (buffer_bytes_ != before)
    curl_easy_setopt(easy_.get(), CURLOPT_BUFFERSIZE, static_cast<long>(buffer_bytes_));
  answer_bytes_ = 0;
}

/// libcurl reads both when it writes the request, and after its answer.
void Exchange::set_last(bool last) {
  last_ = last;
  curl_easy_setopt(easy_.get(), CURLOPT_FORBID_REUSE, last ? 1L : 0L);
  curl_easy_setopt(easy_.get(), CURLOPT_HTTPHEADER, context_.headers(target(), last));
}

}  // namespace zdt::load
