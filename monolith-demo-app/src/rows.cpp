#include "rows.h"

#include <algorithm>
#include <initializer_list>
#include <nlohmann/json.hpp>
#include <string_view>

#include "message.h"

namespace monolith {
namespace {

using nlohmann::json;

constexpr std::size_t kMaxText = 200;

[[noreturn]] void refuse(std::string_view field, std::string_view why) {
  throw RequestError(400, std::string(field) + ": " + std::string(why));
}

void read(const json& value, const char* field, std::string& out) {
  if (!value.is_string()) refuse(field, "wants text");
  out = value.get<std::string>();
  if (out.size() > kMaxText) refuse(field, "wants at most 200 bytes");
}

void read(const json& value, const char* field, int& out) {
  if (!value.is_number_integer()) refuse(field, "wants a whole number");
  const auto number = value.get<double>();
  if (number < 0 || number > 1e9) refuse(field, "wants a number from 0 to 1000000000");
  out = value.get<int>();
}

template <class Value>
void take(const json& body, const char* field, Value& out) {
  const auto found = body.find(field);
  if (found != body.end()) read(*found, field, out);
}

void refuse_unknown(const json& body, std::initializer_list<std::string_view> known) {
  for (const auto& [field, value] : body.items()) {
    if (std::find(known.begin(), known.end(), field) == known.end()) refuse(field, "unknown field");
  }
}

/// The id is the server's to give; a client may repeat it, as in a PUT of what it got.
void check_id(const json& body, int id) {
  int given = id;
  take(body, "id", given);
  if (given != id) throw RequestError(409, "id: is given by the server and cannot be changed");
}

}  // namespace

json to_json(const Company& company) {
  return {{"id", company.id}, {"name", company.name}, {"city", company.city}, {"founded", company.founded}};
}

json to_json(const Project& project) {
  return {{"id", project.id},
          {"company_id", project.company_id},
          {"name", project.name},
          {"status", project.status}};
}

void assign(Company& row, const json& body, bool all) {
  refuse_unknown(body, {"id", "name", "city", "founded"});
  check_id(body, row.id);
  Company next = row;
  if (all) next = Company{.id = row.id, .name = {}, .city = {}, .founded = 0};
  take(body, "name", next.name);
  take(body, "city", next.city);
  take(body, "founded", next.founded);
  if (next.name.empty()) refuse("name", "is required");
  row = std::move(next);
}

void assign(Project& row, const json& body, bool all) {
  refuse_unknown(body, {"id", "company_id", "name", "status"});
  check_id(body, row.id);
  Project next = row;
  if (all) next = Project{.id = row.id, .company_id = 0, .name = {}, .status = "planned"};
  take(body, "company_id", next.company_id);
  take(body, "name", next.name);
  take(body, "status", next.status);
  if (next.company_id == 0) refuse("company_id", "is required");
  if (next.name.empty()) refuse("name", "is required");
  if (next.status != "planned" && next.status != "active" && next.status != "done") {
    refuse("status", "wants planned, active or done");
  }
  row = std::move(next);
}

json parse_object(const std::string& body) {
  // What is nested deeper than a row ever is becomes "discarded": a deep value would end the stack where it is copied.
  const auto shallow = [](int depth, json::parse_event_t, const json&) { return depth < 20; };
  json parsed = json::parse(body, shallow, false);
  if (parsed.is_discarded()) throw RequestError(400, "the body is not JSON");
  if (!parsed.is_object()) throw RequestError(400, "the body wants to be a JSON object");
  return parsed;
}

}  // namespace monolith
