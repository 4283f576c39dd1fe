#include "client.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <sstream>
#include <stdexcept>

namespace monolith::test {
namespace {

int connect_to(std::uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  ::close(fd);
  return -1;
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

Answer parse_head(const std::string& head) {
  Answer answer;
  std::istringstream lines(head);
  std::string line;
  std::getline(lines, line);
  answer.status = std::stoi(line.substr(line.find(' ')));
  while (std::getline(lines, line) && line != "\r") {
    const auto colon = line.find(": ");
    answer.headers[lower(line.substr(0, colon))] = line.substr(colon + 2, line.size() - colon - 3);
  }
  return answer;
}

}  // namespace

std::string Answer::header(const std::string& name) const {
  const auto found = headers.find(name);
  return found == headers.end() ? "" : found->second;
}

Client::Client(std::uint16_t port) : fd_(connect_to(port)) {
  if (fd_ < 0) throw std::runtime_error("connection refused");
}

Client::~Client() { ::close(fd_); }

void Client::send(const std::string& bytes) {
  std::size_t done = 0;
  while (done < bytes.size()) {
    const auto count = ::send(fd_, bytes.data() + done, bytes.size() - done, MSG_NOSIGNAL);
    if (count <= 0) return;
    done += static_cast<std::size_t>(count);
  }
}

void Client::send(const std::string& method, const std::string& target, const std::string& body) {
  std::string request = method + " " + target + " HTTP/1.1\r\nHost: test\r\n";
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  send(request + "\r\n" + body);
}

bool Client::fill() {
  pollfd wait{fd_, POLLIN, 0};
  if (::poll(&wait, 1, 10'000) != 1) return false;
  std::array<char, 8192> chunk;
  const auto count = ::recv(fd_, chunk.data(), chunk.size(), 0);
  if (count <= 0) return false;
  buffer_.append(chunk.data(), static_cast<std::size_t>(count));
  return true;
}

Answer Client::receive(bool no_body) {
  while (buffer_.find("\r\n\r\n") == std::string::npos) {
    if (!fill()) return {};
  }
  const auto head = buffer_.find("\r\n\r\n") + 4;
  Answer answer = parse_head(buffer_.substr(0, head));
  buffer_.erase(0, head);
  const std::string length = answer.header("content-length");
  const std::size_t size = no_body || length.empty() ? 0 : std::stoul(length);
  while (buffer_.size() < size) {
    if (!fill()) return {};
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

Answer Client::ask(const std::string& method, const std::string& target, const std::string& body) {
  send(method, target, body);
  return receive(method == "HEAD");
}

bool Client::has_been_told() const {
  pollfd look{fd_, POLLIN, 0};
  return !buffer_.empty() || ::poll(&look, 1, 0) == 1;
}

bool Client::ends() {
  pollfd wait{fd_, POLLIN, 0};
  if (!buffer_.empty() || ::poll(&wait, 1, 3000) != 1) return false;
  char byte = 0;
  return ::recv(fd_, &byte, 1, 0) <= 0;
}

bool refused(std::uint16_t port) {
  const int fd = connect_to(port);
  if (fd >= 0) ::close(fd);
  return fd < 0;
}

}  // namespace monolith::test
