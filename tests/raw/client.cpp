#include "raw/client.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>

namespace zdt::raw {
namespace {

using Clock = std::chrono::steady_clock;

SSL_CTX* shared_context() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    SSL_CTX_set_verify(made, SSL_VERIFY_NONE, nullptr);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context;
}

int connect_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (fd >= 0 && connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0) return fd;
  if (fd >= 0) close(fd);
  return -1;
}

int left_of(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<milliseconds>(end - Clock::now()).count();
  return static_cast<int>(std::max<int64_t>(left, 0));
}

std::string lower(std::string text) {
  std::transform(text.begin(), text.end(), text.begin(), [](unsigned char c) { return std::tolower(c); });
  return text;
}

/// The whole chunked body at `text`, or false while a part is missing.
bool dechunk(std::string_view text, std::string& body, size_t& used) {
  size_t at = 0;
  for (;;) {
    const size_t line = text.find("\r\n", at);
    if (line == std::string_view::npos) return false;
    const size_t size = std::strtoul(std::string(text.substr(at, line - at)).c_str(), nullptr, 16);
    at = line + 2;
    if (text.size() < at + size + 2) return false;
    body.append(text.substr(at, size));
    at += size + 2;
    if (size == 0) break;
  }
  used = at;
  return true;
}

/// The body at the start of `rest`; false while a part of it is missing. `used` is what belongs to it.
bool take_body(std::string_view rest, bool ended, Answer& answer, size_t& used) {
  const std::string head = lower(answer.head);
  if (answer.status / 100 == 1) return true;
  if (head.find("transfer-encoding: chunked") != std::string::npos) return dechunk(rest, answer.body, used);
  const size_t length = head.find("content-length:");
  if (length == std::string::npos && !ended) return false;
  used = length == std::string::npos ? rest.size() : std::strtoul(head.c_str() + length + 15, nullptr, 10);
  answer.body = rest.substr(0, used);
  return rest.size() >= used;
}

/// Takes one whole answer from the start of `text`; false, and nothing is taken, while a part of it is
/// missing.
bool take_answer(std::string& text, bool ended, Answer& answer) {
  const size_t end = text.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  Answer found;
  found.head = text.substr(0, end);
  found.status = std::atoi(found.head.substr(std::min<size_t>(end, 9)).c_str());
  size_t used = 0;
  if (!take_body(std::string_view(text).substr(end + 4), ended, found, used)) return false;
  answer = std::move(found);
  text.erase(0, end + 4 + used);
  return true;
}

}  // namespace

std::string bytes_of(const Request& request) {
  std::string text = request.method + " " + request.path + " HTTP/1.1\r\nHost: 127.0.0.1\r\n";
  for (const std::string& header : request.headers) text += header + "\r\n";
  const bool writes = request.method == "POST" || request.method == "PUT" || request.method == "PATCH";
  if (writes || !request.body.empty()) {
    text += "Content-Type: " + request.type + "\r\nContent-Length: " + std::to_string(request.body.size()) +
            "\r\n";
  }
  return text + "\r\n" + request.body;
}

struct Connection::State {
  int fd = -1;
  SSL* tls = nullptr;
  std::string rest;  ///< came, but belongs to the next answer

  ~State() {
    if (tls != nullptr) SSL_free(tls);
    if (fd >= 0) close(fd);
  }
  bool await(short events, Clock::time_point end) const {
    pollfd wanted{fd, events, 0};
    return poll(&wanted, 1, left_of(end)) > 0;
  }
  /// Repeats an operation of OpenSSL that wants the socket to be ready. <= 0: it failed for good, or the time
  /// is over.
  template <class Operation>
  int repeat(Operation operation, Clock::time_point end) {
    for (;;) {
      const int done = operation();
      if (done > 0) return done;
      const int why = SSL_get_error(tls, done);
      if (why != SSL_ERROR_WANT_READ && why != SSL_ERROR_WANT_WRITE) return -1;
      if (!await(why == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, end)) return 0;
    }
  }
  int read(char* buffer, int size, Clock::time_point end) {
    if (tls != nullptr) return repeat([&] { return SSL_read(tls, buffer, size); }, end);
    if (!await(POLLIN, end)) return 0;
    const int got = static_cast<int>(::recv(fd, buffer, static_cast<size_t>(size), 0));
    return got > 0 ? got : -1;
  }
  int write(const char* bytes, int size, Clock::time_point end) {
    if (tls != nullptr) return repeat([&] { return SSL_write(tls, bytes, size); }, end);
    if (!await(POLLOUT, end)) return 0;
    return static_cast<int>(::send(fd, bytes, static_cast<size_t>(size), MSG_NOSIGNAL));
  }
};

Connection::Connection(uint16_t port, bool tls) : state_(std::make_unique<State>()) {
  state_->fd = connect_to(port);
  if (state_->fd < 0) return;
  fcntl(state_->fd, F_SETFL, O_NONBLOCK);
  if (!tls) return;
  state_->tls = SSL_new(shared_context());
  SSL_set_fd(state_->tls, state_->fd);
  const auto end = Clock::now() + milliseconds(10'000);
  if (state_->repeat([this] { return SSL_connect(state_->tls); }, end) > 0) return;
  state_ = std::make_unique<State>();
}

Connection::~Connection() = default;
Connection::Connection(Connection&&) noexcept = default;
Connection& Connection::operator=(Connection&&) noexcept = default;

bool Connection::open() const { return state_->fd >= 0; }

size_t Connection::send_some(std::string_view bytes, milliseconds limit) {
  const auto end = Clock::now() + limit;
  size_t sent = 0;
  while (open() && sent < bytes.size()) {
    const int size = static_cast<int>(std::min<size_t>(bytes.size() - sent, 1 << 16));
    const int done = state_->write(bytes.data() + sent, size, end);
    if (done < 0) state_ = std::make_unique<State>();
    if (done <= 0) break;
    sent += static_cast<size_t>(done);
  }
  return sent;
}

void Connection::finish_sending() {
  if (!open()) return;
  if (state_->tls != nullptr) SSL_shutdown(state_->tls);
  shutdown(state_->fd, SHUT_WR);
}

bool Connection::send(std::string_view bytes, milliseconds limit) {
  return send_some(bytes, limit) == bytes.size() && open();
}

bool Connection::receive(std::string& into, milliseconds limit) {
  char buffer[1 << 16];
  const int got = open() ? state_->read(buffer, sizeof buffer, Clock::now() + limit) : -1;
  if (got > 0) into.append(buffer, static_cast<size_t>(got));
  if (got < 0) state_ = std::make_unique<State>();
  return got > 0;
}

Answer Connection::answer(milliseconds limit) {
  const auto start = Clock::now();
  Answer answer;
  std::string text = std::move(state_->rest);
  while (!take_answer(text, !open(), answer) && receive(text, milliseconds(left_of(start + limit)))) {
  }
  if (answer.status == 0 && !open()) take_answer(text, true, answer);
  answer.took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  answer.ended = !open();
  state_->rest = std::move(text);
  return answer;
}

Answer Connection::ask(const Request& request, milliseconds limit) {
  const auto start = Clock::now();
  Answer answer;
  send(bytes_of(request), limit);
  answer = this->answer(milliseconds(left_of(start + limit)));
  answer.took = std::chrono::duration_cast<milliseconds>(Clock::now() - start);
  return answer;
}

}  // namespace zdt::raw
