#include "http/client.h"

#include <curl/curl.h>
#include <sys/socket.h>

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <cstdlib>

#include "base/text.h"

namespace zdt::http {
namespace {

using asio::posix::stream_descriptor;

/// One exchange. libcurl's callbacks get a pointer to it, so it never moves.
struct Transfer {
  Transfer(const asio::any_io_executor& executor, Request r) : request(std::move(r)), ended(executor) {}

  Request request;
  Response response;
  Condition ended;
  bool done = false;
  bool stopped_by_reader = false;
  bool headers_given = false;
  CURLcode result = CURLE_OK;
  std::exception_ptr callback_failure;
  char reason[CURL_ERROR_SIZE] = "";
};

struct EasyDeleter {
  void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
};
using Easy = std::unique_ptr<CURL, EasyDeleter>;

struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using List = std::unique_ptr<curl_slist, ListDeleter>;

size_t on_header(char* data, size_t size, size_t count, void* user) {
  auto& transfer = *static_cast<Transfer*>(user);
  const std::string_view line(data, size * count);
  const size_t colon = line.find(':');
  if (line.starts_with("HTTP/")) {
    transfer.response.headers = {};  // a 100 Continue came before
  } else if (colon != std::string_view::npos) {
    transfer.response.headers.add(std::string(line.substr(0, colon)), trim(line.substr(colon + 1)));
  }
  return size * count;
}

void give_headers(CURL* handle, Transfer& transfer) {
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &transfer.response.status);
  if (transfer.headers_given || !transfer.request.on_headers) return;
  transfer.headers_given = true;
  transfer.request.on_headers(transfer.response.status, transfer.response.headers);
}

/// The body's handle comes first, so that on_data can know the status.
struct BodySink {
  CURL* handle;
  Transfer* transfer;
};

bool take_body(Transfer& transfer, std::string_view piece) {
  if (transfer.request.on_data) {
    transfer.stopped_by_reader = !transfer.request.on_data(piece);
    return !transfer.stopped_by_reader;
  }
  if (transfer.response.body.size() + piece.size() > transfer.request.body_limit) return false;
  transfer.response.body.append(piece);
  return true;
}

size_t on_body(char* data, size_t size, size_t count, void* user) {
  auto& sink = *static_cast<BodySink*>(user);
  try {
    give_headers(sink.handle, *sink.transfer);
    return take_body(*sink.transfer, {data, size * count}) ? size * count : 0;
  } catch (...) {  // an exception must not cross libcurl; send() throws it again
    sink.transfer->callback_failure = std::current_exception();
    return 0;
  }
}

curl_socket_t open_in_namespace(void* user, curlsocktype, curl_sockaddr* address) {
  return static_cast<host::NetworkNamespace*>(user)->make_socket(address->family, address->socktype, address->protocol);
}

void set_blob(CURL* handle, CURLoption option, const std::string& pem) {
  if (pem.empty()) return;
  curl_blob blob{const_cast<char*>(pem.data()), pem.size(), CURL_BLOB_NOCOPY};
  curl_easy_setopt(handle, option, &blob);
}

void set_tls(CURL* handle, const Tls& tls) {
  set_blob(handle, CURLOPT_CAINFO_BLOB, tls.ca_pem);
  if (!tls.ca_pem.empty()) curl_easy_setopt(handle, CURLOPT_CAPATH, nullptr);  // it alone, not the system's store too
  set_blob(handle, CURLOPT_SSLCERT_BLOB, tls.client_certificate_pem);
  set_blob(handle, CURLOPT_SSLKEY_BLOB, tls.client_key_pem);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, tls.insecure ? 0L : 1L);
  curl_easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, tls.insecure ? 0L : 2L);
}

void set_method(CURL* handle, const Request& request) {
  if (request.method == "HEAD") {
    curl_easy_setopt(handle, CURLOPT_NOBODY, 1L);
  } else if (!request.body.empty() || request.method == "POST" || request.method == "PUT") {
    curl_easy_setopt(handle, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(request.body.size()));
    curl_easy_setopt(handle, CURLOPT_POSTFIELDS, request.body.data());
  }
  if (request.method != "HEAD") curl_easy_setopt(handle, CURLOPT_CUSTOMREQUEST, request.method.c_str());
}

List header_list(const Request& request) {
  curl_slist* list = curl_slist_append(nullptr, "Expect:");
  for (const auto& [name, value] : request.headers.all()) {
    const std::string field = value.empty() ? name + ";" : name + ": " + value;  // "name:" would mean: leave it out
    list = curl_slist_append(list, field.c_str());
  }
  return List(list);
}

/// A request as libcurl wants it. Lists must outlive the exchange.
struct Lists {
  List headers, connect_to;
};

