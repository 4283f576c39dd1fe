#pragma once

#include <cstdint>
#include <string>

namespace monolith::test {

/// A port of 127.0.0.1 that behaves as badly as it is told to, one connection at a time. Listens from the
/// beginning.
class SilentServer {
 public:
  /// `places`  how many connections the kernel may complete before they are accepted.
  explicit SilentServer(int places = 16);
  ~SilentServer();
  SilentServer(const SilentServer&) = delete;
  SilentServer& operator=(const SilentServer&) = delete;

  std::uint16_t port() const { return port_; }
  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }

  /// Takes the next connection (waits at most 10 s) and its request; true when there was one.
  bool take_request();
  void send(const std::string& bytes);  // on the connection that was taken
  void close();                         // with a FIN
  void reset();                         // with a RST

 private:
  int listener_ = -1;
  int connection_ = -1;
  std::uint16_t port_ = 0;
};

}  // namespace monolith::test
