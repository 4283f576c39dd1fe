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
    answer += chunk;
    if (on_write) on_write();
    co_return;
  }
  Task<void> end_stream() override {
    ended = true;
    co_return;
  }
  bool wants_websocket() const override { return false; }
  std::vector<std::string> offered_protocols() const override { return {}; }
  Task<std::unique_ptr<http::WebSocket>> accept_websocket(std::string) override { co_return nullptr; }

  int status = 0;
  bool ended = false;
  std::string content_type, answer;
  http::Headers answer_headers;
  std::function<void()> on_write;
};

}  // namespace zdt::rehearsal::testing
