// ConfigMaps and Secrets. Their keys become names of files.
#include "rehearsal/api/check/kinds.h"

namespace zdt::rehearsal::api {
namespace {

constexpr size_t kMostBytes = 1 << 20;

/// base64 as it decodes, near enough for a limit.
size_t decoded_size(const std::string& encoded) { return encoded.size() / 4 * 3; }

size_t check_entries(const json& entries, const Where& where, bool encoded, Causes& causes) {
  size_t bytes = 0;
  if (!entries.is_object()) return bytes;
  for (const auto& [key, value] : entries.items()) {
    const std::string broken = broken_config_key_rule(key);
    if (!broken.empty()) causes.invalid(where.key(key), key, broken);
    bytes += encoded ? decoded_size(text(value)) : text(value).size();
    if (causes.full()) return bytes;
  }
  return bytes;
}

/// What a Secret of a known type must hold.
void check_secret_type(const json& secret, Causes& causes) {
  struct Wanted {
    std::string_view type;
    std::vector<std::string_view> keys;
  };
  static const std::vector<Wanted> kAll = {{"kubernetes.io/tls", {"tls.crt", "tls.key"}},
                                           {"kubernetes.io/ssh-auth", {"ssh-privatekey"}},
                                           {"kubernetes.io/dockercfg", {".dockercfg"}},
                                           {"kubernetes.io/dockerconfigjson", {".dockerconfigjson"}}};
  const Where data("data");
  for (const Wanted& wanted : kAll) {
    if (wanted.type != text_of(secret, "type")) continue;
    for (std::string_view key : wanted.keys) {
      if (at(secret, {"data", key}).is_null()) causes.required(data.key(key));
    }
  }
}

}  // namespace

void check_configuration(const json& object, Causes& causes) {
  const bool secret = string_at(object, {"kind"}) == "Secret";
  const Where data("data"), binary("binaryData");
  const json &entries = at(object, {"data"}), &others = at(object, {"binaryData"});
  size_t bytes = check_entries(entries, data, secret, causes);
  bytes += check_entries(others, binary, true, causes);
  for (const auto& [key, value] : object_at(object, {"binaryData"}).items()) {
    if (causes.full()) break;
    if (!at(entries, {key}).is_null()) causes.invalid(data.key(key), key, "duplicate of key present in data");
  }
  if (bytes > kMostBytes) causes.too_long(data, kMostBytes);
  if (secret) check_secret_type(object, causes);
}

void check_configuration_change(const json& object, const json& previous, Causes& causes) {
  if (string_at(object, {"kind"}) == "Secret" && at(object, {"type"}) != at(previous, {"type"}))
    causes.invalid(Where("type"), at(object, {"type"}), "field is immutable");
  if (!bool_at(previous, {"immutable"})) return;
  constexpr const char* kImmutable = "field is immutable when `immutable` is set";
  if (!bool_at(object, {"immutable"})) causes.forbidden(Where("immutable"), kImmutable);
  for (const char* field : {"data", "binaryData"}) {
    if (at(object, {field}) != at(previous, {field})) causes.forbidden(Where(field), kImmutable);
  }
}

}  // namespace zdt::rehearsal::api
