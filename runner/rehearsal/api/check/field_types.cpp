#include "rehearsal/api/check/field_types.h"

#include <fmt/format.h>

#include "rehearsal/api/check/field_graph.h"
#include "rehearsal/api/check/formats.h"
#include "rehearsal/api/check/quantity.h"
#include "rehearsal/api/check/where.h"

namespace zdt::rehearsal::api {
namespace {

using Kind = FieldType::Kind;
constexpr size_t kMostUnknown = 100;  // as Go's strict decoder
constexpr int kMostNesting = 300;     // no type nests so deep but a schema; bodies are bounded before
constexpr size_t kMostShownNumber = 40;

/// The place of a value as Go's decoder keeps it: the struct around it, and field names without indices.
struct Frame {
  const FieldType* around = nullptr;
  const Where* where = nullptr;
};

const char* kind_word(const json& value) {
  if (value.is_null()) return "null";
  if (value.is_boolean()) return "bool";
  if (value.is_object()) return "object";
  if (value.is_array()) return "array";
  return value.is_string() ? "string" : "number";
}

bool fits(Kind kind, const json& value) {
  constexpr int64_t kLeast = INT32_MIN, kMost = INT32_MAX;
  if (!value.is_number_integer()) return false;
  if (value.is_number_unsigned()) {
    const auto most = static_cast<uint64_t>(kind == Kind::kInt32 ? kMost : INT64_MAX);
    return value.get<uint64_t>() <= most;
  }
  const auto number = value.get<int64_t>();
  return kind == Kind::kInt64 || (number >= kLeast && number <= kMost);
}

/// "number 1.5" where a number cannot be kept, else the kind's word.
std::string number_word(const json& value) {
  return value.is_number() ? "number " + value.dump().substr(0, kMostShownNumber) : kind_word(value);
}

std::string plain(const std::string& given, const char* wanted) {
  return fmt::format("json: cannot unmarshal {} into Go value of type {}", given, wanted);
}

/// What a value of a type that decodes itself is refused with; "" when it is read.
std::string own_decoder_fault(Kind kind, const json& value) {
  std::string why;
  switch (kind) {
    case Kind::kIntOrString:
      return value.is_string() || fits(Kind::kInt32, value) ? "" : plain(number_word(value), "int32");
    case Kind::kQuantity: {
      const std::string text = value.is_string() ? value.get<std::string>() : value.is_number() ? value.dump() : "?";
      return exact_quantity(text, &why) ? "" : why;
    }
    case Kind::kTime:
    case Kind::kMicroTime:
      if (!value.is_string()) return plain(kind_word(value), "string");
      return kind == Kind::kTime ? broken_time(value.get_ref<const std::string&>())
                                 : broken_micro_time(value.get_ref<const std::string&>());
    case Kind::kBytes:
      return broken_base64(value.get_ref<const std::string&>());
    default:
      return "";
  }
}

/// How `value` is named when it is not of the type, "" when it is.
std::string other_type(const FieldType& type, const json& value) {
  const auto unless = [&](bool fine) { return fine ? "" : kind_word(value); };
  switch (type.kind) {
    case Kind::kString:
    case Kind::kBytes:
      return unless(value.is_string());
    case Kind::kBool:
      return unless(value.is_boolean());
    case Kind::kInt32:
    case Kind::kInt64:
      return fits(type.kind, value) ? "" : number_word(value);
    case Kind::kFloat:
      return unless(value.is_number());
    case Kind::kList:
      return unless(value.is_array());
    case Kind::kMap:
    case Kind::kStruct:
      return unless(value.is_object());
    case Kind::kSchemaOrArray:
      return unless(value.is_object() || value.is_array());
    case Kind::kSchemaOrBool:
      return unless(value.is_object() || value.is_boolean());
    default:
      return "";
  }
}

/// Visits every value that has a type, depth first. `Report` is told of faults; it may end the walk.
template <class Report>
class TypeWalk {
 public:
  explicit TypeWalk(Report& report) : report_(report) {}

  void walk(const FieldType& type, const json& value, const Frame& frame, int depth = 0) {
    if (value.is_null() || report_.done()) return;
    if (depth > kMostNesting) return report_.decoder(frame, "exceeded max depth");
    const std::string other = other_type(type, value);
    if (!other.empty()) return report_.other(type, value, other, frame);
    const std::string fault = own_decoder_fault(type.kind, value);
    if (!fault.empty()) return report_.decoder(frame, fault);
    if (type.kind == Kind::kStruct) return fields(type, value, frame, depth);
    if (type.element != nullptr) below(type, value, frame, depth);
  }

 private:
  void fields(const FieldType& type, const json& value, const Frame& frame, int depth) {
    for (const auto& [name, content] : value.items()) {
      const Where here = frame.where != nullptr ? *frame.where / name : Where(name);
      const auto field = type.fields.find(name);
      if (field == type.fields.end()) {
        report_.unknown(here);
      } else {
        walk(*field->second, content, {&type, &here}, depth + 1);
      }
      if (report_.done()) return;
    }
  }

