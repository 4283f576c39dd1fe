// What kubectl learns about the API before it asks for anything: groups, versions, resources, and the
// version.
#pragma once
#include "rehearsal/api/served_types.h"

namespace zdt::rehearsal::api {

/// "/api": {"kind": "APIVersions"}.  "/apis": {"kind": "APIGroupList"}.
json core_versions();
json group_list(const std::vector<ServedType>& types);
/// "/apis/GROUP"; null when no kind is in it.
json group_document(const std::vector<ServedType>& types, const std::string& group);
/// "/api/v1", "/apis/GROUP/VERSION": {"kind": "APIResourceList"}; null when no kind is in it.
json resource_list(const std::vector<ServedType>& types, const std::string& group,
                   const std::string& version);

/// Everything at once (apidiscovery.k8s.io, kubectl >= 1.27). core: "/api", else "/apis". version: "v2" or
/// "v2beta1". https://kubernetes.io/docs/concepts/overview/kubernetes-api/#aggregated-discovery
json aggregated_discovery(const std::vector<ServedType>& types, bool core, const std::string& version);

/// "/version" for "v1.33.0".
json version_document(const std::string& git_version);

}  // namespace zdt::rehearsal::api
