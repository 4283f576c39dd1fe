#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace monolith {

/// JSON: {"id", "name", "city", "founded"}. name is required.
struct Company {
  static constexpr const char* kKind = "company";
  static constexpr const char* kPath = "/companies";
  int id = 0;
  std::string name;
  std::string city;
  int founded = 0;  // year; 0 when unknown
};

/// JSON: {"id", "company_id", "name", "status"}. company_id and name are required.
struct Project {
  static constexpr const char* kKind = "project";
  static constexpr const char* kPath = "/projects";
  int id = 0;
  int company_id = 0;
  std::string name;
  std::string status = "planned";  // planned, active or done
};

nlohmann::json to_json(const Company& company);
nlohmann::json to_json(const Project& project);

/// Sets the fields that `body` holds. With `all` the required ones must be there, and the others fall back to
/// their defaults when they are not. Throws RequestError 400 that names the field, and 409 for an "id" that
/// is not row.id.
void assign(Company& row, const nlohmann::json& body, bool all);
void assign(Project& row, const nlohmann::json& body, bool all);

/// A JSON object from a request's body. Throws RequestError 400.
nlohmann::json parse_object(const std::string& body);

}  // namespace monolith