std::string part_of(CURLU* url, CURLUPart part) {
  char* text = nullptr;
  if (curl_url_get(url, part, &text, CURLU_DEFAULT_PORT) != CURLUE_OK) return "";
  std::string copy(text);
  curl_free(text);
  return copy;
}

/// libcurl verifies the name in the URL: with a server name of its own, that one goes into the URL, and the connection
/// and the Host field stay with the address.
void set_server_name(CURL* handle, const Request& request, Lists& lists) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> url(curl_url(), &curl_url_cleanup);
  if (curl_url_set(url.get(), CURLUPART_URL, request.url.c_str(), 0) != CURLUE_OK) return;
  const std::string host = part_of(url.get(), CURLUPART_HOST), port = part_of(url.get(), CURLUPART_PORT);
  curl_url_set(url.get(), CURLUPART_HOST, request.tls.server_name.c_str(), 0);
  const std::string route = fmt::format("{}:{}:{}:{}", request.tls.server_name, port, host, port);
  lists.connect_to.reset(curl_slist_append(nullptr, route.c_str()));
  lists.headers.reset(curl_slist_append(lists.headers.release(), fmt::format("Host: {}:{}", host, port).c_str()));
  curl_easy_setopt(handle, CURLOPT_URL, part_of(url.get(), CURLUPART_URL).c_str());
  curl_easy_setopt(handle, CURLOPT_CONNECT_TO, lists.connect_to.get());
}

/// The hosts that no proxy is asked for: like kubectl's, loopback, and what the user's NO_PROXY says.
std::string without_proxy() {
  std::string hosts = "localhost,127.0.0.0/8,::1";
  const char* lower_case = std::getenv("no_proxy");
  const char* more = lower_case != nullptr ? lower_case : std::getenv("NO_PROXY");
  return more == nullptr ? hosts : hosts + "," + more;
}

void set_network(CURL* handle, const Request& request) {
  // What is inside a cluster's namespace never goes through a proxy either.
  curl_easy_setopt(handle, CURLOPT_NOPROXY, request.network ? "*" : without_proxy().c_str());
  if (!request.network) return;
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETFUNCTION, open_in_namespace);
  curl_easy_setopt(handle, CURLOPT_OPENSOCKETDATA, request.network.get());
}

void set_options(CURL* handle, Transfer& transfer, BodySink& sink, Lists& lists) {
  const Request& request = transfer.request;
  lists.headers = header_list(request);
  curl_easy_setopt(handle, CURLOPT_URL, request.url.c_str());
  if (!request.tls.server_name.empty()) set_server_name(handle, request, lists);
  curl_easy_setopt(handle, CURLOPT_PROTOCOLS_STR, "http,https");
  curl_easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(handle, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  curl_easy_setopt(handle, CURLOPT_HTTPHEADER, lists.headers.get());
  curl_easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_header);
  curl_easy_setopt(handle, CURLOPT_HEADERDATA, &transfer);
  curl_easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  curl_easy_setopt(handle, CURLOPT_WRITEDATA, &sink);
  curl_easy_setopt(handle, CURLOPT_ERRORBUFFER, transfer.reason);
  curl_easy_setopt(handle, CURLOPT_PRIVATE, &transfer);
  curl_easy_setopt(handle, CURLOPT_TIMEOUT_MS, static_cast<long>(request.limit.count()));
  curl_easy_setopt(handle, CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(request.connect_limit.count()));
  set_method(handle, request);
  set_tls(handle, request.tls);
  set_network(handle, request);
}

Error error_from(const Transfer& transfer) {
  const std::string said = transfer.reason[0] != '\0' ? transfer.reason : curl_easy_strerror(transfer.result);
  const std::string what = transfer.request.method + " " + transfer.request.url + ": " + said;
  if (transfer.result == CURLE_OPERATION_TIMEDOUT) return {Code::kTimeout, what, ""};
  if (transfer.result == CURLE_WRITE_ERROR) {
    return {Code::kInvalid, fmt::format("{} (body over {} bytes)", what, transfer.request.body_limit), ""};
  }
  return {Code::kEnvironment, what, ""};
}

}  // namespace

