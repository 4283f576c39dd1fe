// A place in an object, for messages: spec.template.spec.containers[0].env[2].name.
#pragma once
#include <string>
#include <string_view>

namespace zdt::rehearsal::api {

/// Places are linked on the stack and become text only when a rule is broken, so that a large valid body pays nothing for
/// them. A parent must outlive its children; that is why every level needs a name (the compiler refuses a temporary parent).
/// A name may hold several: here / "httpGet.port".
class Where {
 public:
  explicit Where(std::string_view name) : name_(name) {}
  /// A field.
  Where operator/(std::string_view name) const& { return {this, name, kNone, false}; }
  /// An item of this list.
  Where operator[](size_t index) const& { return {this, {}, index, false}; }
  /// An item of the list that is the field `name`.
  Where item(std::string_view name, size_t index) const& { return {this, name, index, false}; }
  /// An entry of this map: limits[cpu].
  Where key(std::string_view name) const& { return {this, name, kNone, true}; }
  Where operator/(std::string_view name) const&& = delete;
  Where operator[](size_t index) const&& = delete;
  Where item(std::string_view name, size_t index) const&& = delete;
  Where key(std::string_view name) const&& = delete;

  std::string text() const;
  /// The names of the fields alone, as Go's decoder tells a place: spec.template.spec.containers.env.name.
  std::string field_names() const;

 private:
  static constexpr size_t kNone = static_cast<size_t>(-1);
  Where(const Where* parent, std::string_view name, size_t index, bool is_key)
      : parent_(parent), name_(name), index_(index), is_key_(is_key) {}
  std::string joined(bool names_only) const;

  const Where* parent_ = nullptr;
  std::string_view name_;
  size_t index_ = kNone;
  bool is_key_ = false;
};

}  // namespace zdt::rehearsal::api
