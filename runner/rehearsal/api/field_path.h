// The place of one field in an object, as managedFields writes it (FieldsV1).
// https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.33/#fieldsv1-v1-meta
#pragma once
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace zdt::rehearsal::api {

/// The elements from the top down in FieldsV1's own writing: "f:spec", "k:{\"name\":\"app\"}", "v:\"a\"". Sorted, a path
/// comes right before those below it. One string holds them all: every write compares tens of thousands of paths.
class FieldPath {
 public:
  FieldPath() = default;
  FieldPath(std::initializer_list<std::string_view> elements);

  void push(std::string_view element);
  void pop();

  bool empty() const { return text_.empty(); }
  /// How many elements it has.
  size_t size() const;
  std::vector<std::string> elements() const;
  /// The last element; of a path that is not empty.
  std::string last() const;
  /// The first `elements` of them; all when there are fewer.
  FieldPath head(size_t elements) const;
  FieldPath parent() const;
  /// Whether `above` is this path, or one above it.
  bool is_within(const FieldPath& above) const { return text_.starts_with(above.text_); }

  auto operator<=>(const FieldPath&) const = default;

 private:
  std::string text_;  // each element with kEnd behind it
};

using FieldSet = std::set<FieldPath>;

}  // namespace zdt::rehearsal::api
