// One slot for a request under way: an easy handle that is set up once and used again and again.
#pragma once
#include <curl/curl.h>

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "load/answer_head.h"
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
  /// Made once for all that need the same. last  the connection ends with this request.
  curl_slist* headers(const Target& target, bool last);
  /// Counts a request on the connection between these ends; whether it is the last one that the plan allows.
  /// fresh  the connection's first.
  bool last_of_connection(int local_port, const std::string& remote, int remote_port, bool fresh);

 private:
  struct ListCleanup {
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  using List = std::unique_ptr<curl_slist, ListCleanup>;
  List make_headers(const Target& target, bool last) const;
  std::map<std::tuple<std::string, bool, bool>, List> headers_;
  std::map<std::tuple<int, std::string, int>, unsigned> uses_;
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
  size_t target_number() const { return target_; }
  /// Whether it found no standing HTTP/2 connection where it expected one; nothing was sent. turn_to_new() makes it
  /// ready to be added once more.
  bool missed_connection() const { return missed_; }
  void turn_to_new();
  /// How it ended; once, after libcurl has given it back with `code`.
  Outcome finish(CURLcode code);

  // For the worker's book-keeping: nanoseconds of its clock.
  int64_t intended = 0, sent_at = 0;
  unsigned phase = 0, retries = 0;
  bool active = false;

  // Of the answer, after finish(). pod, version: numbers in the tally, -1 when the header did not come.
  int status() const { return status_; }
  int pod() const { return pod_; }
  int version() const { return version_; }
  const Target& target() const { return context_.plan.targets[target_]; }
  const std::string& edge_flags() const { return edge_flags_; }
  const std::string& upstream() const { return upstream_; }
  /// Both ends ("10.0.0.1:43210") of the connection that leads on to the workload: the edge's where an edge answered
  /// (x-edge-upstream-local and x-edge-upstream), else our own. Empty where unknown; IPv4 only.
  std::pair<std::string, std::string> way() const;
  std::string what(CURLcode code) const;

 private:
  struct EasyCleanup {
    void operator()(CURL* easy) const { curl_easy_cleanup(easy); }
  };

  static size_t on_body(char*, size_t size, size_t count, void*);
  static size_t on_header(char* line, size_t size, size_t count, void* exchange);
  static curl_socket_t on_open(void* exchange, curlsocktype, curl_sockaddr* address);
  static int on_sending(void* exchange, char*, char*, int, int);
  void note_remote(const sockaddr& remote);
  void renew();
  void set_up();
  void set_target();
  void set_last(bool last);
  void set_reuse(bool reuse);
  void forget_answer();
  void forget_origin();
  void fit_buffer();
  void note_repeat();
  void count_shortage(int error_number);
  int connect_error_number(CURLcode code) const;
  bool is_whole() const;
  bool broke_after_answer(CURLcode code) const;
  std::string cut_text() const;
  void read_header(std::string_view line);
  int broken_error_number() const;
  bool has_error(std::string_view start) const;

  ExchangeContext& context_;
  std::unique_ptr<CURL, EasyCleanup> easy_;
  size_t target_ = SIZE_MAX;
  AnswerHead head_;
  std::shared_ptr<Wire> wire_;  // of the connection that the answer came on; null: none has come
  int status_ = 0, pod_ = -1, version_ = -1, pod_hint_ = -1, version_hint_ = -1;
  // retried_: see note_repeat(); answered_: libcurl wanted to repeat it although its whole answer had come; cut_: libcurl
  // took it for whole.
  bool sent_ = false, retried_ = false, answered_ = false, cut_ = false, opened_ = false, last_ = false;
  uint32_t stream_ = 0;  // of HTTP/2, on which the answer came
  int64_t header_bytes_ = 0;
  size_t answer_bytes_ = 0, buffer_bytes_ = 1024;
  bool spoiled_ = false;  // the handle remembers a repeat that was prevented
  bool reuses_ = false, missed_ = false, left_open_ = false;  // of HTTP/2, see set_reuse()
  std::string edge_flags_, upstream_, upstream_local_;
  std::string local_address_, remote_address_;
  int local_port_ = 0, remote_port_ = 0;
  int socket_error_ = 0;  // errno of a socket that could not be made
  uint64_t socket_serial_ = 0;  // of the socket that was opened for it; 0: none
  char error_[CURL_ERROR_SIZE] = "";
};

}  // namespace zdt::load
