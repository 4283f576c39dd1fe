#include "http/transfer.h"

#include <sys/socket.h>

#include <cstdlib>

#include "base/text.h"

namespace zdt::http {
namespace {

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
    if (sink.transfer->request.pipe)
      return sink.transfer->offer({data, size * count}) ? size * count : size_t{CURL_WRITEFUNC_PAUSE};
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

}  // namespace

void give_headers(CURL* handle, Transfer& transfer) {
  curl_easy_getinfo(handle, CURLINFO_RESPONSE_CODE, &transfer.response.status);
  if (transfer.headers_given || !transfer.request.on_headers) return;
  transfer.headers_given = true;
  transfer.request.on_headers(transfer.response.status, transfer.response.headers);
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

}  // namespace zdt::http
