#include "rehearsal/api/check/field_graph.h"

#include <memory>
#include <stdexcept>
#include <vector>

#include "base/text.h"
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {
namespace {

using Kind = FieldType::Kind;

/// Reads the tables. A mistake in one of them is ours: it throws on the first use, and a test uses all of them.
class GraphReader {
 public:
  GraphReader() {
    for (const char* table : {kPodFields, kCoreFields, kWorkloadFields, kClusterFields, kCustomFields}) read(table);
    for (const auto& [name, type] : structs_) {
      if (type->kind == Kind::kStruct && type->fields.empty() && !known_empty_.contains(name))
        throw std::logic_error("field_types: no table has " + name);
    }
  }

  const FieldType* find(const std::string& name) const {
    const auto found = structs_.find(name);
    return found != structs_.end() ? found->second.get() : nullptr;
  }

 private:
  void read(std::string_view table) {
    std::vector<std::string> words;
    for (const std::string& line : split(table, '\n')) {
      if (!line.starts_with(' ')) add(words);
      for (const std::string& word : split(line, ' ')) {
        if (!word.empty()) words.push_back(word);
      }
    }
    add(words);
  }

  /// One entry, which is used up.
  void add(std::vector<std::string>& words) {
    if (words.size() == 3 && words[1] == "=") {
      const FieldType* same = type_of(words[2]);
      *named(words[0]) = *same;
      named(words[0])->name = printed(words[0]);
    } else if (!words.empty()) {
      FieldType* type = named(words[0].substr(0, words[0].size() - 1));
      if (words.size() == 1) known_empty_.emplace(words[0].substr(0, words[0].size() - 1), true);
      for (size_t i = 1; i < words.size(); ++i) {
        const size_t colon = words[i].find(':');
        const std::string what = colon == std::string::npos ? "string" : words[i].substr(colon + 1);
        type->fields[words[i].substr(0, colon)] = type_of(what);
      }
    }
    words.clear();
  }

  static std::string printed(const std::string& name) { return name.substr(0, name.find('#')); }

  /// The struct of that name, or a place for it.
  FieldType* named(const std::string& name) {
    std::unique_ptr<FieldType>& place = structs_[name];
    if (!place) {
      place = std::make_unique<FieldType>();
      place->kind = Kind::kStruct;
      place->name = printed(name);
    }
    return place.get();
  }

  const FieldType* type_of(const std::string& word) {
    static const std::map<std::string, std::pair<Kind, const char*>> kPlain = {
        {"string", {Kind::kString, "string"}},
        {"bool", {Kind::kBool, "bool"}},
        {"int32", {Kind::kInt32, "int32"}},
        {"int64", {Kind::kInt64, "int64"}},
        {"float64", {Kind::kFloat, "float64"}},
        {"bytes", {Kind::kBytes, "[]uint8"}},
        {"IntOrString", {Kind::kIntOrString, "intstr.IntOrString"}},
        {"Quantity", {Kind::kQuantity, "resource.Quantity"}},
        {"Time", {Kind::kTime, "v1.Time"}},
        {"MicroTime", {Kind::kMicroTime, "v1.MicroTime"}},
        {"any", {Kind::kAny, "any"}}};
    const auto plain = kPlain.find(word);
    if (plain != kPlain.end()) return shared(word, plain->second.first, plain->second.second, nullptr);
    if (word.starts_with('$')) return shared(word, Kind::kString, word.substr(1), nullptr);
    if (word.starts_with("[]")) return list_of(word, Kind::kList, "[]");
    if (word.starts_with("{}")) return list_of(word, Kind::kMap, "map[string]");
    if (word.starts_with("SchemaOr")) {
      const Kind kind = word == "SchemaOrArray" ? Kind::kSchemaOrArray : Kind::kSchemaOrBool;
      return shared(word, kind, "v1.JSONSchemaProps", named("v1.JSONSchemaProps"));
    }
    return named(word);
  }

  const FieldType* list_of(const std::string& word, Kind kind, const char* prefix) {
    const FieldType* element = type_of(word.substr(2));
    return shared(word, kind, prefix + element->name, element);
  }

  const FieldType* shared(const std::string& word, Kind kind, const std::string& name, const FieldType* element) {
    std::unique_ptr<FieldType>& place = others_[word];
    if (!place) {
      place = std::make_unique<FieldType>();
      place->kind = kind;
      place->name = name;
      place->element = element;
    }
    return place.get();
  }

  std::map<std::string, std::unique_ptr<FieldType>> structs_, others_;
  std::map<std::string, bool> known_empty_;
};

}  // namespace

const FieldType* struct_type(const std::string& name) {
  static const GraphReader graph;
  return graph.find(name);
}

}  // namespace zdt::rehearsal::api
