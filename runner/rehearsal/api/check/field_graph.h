// The tables of field_types.h, read once.
#pragma once
#include <map>
#include <string>

namespace zdt::rehearsal::api {

struct FieldType {
  enum class Kind {
    kString, kBool, kInt32, kInt64, kFloat, kBytes, kIntOrString, kQuantity, kTime, kMicroTime, kAny, kList, kMap, kStruct,
    kSchemaOrArray, kSchemaOrBool
  };
  Kind kind = Kind::kAny;
  std::string name;                    ///< as Go prints it: "[]v1.Container"
  const FieldType* element = nullptr;  ///< of kList and kMap; the schema of kSchemaOr…
  std::map<std::string, const FieldType*, std::less<>> fields;
};

/// Null when no table has it. Valid for the program's life.
const FieldType* struct_type(const std::string& name);

}  // namespace zdt::rehearsal::api
