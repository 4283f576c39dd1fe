#include "rehearsal/api/field_set.h"

#include <fmt/format.h>

#include <algorithm>

namespace zdt::rehearsal::api {
namespace {

class Flattener {
 public:
  explicit Flattener(const Shape& shape) : shape_(shape) {}

  std::map<FieldPath, json> flatten(const json& object) {
    add_fields(object);
    return std::move(leaves_);
  }

 private:
  void add_fields(const json& object) {
    for (const auto& [field, value] : object.items()) {
      path_.push_back("f:" + field);
      names_.push_back(field);
      add_value(value);
      names_.pop_back();
      path_.pop_back();
    }
  }

  void add_value(const json& value) {
    if (value.is_object() && !value.empty() && !shape_.is_atomic_map(names_)) {
      add_fields(value);
    } else if (value.is_array() && !value.empty()) {
      add_list(value);
    } else {
      leaves_[path_] = value;
    }
  }

  void add_list(const json& list) {
    const ListShape shape = shape_.list(names_);
    if (shape.kind == ListShape::Kind::kAtomic) leaves_[path_] = list;
    if (shape.kind == ListShape::Kind::kAtomic) return;
    for (const json& item : list) {
      path_.push_back(element(item, shape));
      leaves_[path_] = nullptr;
      if (item.is_object()) add_fields(item);
      path_.pop_back();
    }
  }

  static std::string element(const json& item, const ListShape& shape) {
    if (shape.kind == ListShape::Kind::kSet) return "v:" + item.dump();
    json keys = json::object();
    for (const std::string& key : shape.keys) {
      const json value = key_value(item, key);
      if (!value.is_null()) keys[key] = value;
    }
    return "k:" + keys.dump();
  }

  const Shape& shape_;
  Names names_;
  FieldPath path_;
  std::map<FieldPath, json> leaves_;
};

/// What managedFields never mentions (apimachinery/pkg/util/managedfields/internal/stripmeta.go).
bool is_unowned(const FieldPath& path) {
  static const std::set<std::string> kTop = {"f:apiVersion", "f:kind"};
  static const std::set<std::string> kMetadata = {"f:name",
                                                  "f:namespace",
                                                  "f:creationTimestamp",
                                                  "f:selfLink",
                                                  "f:uid",
                                                  "f:generation",
                                                  "f:clusterName",
                                                  "f:managedFields",
                                                  "f:resourceVersion",
                                                  "f:deletionTimestamp",
                                                  "f:deletionGracePeriodSeconds"};
  if (path.size() == 1) return kTop.contains(path[0]);
  return path.size() >= 2 && path[0] == "f:metadata" && kMetadata.contains(path[1]);
}

void collect(const json& node, FieldPath& path, FieldSet& fields) {
  if (!node.is_object()) return;
  if (!path.empty() && (node.empty() || node.contains("."))) fields.insert(path);
  for (const auto& [element, below] : node.items()) {
    if (element == ".") continue;
    path.push_back(element);
    collect(below, path, fields);
    path.pop_back();
  }
}

bool has_element(const json& item, const std::string& element) {
  const json wanted = json::parse(element.substr(2), nullptr, false);
  if (element.starts_with("v:")) return item == wanted;
  if (!wanted.is_object()) return false;
  return std::all_of(wanted.items().begin(), wanted.items().end(),
                     [&](const auto& entry) { return key_value(item, entry.key()) == entry.value(); });
}

/// Whether something was left that its parent must keep.
bool remove_below(json& node, const FieldPath& path, size_t depth) {
  const std::string& element = path[depth];
  const bool last = depth + 1 == path.size();
  if (element.starts_with("f:")) {
    const std::string field = element.substr(2);
    if (!node.is_object() || !node.contains(field)) return true;
    if (last || !remove_below(node[field], path, depth + 1)) node.erase(field);
    return !node.empty();
  }
  if (!node.is_array()) return true;
  const auto item =
      std::find_if(node.begin(), node.end(), [&](const json& each) { return has_element(each, element); });
  if (item == node.end()) return true;
  if (last) node.erase(item);
  if (!last) remove_below(*item, path, depth + 1);
  return !node.empty();
}

}  // namespace

std::map<FieldPath, json> leaves_of(const json& object, const Shape& shape) {
  return Flattener(shape).flatten(object);
}

FieldSet owned_fields(const FieldSet& fields) {
  FieldSet owned;
  for (const FieldPath& path : fields) {
    if (!is_unowned(path)) owned.insert(path);
  }
  return owned;
}

json to_fields_v1(const FieldSet& fields) {
  json root = json::object();
  for (const FieldPath& path : fields) {
    json* here = &root;
    for (const std::string& element : path) {
      json& below = (*here)[element];
      if (below.is_null()) below = json::object();
      here = &below;
    }
    (*here)["."] = json::object();
  }
  // A leaf is written {}, only a field that has fields below it needs ".".
  const std::function<void(json&)> tidy = [&](json& node) {
    if (node.size() == 1 && node.contains(".")) node.clear();
    for (auto& entry : node.items()) {
      if (entry.key() != ".") tidy(entry.value());
    }
  };
  tidy(root);
  return root;
}

FieldSet from_fields_v1(const json& fields) {
  FieldSet set;
  FieldPath path;
  collect(fields, path, set);
  return set;
}

std::string dotted(const FieldPath& path) {
  std::string text;
  for (const std::string& element : path) {
    if (element.starts_with("f:")) {
      text += "." + element.substr(2);
      continue;
    }
    const json keys = json::parse(element.substr(2), nullptr, false);
    if (!keys.is_object()) {
      text += fmt::format("[={}]", element.substr(2));
      continue;
    }
    std::string pairs;
    for (const auto& [key, value] : keys.items())
      pairs += fmt::format("{}{}={}", pairs.empty() ? "" : ",", key, value.dump());
    text += "[" + pairs + "]";
  }
  return text;
}

void remove_field(json& object, const FieldPath& path) {
  if (!path.empty()) remove_below(object, path, 0);
}

}  // namespace zdt::rehearsal::api
