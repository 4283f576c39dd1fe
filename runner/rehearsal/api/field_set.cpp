#include "rehearsal/api/field_set.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_map>

#include "base/json_limits.h"
#include "rehearsal/api/list_index.h"

namespace zdt::rehearsal::api {
namespace {

const json kNoValue;  // of a list item

class Flattener {
 public:
  explicit Flattener(const Shape& shape) : shape_(shape) {}

  Leaves flatten(const json& object) {
    add_fields(object);
    return std::move(leaves_);
  }

 private:
  void add_fields(const json& object) {
    for (const auto& [field, value] : object.items()) {
      path_.push("f:" + field);
      names_.push_back(field);
      add_value(value);
      names_.pop_back();
      path_.pop();
    }
  }

  void add_value(const json& value) {
    if (value.is_object() && !value.empty() && !shape_.is_atomic_map(names_)) {
      add_fields(value);
    } else if (value.is_array() && !value.empty()) {
      add_list(value);
    } else {
      add_leaf(value);
    }
  }

  void add_list(const json& list) {
    const ListShape shape = shape_.list(names_);
    if (shape.kind == ListShape::Kind::kAtomic) add_leaf(list);
    if (shape.kind == ListShape::Kind::kAtomic) return;
    for (const json& item : list) {
      path_.push(element(item, shape));
      add_leaf(kNoValue);
      if (item.is_object()) add_fields(item);
      path_.pop();
    }
  }

  void add_leaf(const json& value) { leaves_.insert_or_assign(leaves_.end(), path_, &value); }

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
  Leaves leaves_;
};

/// What managedFields never mentions (apimachinery/pkg/util/managedfields/internal/stripmeta.go).
bool is_unowned(const FieldPath& path) {
  static const FieldSet kUnowned = [] {
    FieldSet paths = {{"f:apiVersion"}, {"f:kind"}};
    for (const char* field : {"name", "namespace", "creationTimestamp", "selfLink", "uid", "generation", "clusterName", "managedFields",
                              "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds"})
      paths.insert({"f:metadata", std::string("f:") + field});
    return paths;
  }();
  return kUnowned.contains(path.head(2));
}

void collect(const json& node, FieldPath& path, FieldSet& fields) {
  if (!node.is_object()) return;
  if (!path.empty() && (node.empty() || node.contains("."))) fields.insert(path);
  for (const auto& [element, below] : node.items()) {
    if (element.size() < 2 || element[1] != ':') continue;  // "." too: it was looked at above
    path.push(element);
    collect(below, path, fields);
    path.pop();
  }
}

/// Writes paths in their order into a tree; a field that has fields below it and is one of them has ".".
class FieldsWriter {
 public:
  void add(const FieldPath& path) {
    const std::vector<std::string> elements = path.elements();
    const auto differ = std::mismatch(elements.begin(), elements.end(), elements_.begin(), elements_.end()).first;
    above_.resize(static_cast<size_t>(differ - elements.begin()) + 1);
    for (auto element = differ; element != elements.end(); ++element) {
      json& node = *above_.back().node;
      if (above_.back().is_field) node["."] = json::object();
      json& below = node[*element];
      below = json::object();
      above_.push_back({&below});
    }
    above_.back().is_field = true;
    elements_ = elements;
  }
  json take() { return std::move(root_); }

 private:
  struct Place {
    json* node;
    bool is_field = false;  // a path ends here
  };
  json root_ = json::object();
  std::vector<Place> above_{{&root_}};  // from the root to the last path's end
  std::vector<std::string> elements_;   // of the last path
};

/// Paths as a tree.   here  the path that ends here is one of them.
struct PathTree {
  std::map<std::string, PathTree> below;
  bool here = false;
};

PathTree tree_of(const FieldSet& paths) {
  PathTree root;
  for (const FieldPath& path : paths) {
    PathTree* place = &root;
    for (const std::string& element : path.elements()) place = &place->below[element];
    place->here = true;
  }
  return root;
}

/// The branches that mean items of a list, found by what an item says of itself.
class ItemBranches {
  /// The items of one list have the same keys; who writes managedFields by hand might give each of them others.
  static constexpr size_t kKeySets = 16;

 public:
  explicit ItemBranches(const PathTree& tree) {
    for (const auto& [element, branch] : tree.below) {
      if (element.starts_with("f:")) continue;
      const json wanted = parse_json_or_null(std::string_view(element).substr(2));
      std::vector<std::string> keys;
      if (element.starts_with("k:") && !wanted.is_object()) continue;
      if (element.starts_with("k:")) {
        for (const auto& entry : wanted.items()) keys.push_back(entry.key());
        if (keys.empty()) continue;
      }
      if (branches_.size() == kKeySets && !branches_.contains(keys)) continue;
      branches_[keys][identity_by(keys)(wanted)] = &branch;
    }
  }

  /// Null when no path leads to `item`.
  const PathTree* of(const json& item) const {
    for (const auto& [keys, by_identity] : branches_) {
      const auto found = by_identity.find(identity_by(keys)(item));
      if (found != by_identity.end()) return found->second;
    }
    return nullptr;
  }

 private:
  std::map<std::vector<std::string>, std::unordered_map<std::string, const PathTree*>> branches_;
};

bool remove_below(json& node, const PathTree& tree);

bool remove_items(json& list, const PathTree& tree) {
  const ItemBranches branches(tree);
  json kept = json::array();
  for (json& item : list) {
    const PathTree* branch = branches.of(item);
    if (branch != nullptr && branch->here) continue;
    if (branch != nullptr) remove_below(item, *branch);
    kept.push_back(std::move(item));
  }
  const bool removed = kept.size() < list.size();
  list = std::move(kept);
  return removed;
}

/// Whether something was removed.
bool remove_below(json& node, const PathTree& tree) {
  if (node.is_array()) return remove_items(node, tree);
  if (!node.is_object()) return false;
  bool removed = false;
  for (const auto& [element, branch] : tree.below) {
    const auto field = element.starts_with("f:") ? node.find(element.substr(2)) : node.end();
    if (field == node.end()) continue;
    const bool emptied = !branch.here && remove_below(*field, branch) && field->empty();
    if (branch.here || emptied) node.erase(field), removed = true;
  }
  return removed;
}

}  // namespace

Leaves leaves_of(const json& object, const Shape& shape) {
  return Flattener(shape).flatten(object);
}

FieldSet owned_fields(const FieldSet& fields) {
  FieldSet owned;
  for (const FieldPath& path : fields) {
    if (!is_unowned(path)) owned.insert(owned.end(), path);
  }
  return owned;
}

json to_fields_v1(const FieldSet& fields) {
  FieldsWriter writer;
  for (const FieldPath& path : fields) writer.add(path);
  return writer.take();
}

FieldSet from_fields_v1(const json& fields) {
  FieldSet set;
  FieldPath path;
  collect(fields, path, set);
  return set;
}

std::string dotted(const FieldPath& path) {
  std::string text;
  for (const std::string& element : path.elements()) {
    if (element.starts_with("f:")) {
      text += "." + element.substr(2);
      continue;
    }
    const json keys = parse_json_or_null(std::string_view(element).substr(2));
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

void remove_fields(json& object, const FieldSet& paths) { remove_below(object, tree_of(paths)); }

}  // namespace zdt::rehearsal::api
