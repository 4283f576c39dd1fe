#include "base/yaml.h"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <charconv>
#include <cmath>
#include <regex>

namespace zdt {
namespace {

constexpr int kMaxDepth = 100;
constexpr size_t kMaxValues = 1'000'000;

template <class Integer>
std::optional<json> integer_from(std::string_view digits, int base) {
  Integer value{};
  const char* end = digits.data() + digits.size();
  auto [stop, failure] = std::from_chars(digits.data(), end, value, base);
  if (failure != std::errc() || stop != end) return std::nullopt;
  return json(value);
}

/// Takes the prefix that says the base off `digits`: 0x, 0b, 0o, or a leading 0 alone, which means octal.
int take_base(std::string_view& digits) {
  if (digits.size() < 2 || digits[0] != '0') return 10;
  const char letter = static_cast<char>(std::tolower(static_cast<unsigned char>(digits[1])));
  const int base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
  digits.remove_prefix(letter == 'x' || letter == 'b' || letter == 'o' ? 2 : 1);
  return base;
}

std::optional<json> whole_number_from(std::string_view text) {
  const bool negative = text.starts_with('-');
  if (negative || text.starts_with('+')) text.remove_prefix(1);
  const int base = take_base(text);
  if (text.empty() || std::isxdigit(static_cast<unsigned char>(text[0])) == 0) return std::nullopt;
  if (negative) return integer_from<int64_t>("-" + std::string(text), base);
  auto number = integer_from<int64_t>(text, base);
  return number ? number : integer_from<uint64_t>(text, base);
}

std::optional<json> number_from(std::string text) {
  if (text.empty() || (std::isdigit(static_cast<unsigned char>(text[0])) == 0 && std::string_view("+-.").find(text[0]) == std::string::npos)) {
    return std::nullopt;
  }
  std::erase(text, '_');
  if (auto whole = whole_number_from(text)) return whole;
  static const std::regex kFloat(R"([-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?)");
  if (!std::regex_match(text, kFloat)) return std::nullopt;
  const double value = std::strtod(text.c_str(), nullptr);
  return std::isfinite(value) ? std::optional(json(value)) : std::nullopt;
}

/// The words that mean true and false: YAML 1.1's, which kubectl goes by.
std::optional<json> boolean_from(const std::string& text) {
  static const std::set<std::string> kTrue{"y", "Y", "yes", "Yes", "YES", "true", "True", "TRUE", "on", "On", "ON"};
  static const std::set<std::string> kFalse{"n", "N", "no", "No", "NO", "false", "False", "FALSE", "off", "Off", "OFF"};
  if (kTrue.contains(text)) return json(true);
  if (kFalse.contains(text)) return json(false);
  return std::nullopt;
}

json scalar_from(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  if (node.Tag() == "!" || node.Tag() == "tag:yaml.org,2002:str") return text;  // quoted, or said to be a string
  if (text.empty() || text == "~" || text == "null" || text == "Null" || text == "NULL") return nullptr;
  if (auto boolean = boolean_from(text)) return *boolean;
  return number_from(text).value_or(json(text));
}

/// One document on its way to JSON. Aliases are copied, so that a short text may ask for very many values.
class Conversion {
 public:
  json value_of(const YAML::Node& node, int depth) {
    if (depth > kMaxDepth) throw YAML::ParserException(node.Mark(), "nested deeper than 100 levels");
    if (++values_ > kMaxValues) throw YAML::ParserException(node.Mark(), "more than a million values");
    if (node.IsScalar()) return scalar_from(node);
    if (node.IsSequence()) return list_of(node, depth);
    if (node.IsMap()) return object_of(node, depth);
    return nullptr;
  }

 private:
  json list_of(const YAML::Node& node, int depth) {
    json list = json::array();
    for (const auto& item : node) list.push_back(value_of(item, depth + 1));
    return list;
  }

  json object_of(const YAML::Node& node, int depth) {
    json object = json::object(), merged = json::object();
    for (const auto& pair : node) {
      if (pair.first.IsScalar() && pair.first.Scalar() == "<<" && pair.first.Tag() != "!") {
        add_merged(merged, pair.second, depth);
        continue;
      }
      const std::string key = key_of(pair.first);
      if (object.contains(key)) throw YAML::ParserException(pair.first.Mark(), "key \"" + key + "\" stands twice");
      object[key] = value_of(pair.second, depth + 1);
    }
    for (auto& [key, value] : merged.items()) object.emplace(key, value);
    return object;
  }

  /// What `<<: *base` or `<<: [*first, *second]` brings in: the first one that has a key wins.
  void add_merged(json& merged, const YAML::Node& from, int depth) {
    const json values = value_of(from, depth + 1);
    for (const json& part : values.is_array() ? values : json::array({values})) {
      if (!part.is_object()) throw YAML::ParserException(from.Mark(), "<< merges mappings only");
      for (const auto& [key, value] : part.items()) merged.emplace(key, value);
    }
  }

  /// JSON's keys are strings: 1 becomes "1" and yes "true", as kubectl has it.
  static std::string key_of(const YAML::Node& node) {
    if (!node.IsScalar()) throw YAML::ParserException(node.Mark(), "a key must be a word");
    const json key = scalar_from(node);
    return key.is_boolean() || key.is_number_integer() ? key.dump() : node.Scalar();
  }

  size_t values_ = 0;
};

}  // namespace

Result<std::vector<json>> parse_yaml_documents(std::string_view text, std::string_view source) {
  std::vector<json> documents;
  try {
    for (const YAML::Node& node : YAML::LoadAll(std::string(text))) {
      json value = Conversion().value_of(node, 0);
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
