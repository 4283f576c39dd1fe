#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

/// The fields of v1.Volume that are sources.
constexpr std::string_view kSources[] = {
    "emptyDir",  "hostPath",         "gitRepo",       "gcePersistentDisk",    "awsElasticBlockStore",
    "secret",    "nfs",              "iscsi",         "glusterfs",            "flocker",
    "rbd",       "cinder",           "cephfs",        "quobyte",              "downwardAPI",
    "fc",        "flexVolume",       "configMap",     "azureFile",            "vsphereVolume",
    "azureDisk", "portworxVolume",   "storageos",     "photonPersistentDisk", "persistentVolumeClaim",
    "projected", "scaleIO",          "csi",           "ephemeral",            "image"};

void check_mode(const json& object, std::string_view field, const Where& where, Causes& causes) {
  const json& mode = at(object, {field});
  const int64_t bits = int_at(object, {field});
  if (mode.is_number() && (bits < 0 || bits > 0777)) {
    causes.invalid(where / field, mode,
                   "must be a number between 0 and 0777 (octal), both inclusive");
  }
}

void check_path(const json& item, const Where& where, Causes& causes) {
  check_required(item, "path", where, causes);
  check_unreserved_path(text_of(item, "path"), where / "path", causes);
}

/// Collects the paths of a projected volume, which all land in one folder.
class Paths {
 public:
  void add(const json& item, const Where& where, Causes& causes) {
    const std::string& path = text_of(item, "path");
    if (!path.empty() && !seen_.insert(path).second) causes.invalid(where, path, "conflicting duplicate paths");
  }

 private:
  std::set<std::string> seen_;
};

void check_keys(const json& source, const Where& where, Causes& causes, Paths* paths = nullptr) {
  const json& items = array_at(source, {"items"});
  for (size_t i = 0; i < items.size() && !causes.full(); ++i) {
    const Where here = where.item("items", i);
    check_required(items[i], "key", here, causes);
    check_path(items[i], here, causes);
    check_mode(items[i], "mode", here, causes);
    if (paths != nullptr) paths->add(items[i], here, causes);
  }
}

