#include "silent_server.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <stdexcept>
#include <utility>

namespace monolith::test {
namespace {

constexpr int kPatienceMs = 10'000;

bool readable(int fd) {
  pollfd wait{fd, POLLIN, 0};
  return ::poll(&wait, 1, kPatienceMs) == 1;
}

}  // namespace

SilentServer::SilentServer(int places) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* any = reinterpret_cast<sockaddr*>(&address);
  if (::bind(listener_, any, size) != 0 || ::listen(listener_, places) != 0 ||
      ::getsockname(listener_, any, &size) != 0) {
    ::close(listener_);
    throw std::runtime_error("no port to listen on");
  }
  port_ = ntohs(address.sin_port);
}

SilentServer::~SilentServer() {
  close();
  ::close(listener_);
}

bool SilentServer::take_request() {
  close();
  if (!readable(listener_)) return false;
  connection_ = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
  std::string request;
  std::array<char, 1024> chunk;
  while (request.find("\r\n\r\n") == std::string::npos) {
    if (!readable(connection_)) return false;
    const auto count = ::recv(connection_, chunk.data(), chunk.size(), 0);
    if (count <= 0) return false;
    request.append(chunk.data(), static_cast<std::size_t>(count));
  }
  return true;
}

void SilentServer::send(const std::string& bytes) {
  const auto sent = ::send(connection_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (sent != static_cast<ssize_t>(bytes.size())) throw std::runtime_error("could not send");
}

void SilentServer::close() {
  if (connection_ >= 0) ::close(std::exchange(connection_, -1));
}

void SilentServer::reset() {
  const linger at_once{1, 0};
  ::setsockopt(connection_, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  close();
}

}  // namespace monolith::test
