// What names, labels, keys and ports may look like (apimachinery/pkg/util/validation, pkg/api/validation/path).
// https://kubernetes.io/docs/concepts/overview/working-with-objects/names/
#pragma once
#include <string>
#include <string_view>

namespace zdt::rehearsal::api {

/// Each returns "" when `text` is fine, else the first rule that it breaks, in Kubernetes' words.
std::string broken_subdomain_rule(std::string_view text);     ///< RFC 1123 subdomain, at most 253 characters
std::string broken_label_rule(std::string_view text);         ///< RFC 1123 label, at most 63 characters
std::string broken_service_rule(std::string_view text);       ///< RFC 1035 label
std::string broken_wildcard_rule(std::string_view text);      ///< "*." and a subdomain
std::string broken_path_segment_rule(std::string_view text);  ///< neither "." nor "..", no '/' and no '%'
std::string broken_label_key_rule(std::string_view text);     ///< "prefix/name", a qualified name
std::string broken_label_value_rule(std::string_view text);
std::string broken_port_name_rule(std::string_view text);    ///< IANA service name, at most 15 characters
std::string broken_percent_rule(std::string_view text);      ///< "25%"
std::string broken_env_name_rule(std::string_view text);     ///< printable ASCII without '='
std::string broken_config_key_rule(std::string_view text);   ///< a key of a ConfigMap or Secret: a file's name
std::string broken_header_name_rule(std::string_view text);  ///< alphanumeric characters and '-'
std::string broken_sysctl_rule(std::string_view text);

}  // namespace zdt::rehearsal::api
