// One slot for a request under way: an easy handle that is set up once and used again and again.
#pragma once
#include <curl/curl.h>

#include <cstdint>
#include <memory>
#include <string>

#include "load/curl_loop.h"
#include "load/plan.h"
#include "load/tally.h"

namespace zdt::load {

/// What all exchanges of a worker share. Owned by the worker, which outlives them.
class ExchangeContext {
 public:
  ExchangeContext(const Plan& checked_plan, CurlLoop& worker_loop, Tally& worker_tally);

  const Plan& plan;
  CurlLoop& loop;
  Tally& tally;
  curl_slist* headers() const { return headers_.get(); }

 private:
  struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  void add_header(const std::string& line);
  std::unique_ptr<curl_slist, ListCleanup> headers_;
};

class Exchange {
 public:
  /// Throws std::bad_alloc when libcurl has no memory.
  explicit Exchange(ExchangeContext& context);
  Exchange(const Exchange&) = delete;
  Exchange& operator=(const Exchange&) = delete;

  /// The exchange that a handle of libcurl belongs to.
  static Exchange& of(CURL* easy);
  CURL* easy() const { return easy_.get(); }

  /// Makes it ready for its next request, to plan.targets[target].
  void prepare(size_t target);
  /// How it ended; once, after libcurl has given it back with `code`.
  Outcome finish(CURLcode code);

  // For the worker's book-keeping: nanoseconds of its clock.
  int64_t intended = 0, sent_at = 0;
  unsigned phase = 0;
  bool active = false;

  // Of the answer, after finish(). pod, version: numbers in the tally, -1 when the header did not come.
  int status() const { return status_; }
  int pod() const { return pod_; }
  int version() const { return version_; }
  const Target& target() const { return context_.plan.targets[target_]; }
  const std::string& edge_flags() const { return edge_flags_; }
  const std::string& upstream() const { return upstream_; }
  std::string what(CURLcode code) const;

 private:
  struct EasyCleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  static size_t on_body(char*, size_t size, size_t count, void*);
  static size_t on_header(char* line, size_t size, size_t count, void* exchange);
  static curl_socket_t on_open(void* exchange, curlsocktype, curl_sockaddr* address);
  static int on_sending(void* exchange, char*, char*, int, int);
  void set_up();
  void set_target();
  void read_header(std::string_view line);
  int broken_error_number() const;
  bool has_error(std::string_view start) const;

  ExchangeContext& context_;
  std::unique_ptr<CURL, EasyCleanup> easy_;
  size_t target_ = SIZE_MAX;
  int status_ = 0, pod_ = -1, version_ = -1, pod_hint_ = -1, version_hint_ = -1;
  bool sent_ = false, retried_ = false;
  std::string edge_flags_, upstream_;
  char error_[CURL_ERROR_SIZE] = "";
};

}  // namespace zdt::load
