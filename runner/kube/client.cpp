#include "kube/client.h"

#include "base/text.h"

namespace zdt::kube {

Client::Client(asio::any_io_executor executor, Connection connection)
    : http_(executor), connection_(std::move(connection)) {}

Error error_from_status(long status, std::string_view body, std::string_view what) {
  auto parsed = parse_json(body, what);
  std::string message = parsed ? string_at(*parsed, {"message"}) : trim(body.substr(0, 300));
  if (message.empty()) message = fmt::format("HTTP {}", status);
  const std::string sentence = fmt::format("{}: {}", what, message);
  switch (status) {
    case 401: return {Code::kEnvironment, sentence, "check the credentials of this context"};
    case 403: return {Code::kEnvironment, sentence, "this user may not do that; see kubectl auth can-i --list"};
    case 404: return {Code::kNotFound, sentence, ""};
    case 409: return {Code::kConflict, sentence, ""};
    case 410: return {Code::kExpired, sentence, ""};
    case 400:
    case 415:
    case 422: return {Code::kInvalid, sentence, ""};
    case 504: return {Code::kTimeout, sentence, ""};
    default: return {status >= 500 ? Code::kEnvironment : Code::kFailed, sentence, ""};
  }
}

http::Request Client::request_for(const Call& call) const {
  http::Request request;
  request.method = call.method;
  request.url = connection_.server + call.path;
  request.tls = connection_.tls;
  request.body = call.body;
  request.limit = call.limit;
  request.headers.add("Accept", "application/json");
  request.headers.add("User-Agent", "zdt-demo");
  if (!call.body.empty()) request.headers.add("Content-Type", call.content_type);
  if (!connection_.token.empty()) {
    request.headers.add("Authorization", "Bearer " + connection_.token);
  } else if (!connection_.basic.empty()) {
    request.headers.add("Authorization", "Basic " + base64_encode(connection_.basic));
  }
  return request;
}

Task<Result<void>> Client::ensure_authenticated() {
  auto done = co_await authenticate(connection_);
  co_return done;
}

Task<Result<json>> Client::call(Call call) {
  if (connection_.instead) co_return connection_.instead->answer({call.method, call.path, call.body, call.content_type});
  auto ready = co_await ensure_authenticated();
  if (!ready) co_return ready.error();
  auto response = co_await http_.send(request_for(call));
  const std::string what = call.method + " " + call.path.substr(0, call.path.find('?'));
  if (!response) {
    co_return Error{response.error().code, "the API server cannot be reached: " + response.error().what,
                    connection_.remedy};
  }
  if (response->status == 401 && !connection_.exec.empty() && std::exchange(call.first_try, false)) {
    forget_credentials(connection_);  // a token of a plugin lives for minutes: ask it for the next one
    auto again = co_await this->call(std::move(call));
    co_return again;
  }
  if (response->status >= 300) co_return error_from_status(response->status, response->body, what);
  auto body = parse_json(response->body, what);
  co_return body;
}

Task<Result<http::Response>> Client::raw(RawQuery query) {
  Call request{.method = query.method, .path = query.path, .body = query.body, .content_type = query.content_type,
               .limit = query.limit};
  if (connection_.instead) {
    auto planned = co_await call(std::move(request));
    if (!planned) co_return planned.error();
    http::Response answer;
    answer.status = 200;
    answer.body = planned->dump();
    co_return answer;
  }
  auto ready = co_await ensure_authenticated();
  if (!ready) co_return ready.error();
  auto response = co_await http_.send(request_for(request));
  co_return response;
}

Task<Result<json>> Client::version() {
  Call request{.path = "/version"};
  auto answer = co_await call(std::move(request));
  co_return answer;
}

namespace {

std::string with_query(std::string path, const std::vector<std::pair<std::string, std::string>>& parameters) {
  char separator = path.find('?') == std::string::npos ? '?' : '&';
  for (const auto& [name, value] : parameters) {
    if (value.empty()) continue;
    path += separator + name + "=" + http::url_encode(value);
    separator = '&';
  }
  return path;
}

std::string_view content_type_of(PatchType type) {
  switch (type) {
    case PatchType::kStrategic: return "application/strategic-merge-patch+json";
    case PatchType::kMerge: return "application/merge-patch+json";
    case PatchType::kJson: return "application/json-patch+json";
  }
  return "";
}

}  // namespace

Task<Result<std::string>> Client::path_of(Query query, std::string api_version) {
  auto found = co_await resource(query.kind, std::move(api_version));
  if (!found) co_return found.error();
  std::string path = found->group.empty() ? "/api/" + found->version : "/apis/" + found->api_version();
  const std::string ns = query.ns.empty() ? connection_.ns : query.ns;
  if (found->namespaced && ns != "*") path += "/namespaces/" + http::url_encode(ns);
  path += "/" + found->plural;
  if (!query.name.empty()) path += "/" + http::url_encode(query.name);
  co_return path;
}

Task<Result<json>> Client::get(Query query) {
  auto path = co_await path_of(std::move(query));
  if (!path) co_return path.error();
  Call request{.path = *path};
  auto answer = co_await call(std::move(request));
  co_return answer;
}

Task<Result<json>> Client::list(Query query) {
  auto found = co_await resource(query.kind);
  if (!found) co_return found.error();
  query.name.clear();
  auto path = co_await path_of(query);
  if (!path) co_return path.error();
  Call request{.path = with_query(*path, {{"labelSelector", query.labels}, {"fieldSelector", query.fields}})};
  auto answer = co_await call(std::move(request));
  if (!answer) co_return answer.error();
  for (json& item : (*answer)["items"]) {
    item["apiVersion"] = found->api_version();
    item["kind"] = found->kind;
  }
  co_return std::move(*answer);
}

Task<Result<json>> Client::apply(json object, bool dry_run) {
  const std::string kind = string_at(object, {"kind"}), name = string_at(object, {"metadata", "name"});
  const std::string api_version = string_at(object, {"apiVersion"});
  if (kind.empty() || name.empty() || api_version.empty()) {
    co_return Error{Code::kScript, "a manifest needs apiVersion, kind and metadata.name", ""};
  }
  Query query{.kind = kind, .ns = string_at(object, {"metadata", "namespace"}), .name = name};
  auto path = co_await path_of(query, api_version);
  if (!path) co_return path.error();
  Call request{.method = "PATCH", .path = *path, .body = object.dump(), .content_type = "application/apply-patch+yaml"};
  request.path += fmt::format("?fieldManager={}&force=true&fieldValidation=Strict", kFieldManager);
  if (dry_run) request.path += "&dryRun=All";
  auto answer = co_await call(std::move(request));
  if (!answer) co_return with_context(kind + "/" + name, answer.error());
  co_return answer;
}

Task<Result<json>> Client::patch(Query query, PatchType type, json body, std::string subresource) {
  auto path = co_await path_of(std::move(query));
  if (!path) co_return path.error();
  if (!subresource.empty()) *path += "/" + subresource;
  Call request{.method = "PATCH",
               .path = *path + "?fieldManager=" + std::string(kFieldManager),
               .body = body.dump(),
               .content_type = std::string(content_type_of(type))};
  auto answer = co_await call(std::move(request));
  co_return answer;
}

Task<Result<json>> Client::scale(Query query, int64_t replicas) {
  json body{{"spec", {{"replicas", replicas}}}};
  auto answer = co_await patch(std::move(query), PatchType::kMerge, std::move(body), "scale");
  co_return answer;
}

Task<Result<json>> Client::remove(Query query, int64_t grace_seconds) {
  auto path = co_await path_of(std::move(query));
  if (!path) co_return path.error();
  json options{{"kind", "DeleteOptions"}, {"apiVersion", "v1"}, {"propagationPolicy", "Background"}};
  if (grace_seconds >= 0) options["gracePeriodSeconds"] = grace_seconds;
  Call request{.method = "DELETE", .path = *path, .body = options.dump()};
  auto answer = co_await call(std::move(request));
  co_return answer;
}

Task<Result<void>> Client::logs(LogQuery query, std::function<bool(std::string_view)> on_line) {
  Query pod{.kind = "pods", .ns = query.ns, .name = query.pod};
  auto path = co_await path_of(std::move(pod));
  if (!path) co_return path.error();
  const auto number = [](int64_t value) { return value < 0 ? std::string() : std::to_string(value); };
  const auto flag = [](bool value) { return value ? std::string("true") : std::string(); };
  Call request{.path = with_query(*path + "/log", {{"container", query.container},
                                                   {"follow", flag(query.follow)},
                                                   {"previous", flag(query.previous)},
                                                   {"timestamps", flag(query.timestamps)},
                                                   {"tailLines", number(query.tail)},
                                                   {"sinceSeconds", number(query.since_seconds)}})};
  if (query.follow) request.limit = milliseconds(0);
  if (connection_.instead) {
    auto planned = co_await call(std::move(request));
    if (!planned) co_return planned.error();
    co_return Result<void>();
  }
  http::Request wire = request_for(request);
  std::string partial, refused;
  bool stopped = false;
  long status = 0;
  wire.on_headers = [&status](long code, const http::Headers&) { status = code; };
  wire.on_data = [&](std::string_view piece) {
    if (status >= 300) {
      refused.append(piece);
      return refused.size() < 65536;
    }
    partial.append(piece);
    for (size_t end; (end = partial.find('\n')) != std::string::npos; partial.erase(0, end + 1)) {
      stopped = !on_line(std::string_view(partial).substr(0, end));
      if (stopped) return false;
    }
    return true;
  };
  auto response = co_await http_.send(std::move(wire));
  if (!response) co_return response.error();
  if (status >= 300) co_return error_from_status(status, refused, "logs of " + query.pod);
  if (!partial.empty() && !stopped) on_line(partial);
  co_return Result<void>();
}

}  // namespace zdt::kube
