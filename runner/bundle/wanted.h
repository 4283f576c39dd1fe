// What a bundle has to hold, read from manifests.
#pragma once
#include "bundle/bundle.h"

namespace zdt::bundle {

/// The images that an object names: of its containers (at any depth, so pod templates in custom resources
/// too), spec.image of the Prometheus operator's kinds, and the image that its --prometheus-config-reloader=
/// argument names.
std::set<std::string> images_in(const json& object);
/// Those of every document of `text`. Fails kScript.
Result<std::set<std::string>> images_in_yaml(std::string_view text, std::string_view source);

/// The containers whose image the kubelet would ask a registry for although the node has it, as
/// `Deployment keda-operator: container keda-operator pulls its image Always`: imagePullPolicy: Always, or none and a
/// tag :latest (https://kubernetes.io/docs/concepts/containers/images/#imagepullpolicy-defaulting).
std::vector<std::string> always_pulled(const json& object);

/// What one rendered text asks for.
struct Asked {
  std::set<std::string> images;
  std::vector<std::string> always;  ///< always_pulled() of every document
};
/// Fails kScript.
Result<Asked> asked_in_yaml(std::string_view text, std::string_view source);

/// The kustomize folders below `manifests` that are applied by themselves (no components), sorted.
std::vector<fs::path> kustomize_folders(const fs::path& manifests);

/// What all of them ask for, each built with `kubectl kustomize`. Fails kEnvironment (no kubectl), kScript (a folder that
/// does not build).
Task<Result<Asked>> asked_by_trees(std::string kubectl, fs::path manifests);
/// The images of that alone.
Task<Result<std::set<std::string>>> images_of_trees(std::string kubectl, fs::path manifests);

/// A chart of a repository. values  files below the project, in order.
struct Chart {
  std::string name, repo, version;
  std::vector<std::string> values;
  std::string file_name() const { return name + "-" + version; }
};

/// What scripts/lib/pins.lua declares: what is taken from the network besides what the manifests name.
/// local_images  built on this machine, so never pulled.   host_images  what tools beside a Kind cluster run in this
/// machine's Docker.   manifests  name -> URL.
struct Pins {
  std::string node_image;
  std::vector<std::string> images, local_images, host_images;
  std::vector<Chart> charts;
  std::map<std::string, std::string> manifests;
};
/// Fails kScript: a field that is missing or of another type.
Result<Pins> pins_from(const json& declared);

/// The image of the first node in a Kind configuration; "" when it names none. Fails kScript.
Result<std::string> kind_node_image(const fs::path& configuration);

/// The Kubernetes version that charts are rendered for, "1.34.11" of kindest/node:v1.34.11@…; "" when the tag is none.
std::string kubernetes_version_of(const Pins& pins);

/// The pins alone, without the images that charts and manifests name. node_image  whether the node image and the
/// host_images count: a Kind cluster's.
std::vector<Wanted> wanted_by(const Pins& pins, bool node_image);

}  // namespace zdt::bundle
