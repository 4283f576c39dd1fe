#include "rehearsal/api/json_patch.h"

#include <fmt/format.h>

#include <charconv>

#include "base/json_limits.h"
#include "rehearsal/api/content.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMaxOperations = 10'000;    // maxJSONPatchOperations
constexpr size_t kMaxCopied = 3 << 20;       // --json-patch-max-copy-bytes
constexpr size_t kMaxShifted = 20'000'000;   // list items that move aside for others: some 100 ms

Failure does_not_apply(const std::string& why) {
  return {422, "Invalid", "the server rejected our request due to an error in our request: " + why};
}

Failure missing(const std::string& operation, const std::string& path) {
  return does_not_apply(fmt::format("{} operation does not apply: doc is missing path: \"{}\": missing value", operation,
                                    excerpt(path)));
}

class Patcher {
 public:
  explicit Patcher(json object) : object_(std::move(object)) {}

  void apply(const json& operation) {
    kind_ = text_of(operation, "op");
    const std::string path = text_of(operation, "path");
    if (kind_ == "add") add(path, value_of(operation));
    if (kind_ == "replace") place(path) = value_of(operation);
    if (kind_ == "remove") remove(path);
    if (kind_ == "test") test(path, value_of(operation));
    if (kind_ == "copy") add(path, copied(text_of(operation, "from")));
    if (kind_ == "move") move(text_of(operation, "from"), path);
    static const std::set<std::string> kKinds = {"add", "replace", "remove", "test", "copy", "move"};
    if (!kKinds.contains(kind_)) throw does_not_apply("Unexpected kind: " + excerpt(kind_));
  }

  json take() {
    if (is_deeper_than(object_, kMaxDepth))
      throw does_not_apply(fmt::format("the result is nested deeper than {} levels", kMaxDepth));
    return std::move(object_);
  }

 private:
  static std::string text_of(const json& operation, const char* field) {
    const json& value = at(operation, {field});
    if (!value.is_string()) throw does_not_apply(fmt::format("an operation has no text \"{}\"", field));
    return value.get<std::string>();
  }

  static const json& value_of(const json& operation) {
    const auto value = operation.find("value");
    if (value == operation.end()) throw does_not_apply("an operation has no \"value\"");
    return *value;
  }

  static json::json_pointer pointer(const std::string& path) {
    try {
      return json::json_pointer(path);
    } catch (const json::exception& failure) {
      throw does_not_apply(excerpt(failure.what()));
    }
  }

  json& place(const std::string& path) {
    const auto where = pointer(path);
    if (!exists(where)) throw missing(kind_, path);
    return object_[where];
  }

  bool exists(const json::json_pointer& where) const {
    try {
      return object_.contains(where);
    } catch (const json::exception&) {  // an index that is no number
      return false;
    }
  }

  /// The list or object that `path` stands in, and its last part.
  std::pair<json*, std::string> parent(const std::string& path) {
    auto where = pointer(path);
    std::string last = where.back();
    where.pop_back();
    if (!exists(where)) throw missing(kind_, path);
    return {&object_[where], std::move(last)};
  }

  /// Of an item of `list`; `end` for where one may be added.
  size_t index(const json& list, const std::string& text, const std::string& path, bool end) {
    if (end && text == "-") return list.size();
    size_t value = 0;
    const auto [stop, failure] = std::from_chars(text.data(), text.data() + text.size(), value);
    const bool canonical = failure == std::errc() && stop == text.data() + text.size() && std::to_string(value) == text;
    if (!canonical || value >= list.size() + (end ? 1 : 0)) throw missing(kind_, path);
    shifted_ += list.size() - value;
    if (shifted_ > kMaxShifted) throw too_large("Request entity too large: the operations of the patch move too many list items");
    return value;
  }

  void add(const std::string& path, json value) {
    if (path.empty()) return void(object_ = std::move(value));
    const auto [inside, last] = parent(path);
    if (inside->is_object()) {
      (*inside)[last] = std::move(value);
    } else if (inside->is_array()) {
      inside->insert(inside->begin() + static_cast<ptrdiff_t>(index(*inside, last, path, true)), std::move(value));
    } else {
      throw missing(kind_, path);
    }
  }

  json remove(const std::string& path) {
    if (path.empty()) throw missing(kind_, path);
    const auto [inside, last] = parent(path);
    const auto found = inside->is_object() ? inside->find(last) : inside->end();
    json removed;
    if (inside->is_array()) {
      const size_t where = index(*inside, last, path, false);
      removed = std::move((*inside)[where]);
      inside->erase(where);
    } else if (found != inside->end()) {
      removed = std::move(*found);
      inside->erase(found);
    } else {
      throw missing(kind_, path);
    }
    return removed;
  }

  void test(const std::string& path, const json& wanted) {
    const auto where = pointer(path);
    const bool holds = exists(where) ? object_[where] == wanted : wanted.is_null();
    if (!holds) throw does_not_apply(fmt::format("testing value {} failed: test failed", excerpt(path)));
  }

  json copied(const std::string& from) {
    const json& source = place(from);
    if (is_deeper_than(source, kMaxDepth))
      throw does_not_apply(fmt::format("a copy is nested deeper than {} levels", kMaxDepth));
    copied_ += source.dump(-1, ' ', false, json::error_handler_t::replace).size();
    if (copied_ <= kMaxCopied) return source;
    throw does_not_apply(fmt::format("Unable to complete the copy, the accumulated size increase of copy is {}, exceeding the limit {}",
                                     copied_, kMaxCopied));
  }

  void move(const std::string& from, const std::string& path) {
    if (path.starts_with(from + "/")) throw does_not_apply("a value cannot be moved into itself");
    if (path == from) return void(place(from));
    add(path, remove(from));
  }

  json object_;
  std::string kind_;
  size_t copied_ = 0, shifted_ = 0;
};

}  // namespace

json json_patched(json object, const json& patch) {
  if (!patch.is_array()) throw bad_request("error decoding patch: a JSON Patch is a list of operations");
  if (patch.size() > kMaxOperations) {
    throw too_large(fmt::format("Request entity too large: The allowed maximum operations in a JSON patch is {}, got {}",
                                kMaxOperations, patch.size()));
  }
  Patcher patcher(std::move(object));
  for (const json& operation : patch) patcher.apply(operation);
  return patcher.take();
}

}  // namespace zdt::rehearsal::api
