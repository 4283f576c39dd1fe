#include "rehearsal/api/check/pod.h"

namespace zdt::rehearsal::api {
namespace {

void check_sub_path(const json& mount, const Where& where, Causes& causes) {
  const std::string &path = text_of(mount, "subPath"), &expression = text_of(mount, "subPathExpr");
  check_descending_path(path, where / "subPath", causes);
  if (!path.empty() && !expression.empty())
    causes.invalid(where / "subPathExpr", expression, "subPathExpr and subPath are mutually exclusive");
  check_descending_path(expression, where / "subPathExpr", causes);
}

void check_propagation(const json& mount, const json& container, const Where& where, Causes& causes) {
  check_choice(mount, "mountPropagation", {"Bidirectional", "HostToContainer", "None"}, where, causes);
  if (text_of(mount, "mountPropagation") == "Bidirectional" && !bool_at(container, {"securityContext", "privileged"})) {
    causes.forbidden(where / "mountPropagation",
                     "Bidirectional mount propagation is available only to privileged containers");
  }
  check_choice(mount, "recursiveReadOnly", {"Disabled", "Enabled", "IfPossible"}, where, causes);
  const std::string& recursive = text_of(mount, "recursiveReadOnly");
  if ((recursive == "Enabled" || recursive == "IfPossible") && !bool_at(mount, {"readOnly"}))
    causes.forbidden(where / "recursiveReadOnly", "may only be specified when readOnly is true");
}

void check_path_of(const json& mount, const Where& where, std::set<std::string>& paths, Causes& causes) {
  const std::string& path = text_of(mount, "mountPath");
  if (path.empty()) return causes.required(where / "mountPath");
  if (!paths.insert(path).second) causes.invalid(where / "mountPath", path, "must be unique");
  if (path.find(':') != std::string::npos) causes.invalid(where / "mountPath", path, "must not contain ':'");
}

void check_device(const json& device, const Where& where, const ContainerContext& context,
                  std::set<std::string>& paths, Causes& causes) {
  const std::string &name = text_of(device, "name"), &path = text_of(device, "devicePath");
  const auto volume = context.volumes.find(name);
  if (volume == context.volumes.end()) {
    causes.not_found(where / "name", name);
  } else if (volume->second != "persistentVolumeClaim" && volume->second != "ephemeral") {
    causes.invalid(where / "name", name,
                   "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode");
  }
  if (path.empty()) return causes.required(where / "devicePath");
  check_no_backsteps(path, where / "devicePath", causes);
  if (!paths.insert(path).second) causes.invalid(where / "devicePath", path, "must be unique");
}

}  // namespace

void check_mounts(const json& container, const Where& where, const ContainerContext& context, Causes& causes) {
  std::set<std::string> paths;
  const json& mounts = array_at(container, {"volumeMounts"});
  for (size_t i = 0; i < mounts.size() && !causes.full(); ++i) {
    const Where here = where.item("volumeMounts", i);
    const std::string& name = text_of(mounts[i], "name");
    if (name.empty()) causes.required(here / "name");
    if (!context.volumes.contains(name)) causes.not_found(here / "name", name);
    check_path_of(mounts[i], here, paths, causes);
    check_sub_path(mounts[i], here, causes);
    check_propagation(mounts[i], container, here, causes);
  }
  const json& devices = array_at(container, {"volumeDevices"});
  for (size_t i = 0; i < devices.size() && !causes.full(); ++i)
    check_device(devices[i], where.item("volumeDevices", i), context, paths, causes);
}

}  // namespace zdt::rehearsal::api
