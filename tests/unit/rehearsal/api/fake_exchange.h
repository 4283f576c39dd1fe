// An exchange without a network: what was answered stays in fields.
#pragma once
#include "http/server.h"

namespace zdt::rehearsal::testing {

class FakeExchange : public http::Exchange {
 public:
  FakeExchange(std::string verb, const std::string& url, std::string content = "",
               std::string type = "application/json") {
    method = std::move(verb);
    target = http::parse_target(url);
    body = std::move(content);
    headers.add("Authorization", "Bearer secret");
    if (!body.empty()) headers.add("Content-Type", std::move(type));
  }

  Task<void> read_body(size_t limit) override {
    if (body.size() > limit) throw http::BodyRefused(413, fmt::format("limit is {}", limit));
    body_was_read = true;
    co_return;
  }
  Task<void> respond(int code, std::string type, std::string content, http::Headers extra) override {
    status = code;
    content_type = std::move(type);
    answer = std::move(content);
    answer_headers = std::move(extra);
    co_return;
  }
  Task<void> begin_stream(int code, std::string type) override {
    status = code;
    content_type = std::move(type);
    co_return;
  }
  Task<void> write(std::string chunk) override {
    for (const char c : chunk) {
      answer += c;
      if (c == '\n' && on_line) on_line();
    }
    if (on_write) co_await on_write();
  }
  Task<void> end_stream() override {
    ended = true;
    co_return;
  }
  bool wants_websocket() const override { return false; }
  std::vector<std::string> offered_protocols() const override { return {}; }
  Task<std::unique_ptr<http::WebSocket>> accept_websocket(std::string) override { co_return nullptr; }

  int status = 0;
  bool ended = false, body_was_read = false;
  std::string content_type, answer;
  http::Headers answer_headers;
  std::function<void()> on_line;         ///< after each line of a stream
  std::function<Task<void>()> on_write;  ///< as a peer that takes its time
};

}  // namespace zdt::rehearsal::testing
