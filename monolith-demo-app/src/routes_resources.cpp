#include <charconv>
#include <nlohmann/json.hpp>

#include "app.h"

namespace monolith {
namespace {

using nlohmann::json;

int row_id(const Request& request) {
  const std::string& text = request.args.at(0);
  int id = 0;
  const auto result = std::from_chars(text.data(), text.data() + text.size(), id);
  if (result.ec == std::errc{} && result.ptr == text.data() + text.size() && id > 0) return id;
  throw RequestError(400, "id wants to be a whole number, got \"" + text + "\"");
}

template <class Row>
Response list_response(const std::vector<Row>& rows) {
  json list = json::array();
  for (const Row& row : rows) list.push_back(to_json(row));
  return json_response(200, list);
}

template <class Row>
Response create(Store& store, const Request& request) {
  Row row;
  assign(row, parse_object(request.body), true);
  row = store.add(std::move(row));
  Response response = json_response(201, to_json(row));
  response.headers.emplace_back("Location", std::string(Row::kPath) + "/" + std::to_string(row.id));
  return response;
}

/// `all`: PUT replaces the whole row, PATCH only what the body holds.
template <class Row>
Response change(Store& store, const Request& request, bool all) {
  const json body = parse_object(request.body);
  const Row row = store.update<Row>(row_id(request), [&](Row& target) { assign(target, body, all); });
  return json_response(200, to_json(row));
}

template <class Row>
Response remove(Store& store, const Request& request) {
  store.remove<Row>(row_id(request));
  return text_response(204, "");
}

template <class Row>
void add_collection(Router& router, Store& store) {
  const std::string list = Row::kPath;
  const std::string item = list + "/{id}";
  const auto route = [&router](Method method, const std::string& path, PlainHandler handler) {
    router.add(method, path, std::move(handler));
  };
  route(Method::kGet, list, [&store](const Request&) { return list_response(store.all<Row>()); });
  route(Method::kPost, list, [&store](const Request& request) { return create<Row>(store, request); });
  route(Method::kGet, item, [&store](const Request& request) {
    return json_response(200, to_json(store.get<Row>(row_id(request))));
  });
  route(Method::kPut, item, [&store](const Request& request) { return change<Row>(store, request, true); });
  route(Method::kPatch, item,
        [&store](const Request& request) { return change<Row>(store, request, false); });
  route(Method::kDelete, item, [&store](const Request& request) { return remove<Row>(store, request); });
}

}  // namespace

void add_resource_routes(Router& router, App& app) {
  add_collection<Company>(router, app.store);
  add_collection<Project>(router, app.store);
  router.add(Method::kGet, "/companies/{id}/projects", PlainHandler([&app](const Request& request) {
               return list_response(app.store.projects_of(row_id(request)));
             }));
}

}  // namespace monolith
