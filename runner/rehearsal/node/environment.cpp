#include "rehearsal/node/environment.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"

namespace zdt::rehearsal {
namespace {

const std::string kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

void set(Environment& environment, const std::string& name, std::string value) {
  const auto found =
      std::find_if(environment.begin(), environment.end(), [&](auto& entry) { return entry.first == name; });
  if (found != environment.end()) {
    found->second = std::move(value);
  } else {
    environment.emplace_back(name, std::move(value));
  }
}

/// "metadata.labels['a/b']" -> "a/b"; "" for a path of another form.
std::string subscript(const std::string& path, const std::string& field) {
  const std::string start = field + "['";
  if (!path.starts_with(start) || !path.ends_with("']")) return "";
  return path.substr(start.size(), path.size() - start.size() - 2);
}

/// Every entry as key="escaped value", one a line, as a downward volume writes labels and annotations.
std::string as_lines(const json& map) {
  std::string lines;
  for (const auto& [key, value] : map.items()) lines += fmt::format("{}={}\n", key, value.dump());
  if (!lines.empty()) lines.pop_back();
  return lines;
}

struct KeySource {
  const char* resource;
  const char* kind;
  const char* field;
  bool encoded;
};
const KeySource kConfigMap{"configmaps", "configmap", "data", false};
const KeySource kSecret{"secrets", "secret", "data", true};

std::string decoded(const KeySource& source, const json& value) {
  const std::string text = value.is_string() ? value.get<std::string>() : value.dump();
  return source.encoded ? base64_decode(text) : text;
}

/// One key of a ConfigMap or Secret; an empty optional when it is optional and not there.
Result<std::optional<std::string>> key_value(const Store& store, const KeySource& source, const json& pod,
                                             const json& reference) {
  const std::string ns = string_at(pod, {"metadata", "namespace"}), name = string_at(reference, {"name"});
  const std::string key = string_at(reference, {"key"});
  const ObjectPtr object = store.find(source.resource, ns, name);
  if (object) {
    const json& value = at(*object, {source.field, key});
    if (!value.is_null()) return std::optional(decoded(source, value));
  }
  if (bool_at(reference, {"optional"})) return std::optional<std::string>();
  if (!object) return Error{Code::kNotFound, fmt::format("{} \"{}\" not found", source.kind, name), ""};
  return Error{Code::kNotFound, fmt::format("couldn't find key {} in {} {}/{}", key, source.kind, ns, name),
               ""};
}

Result<void> add_all_keys(Environment& environment, const Store& store, const KeySource& source,
                          const json& pod, const json& reference, const std::string& prefix) {
  const std::string name = string_at(reference, {"name"});
  const ObjectPtr object = store.find(source.resource, string_at(pod, {"metadata", "namespace"}), name);
  if (!object && bool_at(reference, {"optional"})) return {};
  if (!object) return Error{Code::kNotFound, fmt::format("{} \"{}\" not found", source.kind, name), ""};
  for (const auto& [key, value] : object_at(*object, {source.field}).items()) {
    set(environment, prefix + key, decoded(source, value));
  }
  return {};
}

Result<void> add_from(Environment& environment, const Store& store, const json& pod, const json& entry) {
  const std::string prefix = string_at(entry, {"prefix"});
  if (entry.contains("configMapRef")) {
    return add_all_keys(environment, store, kConfigMap, pod, entry["configMapRef"], prefix);
  }
  return add_all_keys(environment, store, kSecret, pod, object_at(entry, {"secretRef"}), prefix);
}

Result<std::optional<std::string>> referenced_value(const Store& store, const json& pod,
                                                    const json& container, const json& from,
                                                    const PodPlace& place) {
  if (from.contains("configMapKeyRef")) return key_value(store, kConfigMap, pod, from["configMapKeyRef"]);
  if (from.contains("secretKeyRef")) return key_value(store, kSecret, pod, from["secretKeyRef"]);
  auto value = from.contains("resourceFieldRef")
                   ? resource_field(pod, container, from["resourceFieldRef"])
                   : pod_field(pod, string_at(from, {"fieldRef", "fieldPath"}), place);
  if (!value) return value.error();
  return std::optional(std::move(*value));
}

}  // namespace

Result<std::string> pod_field(const json& pod, const std::string& path, const PodPlace& place) {
  if (path == "status.podIP" || path == "status.podIPs") return place.pod_ip;
  if (path == "status.hostIP" || path == "status.hostIPs") return place.host_ip;
  if (path == "spec.serviceAccountName") return string_at(pod, {"spec", "serviceAccountName"}, "default");
  for (const char* field : {"labels", "annotations"}) {
    const std::string whole = std::string("metadata.") + field;
    if (path == whole) return as_lines(object_at(pod, {"metadata", field}));
    if (const std::string key = subscript(path, whole); !key.empty())
      return string_at(pod, {"metadata", field, key});
  }
  for (const char* known : {"metadata.name", "metadata.namespace", "metadata.uid", "spec.nodeName"}) {
    if (path != known) continue;
    const auto parts = split(path, '.');
    return string_at(pod, {parts[0], parts[1]});
  }
  return Error{Code::kInvalid, fmt::format("unsupported fieldPath: {}", path), ""};
}

Result<std::string> resource_field(const json& pod, const json& own, const json& reference) {
  const json* container = &own;
  const std::string name = string_at(reference, {"containerName"});
  for (const json& other : array_at(pod, {"spec", "containers"})) {
    if (!name.empty() && string_at(other, {"name"}) == name) container = &other;
  }
  const auto parts = split(string_at(reference, {"resource"}), '.');
  if (parts.size() != 2)
    return Error{Code::kInvalid, "unsupported resource: " + string_at(reference, {"resource"}), ""};
  const json& amount = at(*container, {"resources", parts[0], parts[1]});
  const auto value = parse_quantity(amount.is_number()   ? amount.dump()
                                    : amount.is_string() ? amount.get<std::string>()
                                                         : "0");
  const auto divisor = parse_quantity(string_at(reference, {"divisor"}, "1"));
  if (!value) return value.error();
  if (!divisor) return divisor.error();
  return fmt::format("{:.0f}", std::ceil(*value / (*divisor > 0 ? *divisor : 1)));
}

std::string expand(const std::string& text, const Environment& environment) {
  std::string expanded;
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '$' && i + 1 < text.size() && text[i + 1] == '$') {
      expanded += text[i++];
      continue;
    }
    const size_t end = text.compare(i, 2, "$(") == 0 ? text.find(')', i) : std::string::npos;
    const std::string name = end == std::string::npos ? "" : text.substr(i + 2, end - i - 2);
    const auto found = std::find_if(environment.begin(), environment.end(),
                                    [&](auto& entry) { return entry.first == name; });
    if (end == std::string::npos || found == environment.end()) {
      expanded += text[i];
      continue;
    }
    expanded += found->second;
    i = end;
  }
  return expanded;
}