/// libcurl's multi handle, fed by the loop: it says which sockets to watch and when to call it again.
struct Client::Engine : std::enable_shared_from_this<Engine> {
  explicit Engine(asio::any_io_executor e) : executor(e), multi(curl_multi_init()), timer(e) {
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, &Engine::on_socket);
    curl_multi_setopt(multi, CURLMOPT_SOCKETDATA, this);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, &Engine::on_timer);
    curl_multi_setopt(multi, CURLMOPT_TIMERDATA, this);
  }
  ~Engine() {
    curl_multi_cleanup(multi);
    for (auto& [fd, watch] : watches) watch->descriptor.release();
  }

  /// Interest in one socket. The descriptor is curl's: it is released, never closed, here.
  struct Watch {
    explicit Watch(const asio::any_io_executor& executor, int fd) : descriptor(executor, fd) {}
    stream_descriptor descriptor;
    int wanted = 0;
    bool reading = false, writing = false;
  };

  static int on_socket(CURL*, curl_socket_t fd, int what, void* user, void*) {
    auto& engine = *static_cast<Engine*>(user);
    if (what == CURL_POLL_REMOVE) {
      engine.forget(fd);
      return 0;
    }
    auto& watch = engine.watches[fd];
    if (!watch) watch = std::make_shared<Watch>(engine.executor, fd);
    watch->wanted = what;
    engine.arm(fd, watch);
    return 0;
  }

  static int on_timer(CURLM*, long ms, void* user) {
    auto& engine = *static_cast<Engine*>(user);
    if (ms < 0) {
      engine.timer.cancel();
      return 0;
    }
    engine.timer.expires_after(milliseconds(ms));
    engine.timer.async_wait([weak = engine.weak_from_this()](const boost::system::error_code& failure) {
      auto self = weak.lock();
      if (!failure && self) self->act(CURL_SOCKET_TIMEOUT, 0);
    });
    return 0;
  }

  void forget(int fd) {
    auto found = watches.find(fd);
    if (found == watches.end()) return;
    found->second->wanted = 0;
    found->second->descriptor.release();
    watches.erase(found);
  }

  void arm(int fd, const std::shared_ptr<Watch>& watch) {
    if ((watch->wanted & CURL_POLL_IN) && !watch->reading) {
      arm_one(fd, watch, stream_descriptor::wait_read, CURL_CSELECT_IN, &Watch::reading);
    }
    if ((watch->wanted & CURL_POLL_OUT) && !watch->writing) {
      arm_one(fd, watch, stream_descriptor::wait_write, CURL_CSELECT_OUT, &Watch::writing);
    }
  }

  void arm_one(int fd, const std::shared_ptr<Watch>& watch, stream_descriptor::wait_type kind, int event,
               bool Watch::*armed) {
    (*watch).*armed = true;
    watch->descriptor.async_wait(kind, [=, weak = weak_from_this()](const boost::system::error_code& failure) {
      (*watch).*armed = false;
      auto self = weak.lock();
      if (failure || !self || watch->wanted == 0) return;
      self->act(fd, event);
      if (watch->wanted != 0) self->arm(fd, watch);
    });
  }

  void act(curl_socket_t fd, int events) {
    int running = 0;
    curl_multi_socket_action(multi, fd, events, &running);
    collect();
  }

  void collect() {
    int left = 0;
    while (CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      transfer->result = message->data.result;
      transfer->done = true;
      transfer->ended.notify_all();
    }
  }

  asio::any_io_executor executor;
  CURLM* multi;
  asio::steady_timer timer;
  std::map<int, std::shared_ptr<Watch>> watches;
};

namespace {

/// Adds the handle to the multi handle, and takes it out again however the exchange ends.
class Attached {
 public:
  Attached(CURLM* multi, CURL* easy) : multi_(multi), easy_(easy) { curl_multi_add_handle(multi_, easy_); }
  ~Attached() { curl_multi_remove_handle(multi_, easy_); }
  Attached(const Attached&) = delete;
  Attached& operator=(const Attached&) = delete;

 private:
  CURLM* multi_;
  CURL* easy_;
};

}  // namespace

Client::Client(asio::any_io_executor executor) : engine_(std::make_shared<Engine>(executor)) {}
Client::~Client() = default;

Task<Result<Response>> Client::send(Request request) {
  auto engine = engine_;
  // A callback of another exchange may have started this one, and libcurl takes no new handle from below a callback.
  co_await asio::post(engine->executor, asio::use_awaitable);
  Transfer transfer(engine->executor, std::move(request));
  Lists lists;
  const Easy easy(curl_easy_init());
  BodySink sink{easy.get(), &transfer};
  set_options(easy.get(), transfer, sink, lists);
  {
    const Attached attached(engine->multi, easy.get());
    while (!transfer.done) co_await transfer.ended.wait();
  }
  if (transfer.callback_failure) std::rethrow_exception(transfer.callback_failure);
  if (transfer.result != CURLE_OK && !transfer.stopped_by_reader) co_return error_from(transfer);
  give_headers(easy.get(), transfer);
  curl_off_t total = 0;
  curl_easy_getinfo(easy.get(), CURLINFO_TOTAL_TIME_T, &total);
  transfer.response.total = std::chrono::microseconds(total);
  co_return std::move(transfer.response);
}

}  // namespace zdt::http
