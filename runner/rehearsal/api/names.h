// What names, labels and ports may look like (apimachinery/pkg/util/validation).
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
#pragma once
#include <string>
#include <string_view>

namespace zdt::rehearsal::api {

/// Each returns "" when `text` is fine, else the rule that it breaks, in Kubernetes' words.
std::string broken_subdomain_rule(std::string_view text);  ///< RFC 1123 subdomain, at most 253 characters
std::string broken_label_rule(std::string_view text);      ///< RFC 1123 label, at most 63 characters
std::string broken_service_rule(std::string_view text);    ///< RFC 1035 label
std::string broken_label_key_rule(std::string_view text);  ///< "prefix/name"
std::string broken_label_value_rule(std::string_view text);

}  // namespace zdt::rehearsal::api