Result<Environment> container_environment(const Store& store, const json& pod, const json& container,
                                          const Image& image, const PodPlace& place) {
  Environment environment{{"PATH", kDefaultPath}};
  set(environment, "HOSTNAME", string_at(pod, {"spec", "hostname"}, string_at(pod, {"metadata", "name"})));
  for (const auto& [name, value] : image.env) set(environment, name, value);
  for (auto& [name, value] : service_environment(store, pod)) set(environment, name, std::move(value));
  for (const json& entry : array_at(container, {"envFrom"})) {
    if (auto added = add_from(environment, store, pod, entry); !added) return added.error();
  }
  for (const json& entry : array_at(container, {"env"})) {
    if (!entry.contains("valueFrom")) {
      set(environment, string_at(entry, {"name"}), expand(string_at(entry, {"value"}), environment));
      continue;
    }
    auto value = referenced_value(store, pod, container, entry["valueFrom"], place);
    if (!value) return value.error();
    if (*value) set(environment, string_at(entry, {"name"}), std::move(**value));
  }
  return environment;
}

Result<std::vector<std::string>> container_arguments(const json& container, const Image& image,
                                                     const Environment& environment) {
  const bool own_command = !array_at(container, {"command"}).empty(),
             own_args = !array_at(container, {"args"}).empty();
  std::vector<std::string> arguments;
  for (const json& word : array_at(container, {"command"}))
    arguments.push_back(expand(word.get<std::string>(), environment));
  if (!own_command) arguments = image.entrypoint;
  for (const json& word : array_at(container, {"args"}))
    arguments.push_back(expand(word.get<std::string>(), environment));
  // A command of the container's own hides the image's CMD as well as its ENTRYPOINT.
  if (!own_command && !own_args)
    arguments.insert(arguments.end(), image.command.begin(), image.command.end());
  if (arguments.empty()) return Error{Code::kInvalid, "no command specified", ""};
  return arguments;
}

}  // namespace zdt::rehearsal
