#include "script/inside.h"

#include "base/json_limits.h"
#include "base/text.h"

namespace zdt::script {
namespace {

/// What the API server itself says when nothing is behind its proxy.
bool is_status(const http::Response& response) {
  if (response.status < 400) return false;
  const json body = parse_json_or_null(response.body);
  return string_at(body, {"kind"}) == "Status" && string_at(body, {"apiVersion"}) == "v1";
}

}  // namespace

std::string proxy_path(World& world, std::string_view kind, const std::string& target) {
  const size_t slash = target.find('/');
  const std::string ns = slash == std::string::npos ? world.kube().connection().ns : target.substr(0, slash);
  const std::string name = slash == std::string::npos ? target : target.substr(slash + 1);
  return fmt::format("/api/v1/namespaces/{}/{}/{}/proxy", http::url_encode(ns), kind, name);
}

Task<Result<http::Response>> send_inside(World& world, InsideRequest request,
                                         std::shared_ptr<host::NetworkNamespace> network) {
  if (!request.url.empty()) {
    http::Request direct;
    direct.method = request.method;
    direct.url = request.url + request.path;
    direct.limit = request.limit;
    direct.network = std::move(network);
    auto answer = co_await world.send(std::move(direct));
    co_return answer;
  }
  kube::Client::RawQuery query;
  query.method = request.method;
  query.path = request.proxy + request.path;
  query.limit = request.limit;
  auto answer = co_await world.kube().raw(std::move(query));
  if (!answer || !is_status(*answer)) co_return answer;
  co_return kube::error_from_status(answer->status, answer->body, request.method + " " + request.proxy);
}

Result<std::string> body_of(const http::Response& response, const InsideRequest& request) {
  if (response.status < 300) return response.body;
  return Error{
      Code::kFailed,
      fmt::format("{} {}{}: HTTP {}: {}", request.method, request.url.empty() ? request.proxy : request.url,
                  request.path.substr(0, request.path.find('?')), response.status,
                  trim(response.body.substr(0, 300))),
      ""};
}

}  // namespace zdt::script