void check_downward_item(const json& item, const Where& where, Causes& causes) {
  check_path(item, where, causes);
  check_mode(item, "mode", where, causes);
  const bool field = is_set(item, "fieldRef"), resource = is_set(item, "resourceFieldRef");
  if (field && resource) {
    causes.invalid(where, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously");
  } else if (field) {
    check_field_reference(item["fieldRef"], where / "fieldRef", true, causes);
  } else if (resource) {
    check_resource_reference(item["resourceFieldRef"], where / "resourceFieldRef", true, causes);
  } else {
    causes.required(where, "one of fieldRef and resourceFieldRef is required");
  }
}

void check_downward(const json& source, const Where& where, Causes& causes, Paths* paths = nullptr) {
  const json& items = array_at(source, {"items"});
  for (size_t i = 0; i < items.size() && !causes.full(); ++i) {
    const Where here = where.item("items", i);
    check_downward_item(items[i], here, causes);
    if (paths != nullptr) paths->add(items[i], here, causes);
  }
}

void check_token(const json& source, const Where& where, Causes& causes) {
  const json& seconds = at(source, {"expirationSeconds"});
  const int64_t lifetime = int_at(source, {"expirationSeconds"}, 3600);
  if (lifetime < 600)
    causes.invalid(where / "expirationSeconds", seconds, "may not specify a duration less than 10 minutes");
  if (lifetime > (int64_t{1} << 32))
    causes.invalid(where / "expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds");
  check_path(source, where, causes);
}

/// One entry of a projected volume's sources.
void check_projection(const json& source, const Where& where, Causes& causes, Paths& paths) {
  int sources = 0;
  for (const char* kind : {"secret", "configMap", "downwardAPI", "serviceAccountToken", "clusterTrustBundle"}) {
    const json& content = at(source, {kind});
    if (!content.is_object()) continue;
    const Where here = where / kind;
    const std::string_view name = kind;
    ++sources;
    if (name == "secret" || name == "configMap") {
      check_required(content, "name", here, causes);
      check_keys(content, here, causes, &paths);
    } else if (name == "downwardAPI") {
      check_downward(content, here, causes, &paths);
    } else if (name == "serviceAccountToken") {
      check_token(content, here, causes);
      paths.add(content, here, causes);
    } else {
      check_path(content, here, causes);
      paths.add(content, here, causes);
    }
  }
  if (sources > 1) causes.forbidden(where, "may not specify more than 1 volume type");
}

void check_projected(const json& source, const Where& where, Causes& causes) {
  Paths paths;
  const json& sources = array_at(source, {"sources"});
  for (size_t i = 0; i < sources.size() && !causes.full(); ++i) {
    const Where here = where.item("sources", i);
    check_projection(sources[i], here, causes, paths);
  }
}

void check_host_path(const json& source, const Where& where, Causes& causes) {
  if (!check_required(source, "path", where, causes)) return;
  check_no_backsteps(text_of(source, "path"), where / "path", causes);
  check_choice(source, "type",
               {"", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"},
               where, causes);
}

void check_empty_dir(const json& source, const Where& where, Causes& causes) {
  check_quantity(at(source, {"sizeLimit"}), where / "sizeLimit", causes);
  const std::string& medium = text_of(source, "medium");
  if (medium.empty() || medium == "Memory" || medium == "HugePages" || medium.starts_with("HugePages-")) return;
  causes.unsupported(where / "medium", medium, {"", "HugePages", "Memory"});
}

void check_claim_template(const json& source, const Where& where, Causes& causes) {
  const json& claim = at(source, {"volumeClaimTemplate"});
  if (!claim.is_object()) return causes.required(where / "volumeClaimTemplate");
  if (array_at(claim, {"spec", "accessModes"}).empty())
    causes.required(where / "volumeClaimTemplate.spec.accessModes", "at least 1 access mode is required");
}

/// Sources that this cluster never mounts: their required texts, so that they fail here as they do in Kubernetes.
void check_remote(std::string_view kind, const json& source, const Where& where, Causes& causes) {
  struct Required {
    std::string_view kind;
    std::vector<std::string_view> fields;
  };
  static const std::vector<Required> kAll = {
      {"gitRepo", {"repository"}},          {"gcePersistentDisk", {"pdName"}},
      {"nfs", {"server", "path"}},          {"awsElasticBlockStore", {"volumeID"}},
      {"iscsi", {"targetPortal", "iqn"}},   {"glusterfs", {"endpoints", "path"}},
      {"rbd", {"image"}},                   {"cinder", {"volumeID"}},
      {"azureDisk", {"diskName", "diskURI"}}, {"persistentVolumeClaim", {"claimName"}},
      {"csi", {"driver"}},                  {"azureFile", {"secretName", "shareName"}},
      {"flexVolume", {"driver"}},           {"photonPersistentDisk", {"pdID"}},
      {"storageos", {"volumeName"}},        {"portworxVolume", {"volumeID"}},
      {"quobyte", {"registry", "volume"}},  {"scaleIO", {"gateway", "system", "volumeName"}},
      {"vsphereVolume", {"volumePath"}}};
  for (const Required& each : kAll) {
    if (each.kind != kind) continue;
    for (std::string_view field : each.fields) check_required(source, field, where, causes);
  }
  if (kind == "gitRepo") check_descending_path(text_of(source, "directory"), where / "directory", causes);
  if (kind == "nfs" && !text_of(source, "path").starts_with('/'))
    causes.invalid(where / "path", text_of(source, "path"), "must be an absolute path");
}

void check_source(std::string_view kind, const json& source, const Where& where, Causes& causes) {
  if (kind == "secret" || kind == "configMap") {
    check_required(source, kind == "secret" ? "secretName" : "name", where, causes);
    check_keys(source, where, causes);
  } else if (kind == "downwardAPI") {
    check_downward(source, where, causes);
  } else if (kind == "projected") {
    check_projected(source, where, causes);
  } else if (kind == "emptyDir") {
    check_empty_dir(source, where, causes);
  } else if (kind == "hostPath") {
    check_host_path(source, where, causes);
  } else if (kind == "ephemeral") {
    check_claim_template(source, where, causes);
  } else {
    check_remote(kind, source, where, causes);
  }
  check_mode(source, "defaultMode", where, causes);
}

/// The kind of the first source, "" when there is none.
std::string check_one_source(const json& volume, const Where& where, Causes& causes) {
  std::string first;
  for (std::string_view kind : kSources) {
    const json& source = at(volume, {kind});
    if (source.is_null()) continue;
    if (!first.empty()) {
      causes.forbidden(where / kind, "may not specify more than 1 volume type");
      continue;
    }
    first = kind;
    check_source(kind, source, where / kind, causes);
  }
  if (first.empty()) causes.required(where, "must specify a volume type");
  return first;
}

}  // namespace

std::map<std::string, std::string> check_volumes(const json& spec, const Where& where, Causes& causes) {
  std::map<std::string, std::string> names;
  const json& volumes = array_at(spec, {"volumes"});
  for (size_t i = 0; i < volumes.size(); ++i) {
    const Where here = where.item("volumes", i);
    std::string kind = causes.full() ? "" : check_one_source(volumes[i], here, causes);
    const std::string& name = text_of(volumes[i], "name");
    if (name.empty()) {
      causes.required(here / "name");
      continue;
    }
    check_text(volumes[i]["name"], broken_label_rule, here / "name", causes);
    if (!names.emplace(name, std::move(kind)).second) causes.duplicate(here / "name", name);
  }
  return names;
}

}  // namespace zdt::rehearsal::api
