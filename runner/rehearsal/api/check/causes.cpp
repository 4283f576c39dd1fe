#include "rehearsal/api/check/causes.h"

#include <fmt/format.h>

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostCauses = 100;
constexpr size_t kMostShown = 1 << 20;
constexpr size_t kMostOfAValue = 1 << 10;

}  // namespace

std::string cut_text(std::string text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xC0) == 0x80) --most;  // not inside a character
  text.resize(most);
  return text;
}

std::string Causes::shown(const json& value) {
  if (full_) return "";
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  shown_bytes_ += text.size();
  return text.size() > kMostOfAValue ? cut_text(std::move(text), kMostOfAValue) + "..." : text;
}

void Causes::add(const char* reason, const Where& field, std::string message) {
  if (full_) return;
  if (causes_.size() >= kMostCauses || shown_bytes_ > kMostShown) {
    full_ = true;
    causes_.push_back({"FieldValueTooMany", field.text(), "Too many: this error and all after it are left out"});
    return;
  }
  causes_.push_back({reason, field.text(), std::move(message)});
}

void Causes::required(const Where& field, std::string_view why) {
  add("FieldValueRequired", field, why.empty() ? "Required value" : fmt::format("Required value: {}", why));
}

void Causes::invalid(const Where& field, const json& value, std::string_view why) {
  add("FieldValueInvalid", field, fmt::format("Invalid value: {}: {}", shown(value), why));
}

void Causes::duplicate(const Where& field, const json& value) {
  add("FieldValueDuplicate", field, "Duplicate value: " + shown(value));
}

void Causes::forbidden(const Where& field, std::string_view why) {
  add("FieldValueForbidden", field, fmt::format("Forbidden: {}", why));
}

void Causes::unsupported(const Where& field, const json& value, Words supported) {
  std::string words;
  for (std::string_view word : supported) words += fmt::format("{}\"{}\"", words.empty() ? "" : ", ", word);
  add("FieldValueNotSupported", field,
      fmt::format("Unsupported value: {}: supported values: {}", shown(value), words));
}

void Causes::not_found(const Where& field, const json& value) {
  add("FieldValueNotFound", field, "Not found: " + shown(value));
}

void Causes::too_long(const Where& field, size_t most_bytes) {
  add("FieldValueTooLong", field, fmt::format("Too long: may not be more than {} bytes", most_bytes));
}

void Causes::too_many(const Where& field, size_t items, size_t most) {
  add("FieldValueTooMany", field, fmt::format("Too many: {}: must have at most {} items", items, most));
}

}  // namespace zdt::rehearsal::api
