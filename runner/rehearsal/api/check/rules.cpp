#include "rehearsal/api/check/rules.h"

#include <fmt/format.h>

#include "base/text.h"

namespace zdt::rehearsal::api {
namespace {

const std::string kNoText;

}  // namespace

bool is_set(const json& object, std::string_view field) { return !at(object, {field}).is_null(); }

const std::string& text(const json& value) {
  return value.is_string() ? value.get_ref<const std::string&>() : kNoText;
}

const std::string& text_of(const json& object, std::string_view field) { return text(at(object, {field})); }

void check_text(const json& value, Rule rule, const Where& where, Causes& causes) {
  if (!value.is_string()) return;
  const std::string broken = rule(text(value));
  if (!broken.empty()) causes.invalid(where, value, broken);
}

void check_field(const json& object, std::string_view field, Rule rule, const Where& where, Causes& causes) {
  const json& value = at(object, {field});
  if (!text(value).empty()) check_text(value, rule, where / field, causes);
}

bool check_required(const json& object, std::string_view field, const Where& where, Causes& causes) {
  if (!text_of(object, field).empty()) return true;
  causes.required(where / field);
  return false;
}

void check_choice(const json& object, std::string_view field, Causes::Words words, const Where& where,
                  Causes& causes) {
  const json& value = at(object, {field});
  if (!value.is_string()) return;
  if (std::find(words.begin(), words.end(), text(value)) == words.end())
    causes.unsupported(where / field, value, words);
}

std::string range_words(int64_t least, int64_t most) {
  return fmt::format("must be between {} and {}, inclusive", least, most);
}

void check_range(const json& object, std::string_view field, int64_t least, int64_t most, const Where& where,
                 Causes& causes) {
  const json& value = at(object, {field});
  if (!value.is_number()) return;
  const int64_t number = int_at(object, {field}, least - 1);
  if (number < least || number > most) causes.invalid(where / field, value, range_words(least, most));
}

void check_not_negative(const json& object, std::string_view field, const Where& where, Causes& causes) {
  const json& value = at(object, {field});
  if (value.is_number() && int_at(object, {field}, -1) < 0)
    causes.invalid(where / field, value, "must be greater than or equal to 0");
}

void check_port_number(const json& value, const Where& where, Causes& causes) {
  const int64_t number = int_at(value, {}, 0);
  if (number < 1 || number > 65535) causes.invalid(where, value.is_null() ? json(0) : value, range_words(1, 65535));
}

void check_port_or_name(const json& value, const Where& where, Causes& causes) {
  if (value.is_string()) return check_text(value, broken_port_name_rule, where, causes);
  check_port_number(value, where, causes);
}

void check_number_or_percent(const json& value, const Where& where, Causes& causes, bool at_most_100) {
  if (value.is_string()) {
    const std::string& percent = text(value);
    const std::string broken = broken_percent_rule(percent);
    if (!broken.empty()) return causes.invalid(where, value, broken);
    const size_t nought = percent.find_first_not_of('0');  // "0100%" is 100%
    const size_t digits = nought == std::string::npos ? 0 : percent.size() - 1 - nought;
    if (at_most_100 && (digits > 3 || (digits == 3 && percent.substr(nought) != "100%")))
      causes.invalid(where, value, "must not be greater than 100%");
  } else if (value.is_number() && int_at(value, {}, -1) < 0) {
    causes.invalid(where, value, "must be greater than or equal to 0");
  }
}

void check_protocol(const json& object, const Where& where, Causes& causes) {
  check_choice(object, "protocol", {"SCTP", "TCP", "UDP"}, where, causes);
}

void check_no_backsteps(const std::string& path, const Where& where, Causes& causes) {
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (path.compare(begin, end - begin, "..") == 0) return causes.invalid(where, path, "must not contain '..'");
    begin = end + 1;
  }
}

void check_descending_path(const std::string& path, const Where& where, Causes& causes) {
  if (path.starts_with('/')) causes.invalid(where, path, "must be a relative path");
  check_no_backsteps(path, where, causes);
}

void check_unreserved_path(const std::string& path, const Where& where, Causes& causes) {
  check_descending_path(path, where, causes);
  if (path.starts_with("..") && path != ".." && !path.starts_with("../"))
    causes.invalid(where, path, "must not start with '..'");
}

}  // namespace zdt::rehearsal::api
