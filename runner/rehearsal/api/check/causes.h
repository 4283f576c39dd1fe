// The broken rules of one object, in the words of kube-apiserver (apimachinery/pkg/util/validation/field/errors.go).
#pragma once
#include <initializer_list>

#include "rehearsal/api/check/where.h"
#include "rehearsal/api/failure.h"

namespace zdt::rehearsal::api {

/// At most so many bytes of `text`, whole characters.
std::string cut_text(std::string text, size_t most);

/// Collects broken rules. An answer is bounded: after 100 causes, or 1 MiB of values shown in them, one last cause says that
/// the others are left out. A value longer than 1 KiB is cut.
class Causes {
 public:
  using Words = std::initializer_list<std::string_view>;

  void required(const Where& field, std::string_view why = "");
  /// value  as it is shown: strings quoted, others as JSON.
  void invalid(const Where& field, const json& value, std::string_view why);
  void duplicate(const Where& field, const json& value);
  void forbidden(const Where& field, std::string_view why);
  void unsupported(const Where& field, const json& value, Words supported);
  void not_found(const Where& field, const json& value);
  void too_long(const Where& field, size_t most_bytes);
  void too_many(const Where& field, size_t items, size_t most);

  /// Whether nothing more is taken in: a loop over a long list may end.
  bool full() const { return full_; }
  const std::vector<Cause>& all() const { return causes_; }

 private:
  void add(const char* reason, const Where& field, std::string message);
  std::string shown(const json& value);

  std::vector<Cause> causes_;
  size_t shown_bytes_ = 0;
  bool full_ = false;
};

}  // namespace zdt::rehearsal::api
