#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace monolith::test {

/// One answer as it came over the wire. status 0: the connection ended before a whole answer was there.
struct Answer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
  std::string header(const std::string& name) const;
};

/// A blocking HTTP/1.1 client over one TCP connection to 127.0.0.1. It knows nothing of the server's code, so
/// that a mistake there is not repeated here. Waits at most 10 s for anything.
class Client {
 public:
  explicit Client(std::uint16_t port);  // throws std::runtime_error when refused
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  void send(const std::string& bytes);
  /// A request with a Host header, and a Content-Length when there is a body.
  void send(const std::string& method, const std::string& target, const std::string& body = "");
  /// `no_body`: the answer is to a HEAD request.
  Answer receive(bool no_body = false);
  Answer ask(const std::string& method, const std::string& target, const std::string& body = "");
  /// Whether an answer, or the end of the connection, is there to be received.
  bool has_been_told() const;
  /// Whether the server ends the connection within 3 s without sending anything more.
  bool ends();

 private:
  bool fill();
  int fd_;
  std::string buffer_;
};

/// Whether a connection to the port is refused.
bool refused(std::uint16_t port);

}  // namespace monolith::test