  void below(const FieldType& type, const json& value, const Frame& frame, int depth) {
    if (value.is_array()) {
      for (size_t i = 0; i < value.size() && !report_.done(); ++i) {
        const Where here = (*frame.where)[i];
        const Frame item{frame.around, &here};
        // Go reads a null as the type's zero; here nobody would expect one in a list.
        if (value[i].is_null() && type.element->kind != Kind::kAny) report_.other(*type.element, value[i], "null", item);
        walk(*type.element, value[i], item, depth + 1);
      }
    } else if (type.kind == Kind::kMap) {
      for (const auto& [key, content] : value.items()) {
        const Where here = frame.where->key(key);
        walk(*type.element, content, {frame.around, &here}, depth + 1);
        if (report_.done()) return;
      }
    } else if (value.is_object()) {
      walk(*type.element, value, frame, depth + 1);  // a schema that could be something else
    }
  }

  Report& report_;
};

/// The words of a built-in kind's decoder: the first fault counts.
class DecoderReport {
 public:
  explicit DecoderReport(FieldFaults& faults) : faults_(faults) {}
  bool done() const { return !faults_.mistyped.empty(); }

  void other(const FieldType& type, const json&, const std::string& given, const Frame& frame) {
    faults_.mistyped = frame.around == nullptr
                           ? plain(given, type.name.c_str())
                           : fmt::format("json: cannot unmarshal {} into Go struct field {}.{} of type {}", given,
                                         frame.around->name.substr(frame.around->name.rfind('.') + 1),
                                         frame.where->field_names(), type.name);
  }
  void decoder(const Frame&, const std::string& fault) { faults_.mistyped = fault; }
  void unknown(const Where& where) {
    if (faults_.unknown.size() < kMostUnknown) faults_.unknown.push_back(where.text());
  }

 private:
  FieldFaults& faults_;
};

/// The words of a custom resource's schema.
class SchemaReport {
 public:
  explicit SchemaReport(std::vector<Cause>& causes) : causes_(causes) {}
  bool done() const { return causes_.size() >= kMostUnknown; }

  void other(const FieldType& type, const json& value, const std::string&, const Frame& frame) {
    add(frame, fmt::format("Invalid value: \"{0}\": {2} in body must be of type {1}: \"{0}\"", schema_word(value),
                           wanted_word(type.kind), place(frame)));
  }
  void decoder(const Frame& frame, const std::string& fault) {
    add(frame, fmt::format("Invalid value: {} in body is not valid: {}", place(frame), fault));
  }
  void unknown(const Where&) {}

 private:
  static std::string place(const Frame& frame) { return frame.where != nullptr ? frame.where->text() : ""; }
  void add(const Frame& frame, std::string message) {
    causes_.push_back({"FieldValueTypeInvalid", place(frame), std::move(message)});
  }
  static const char* schema_word(const json& value) {
    if (value.is_boolean()) return "boolean";
    return value.is_number_integer() ? "integer" : kind_word(value);
  }
  static const char* wanted_word(Kind kind) {
    switch (kind) {
      case Kind::kBool:
        return "boolean";
      case Kind::kInt32:
      case Kind::kInt64:
        return "integer";
      case Kind::kFloat:
        return "number";
      case Kind::kList:
        return "array";
      case Kind::kMap:
      case Kind::kStruct:
        return "object";
      default:
        return "string";
    }
  }

  std::vector<Cause>& causes_;
};

/// The struct of a built-in kind.
std::string root_name(const ResourceType& type) {
  if (type.group == "events.k8s.io") return "v1.Event#events";
  return type.version + "." + type.kind;
}

void settle(const FieldType& type, json& value, int depth) {
  if (depth > kMostNesting || value.is_null()) return;
  if (type.kind == Kind::kQuantity && value.is_number()) {
    value = value.dump();
  } else if (type.kind == Kind::kStruct && value.is_object()) {
    for (auto& [name, content] : value.items()) {
      const auto field = type.fields.find(name);
      if (field != type.fields.end()) settle(*field->second, content, depth + 1);
    }
  } else if (type.kind == Kind::kList && value.is_array()) {
    for (json& item : value) settle(*type.element, item, depth + 1);
  } else if (type.kind == Kind::kMap && value.is_object()) {
    for (auto& [name, content] : value.items()) settle(*type.element, content, depth + 1);
  }
}

}  // namespace

FieldFaults field_faults(const std::string& struct_name, const json& value) {
  FieldFaults faults;
  const FieldType* root = struct_type(struct_name);
  if (root == nullptr) return faults;
  DecoderReport report(faults);
  TypeWalk<DecoderReport>(report).walk(*root, value, {});
  return faults;
}

FieldFaults field_faults(const ResourceType& type, const json& object) {
  return field_faults(root_name(type), object);
}

std::vector<Cause> custom_field_faults(const ResourceType& type, const json& object) {
  std::vector<Cause> causes;
  const FieldType* root = struct_type(type.kind + "@" + type.group);
  if (root == nullptr) return causes;
  SchemaReport report(causes);
  TypeWalk<SchemaReport>(report).walk(*root, object, {});
  return causes;
}

void settle_quantities(const ResourceType& type, json& object) {
  const FieldType* root = struct_type(root_name(type));
  if (root != nullptr) settle(*root, object, 0);
}

}  // namespace zdt::rehearsal::api
