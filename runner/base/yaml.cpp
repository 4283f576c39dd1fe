#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <regex>

namespace zdt {
namespace {

constexpr int kMaxDepth = 100;

/// 0755 and 0o755 are octal: "YAML accepts both octal and decimal values, JSON requires decimal values" (Kubernetes API
/// reference, ConfigMapVolumeSource.defaultMode).
std::optional<json> octal_from(const std::string& text) {
  if (text.size() < 2 || text[0] != '0') return std::nullopt;
  const size_t start = text[1] == 'o' ? 2 : 1;
  int64_t value = 0;
  const char* end = text.data() + text.size();
  auto [stop, failure] = std::from_chars(text.data() + start, end, value, 8);
  if (failure != std::errc() || stop != end || start == text.size()) return std::nullopt;
  return json(value);
}

std::optional<json> number_from(const std::string& text) {
  if (auto octal = octal_from(text)) return octal;
  int64_t whole = 0;
  const char* end = text.data() + text.size();
  auto [stop, failure] = std::from_chars(text.data(), end, whole);
  if (failure == std::errc() && stop == end) return json(whole);
  static const std::regex kFloat(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  if (std::regex_match(text, kFloat)) return json(std::stod(text));
  return std::nullopt;
}

json scalar_from(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!") return text;  // quoted
  if (text.empty() || text == "~" || text == "null") return nullptr;
  if (text == "true" || text == "True") return true;
  if (text == "false" || text == "False") return false;
  return number_from(text).value_or(json(text));
}

json json_from(const YAML::Node& node, int depth) {
  if (depth > kMaxDepth) throw YAML::ParserException(node.Mark(), "nested deeper than 100 levels");
  if (node.IsScalar()) return scalar_from(node);
  if (node.IsSequence()) {
    json list = json::array();
    for (const auto& item : node) list.push_back(json_from(item, depth + 1));
    return list;
  }
  if (!node.IsMap()) return nullptr;
  json object = json::object();
  for (const auto& pair : node) {
    const std::string& key = pair.first.Scalar();
    if (object.contains(key)) throw YAML::ParserException(pair.first.Mark(), "key \"" + key + "\" stands twice");
    object[key] = json_from(pair.second, depth + 1);
  }
  return object;
}

}  // namespace

Result<std::vector<json>> parse_yaml_documents(std::string_view text, std::string_view source) {
  std::vector<json> documents;
  try {
    for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
      json value = json_from(node, 0);
      if (!value.is_null()) documents.push_back(std::move(value));
    }
  } catch (const YAML::Exception& failure) {
    return Error{Code::kScript,
                 fmt::format("{}:{}:{}: {}", source, failure.mark.line + 1, failure.mark.column + 1, failure.msg), ""};
  }
  return documents;
}

Result<json> parse_yaml(std::string_view text, std::string_view source) {
  auto documents = parse_yaml_documents(text, source);
  if (!documents) return documents.error();
  if (documents->size() != 1) {
    return Error{Code::kScript, fmt::format("{}: want one YAML document, got {}", source, documents->size()), ""};
  }
  return std::move(documents->front());
}

}  // namespace zdt
