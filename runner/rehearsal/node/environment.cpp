#include "rehearsal/node/environment.h"

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "base/units.h"

namespace zdt::rehearsal {
namespace {

const std::string kDefaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

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
    environment.set(prefix + key, decoded(source, value));
    if (auto fits = check_process_bytes(environment.bytes()); !fits) return fits.error();
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

/// The arguments that `words` are, expanded; with `environment` they are what a process takes.
Result<std::vector<std::string>> expanded(const json& words, const Environment& environment) {
  std::vector<std::string> arguments;
  size_t bytes = environment.bytes();
  for (const json& word : words) {
    auto argument = expand(word.get<std::string>(), environment);
    if (!argument) return argument.error();
    bytes += process_bytes(*argument);
    if (auto fits = check_process_bytes(bytes); !fits) return fits.error();
    arguments.push_back(std::move(*argument));
  }
  return arguments;
}

/// One entry of `env`; an optional one whose source is missing sets nothing.
Result<void> add_entry(Environment& environment, const Store& store, const json& pod, const json& container,
                              const json& entry, const PodPlace& place) {
  std::optional<std::string> value;
  if (entry.contains("valueFrom")) {
    auto referenced = referenced_value(store, pod, container, entry["valueFrom"], place);
    if (!referenced) return referenced.error();
    value = std::move(*referenced);
  } else {
    auto own = expand(string_at(entry, {"value"}), environment);
    if (!own) return own.error();
    value = std::move(*own);
  }
  if (value) environment.set(string_at(entry, {"name"}), std::move(*value));
  return check_process_bytes(environment.bytes());
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

Result<Environment> container_environment(const Store& store, const json& pod, const json& container,
                                          const Image& image, const PodPlace& place) {
  Environment environment{{"PATH", kDefaultPath}};
  environment.set("HOSTNAME", string_at(pod, {"spec", "hostname"}, string_at(pod, {"metadata", "name"})));
  for (const auto& [name, value] : image.env) environment.set(name, value);
  for (const auto& [name, value] : service_environment(store, pod)) environment.set(name, value);
  for (const json& entry : array_at(container, {"envFrom"})) {
    if (auto added = add_from(environment, store, pod, entry); !added) return added.error();
  }
  for (const json& entry : array_at(container, {"env"})) {
    if (auto added = add_entry(environment, store, pod, container, entry, place); !added) return added.error();
  }
  return environment;
}

Result<std::vector<std::string>> container_arguments(const json& container, const Image& image,
                                                     const Environment& environment) {
  auto command = expanded(array_at(container, {"command"}), environment), args = expanded(array_at(container, {"args"}), environment);
  if (!command) return command.error();
  if (!args) return args.error();
  // A command of the container's own hides the image's CMD as well as its ENTRYPOINT.
  std::vector<std::string> arguments = command->empty() ? image.entrypoint : std::move(*command);
  const bool image_command = array_at(container, {"command"}).empty() && args->empty();
  const std::vector<std::string>& rest = image_command ? image.command : *args;
  arguments.insert(arguments.end(), rest.begin(), rest.end());
  if (arguments.empty()) return Error{Code::kInvalid, "no command specified", ""};
  return arguments;
}

}  // namespace zdt::rehearsal
