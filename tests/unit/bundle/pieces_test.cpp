// What lies in folders, and what manifests and pins ask for.
#include "bundle/gather.h"
#include "bundle/wanted.h"
#include "host/process.h"
#include "unit/bundle/bundle_world.h"

namespace zdt::bundle {
namespace {

const std::string kHex(64, 'a');

TEST_F(BundleTest, ImageArchivesAreReadForTheirNamesWhicheverToolWroteThem) {
  write_tar("docker.tar", {{"manifest.json", R"([{"Config":"blobs/sha256/)" + kHex +
                                                 R"(","RepoTags":["docker.io/zdt/a:1"]}])"}});
  write_tar("oci.tar", {{"oci-layout", "{}"},
                        {"index.json",
                         R"({"manifests":[{"digest":"sha256:)" + kHex +
                             R"(","annotations":{"io.containerd.image.name":"docker.io/library/busybox:1.36",
                                              "org.opencontainers.image.ref.name":"1.36"}}]})"}});
  write_tar("skopeo.tar",
            {{"index.json",
              R"({"manifests":[{"annotations":{"org.opencontainers.image.ref.name":"quay.io/x/y:2"}}]})"}});
  write_image("node.tar", "kindest/node:v1.34.0");
  struct Case {
    std::string file, kind, name, digest;
  };
  for (const Case& one : std::vector<Case>{{"docker.tar", "image", "zdt/a:1", "sha256:" + kHex},
                                           {"oci.tar", "image", "busybox:1.36", "sha256:" + kHex},
                                           {"skopeo.tar", "image", "quay.io/x/y:2", ""},
                                           {"node.tar", "node-image", "kindest/node:v1.34.0", ""}}) {
    auto pieces = pieces_in_file(folder.path() / one.file);
    ASSERT_TRUE(pieces) << pieces.error().what;
    ASSERT_EQ(pieces->size(), 1u) << one.file;
    EXPECT_EQ(pieces->front().kind, one.kind);
    EXPECT_EQ(pieces->front().name, one.name);
    EXPECT_EQ(pieces->front().digest, one.digest);
  }
}

TEST_F(BundleTest, OtherFilesStayOutAndDamagedOnesAreNamed) {
  write("notes.txt", "x");
  EXPECT_TRUE(pieces_in_file(folder.path() / "notes.txt")->empty());
  write_chart("keda.tgz", "keda", "2.17.2");
  EXPECT_EQ(pieces_in_file(folder.path() / "keda.tgz")->front().name, "keda-2.17.2");
  write("broken.tar", "no tar");
  write_tar("nameless.tar", {{"manifest.json", R"([{"RepoTags":null}])"}});
  write_tar("chartless.tgz", {{"x/README.md", ""}});
  write_tar("nojson.tar", {{"manifest.json", "{"}});
  for (const char* name : {"broken.tar", "nameless.tar", "chartless.tgz", "nojson.tar"}) {
    auto pieces = pieces_in_file(folder.path() / name);
    ASSERT_FALSE(pieces) << name;
    EXPECT_NE(pieces.error().what.find(name), std::string::npos) << pieces.error().what;
  }
  EXPECT_EQ(pieces_in_folder("/no/such/folder").error().code, Code::kUsage);
}

TEST_F(BundleTest, ImagesAreFoundWhereverAManifestNamesThem) {
  const char* yaml = R"(
kind: Deployment
spec: {template: {spec: {containers: [{image: a}], initContainers: [{image: "b:1"}]}}}
---
apiVersion: argoproj.io/v1alpha1
kind: Rollout
spec: {template: {spec: {containers: [{image: "docker.io/library/c:2"}]}}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
spec: {image: "quay.io/prometheus/prometheus:v3"}
---
kind: Deployment
spec: {template: {spec: {containers: [{image: d:1, args: ["--prometheus-config-reloader=quay.io/r:1", "--x"]}]}}}
---
kind: ConfigMap
data: {image: "not one"}
)";
  EXPECT_EQ(images_in_yaml(yaml, "test").value(),
            (std::set<std::string>{"a:latest", "b:1", "c:2", "d:1", "quay.io/prometheus/prometheus:v3",
                                   "quay.io/r:1"}));
}

// KEDA's chart says imagePullPolicy: Always; with the image on the node and no network that is ImagePullBackOff.
TEST_F(BundleTest, WhatPullsAlwaysIsFoundInEveryKindOfContainer) {
  const char* yaml = R"(
kind: Deployment
metadata: {name: one}
spec: {template: {spec: {containers: [{name: a, image: "a:1", imagePullPolicy: Always}, {name: b, image: "b:1"}],
  initContainers: [{name: c, image: "c:1", imagePullPolicy: Always}]}}}
---
kind: CronJob
metadata: {name: two}
spec: {jobTemplate: {spec: {template: {spec: {containers: [{name: d, image: d}, {name: e, image: "e:latest", imagePullPolicy: IfNotPresent},
  {name: f, image: "f@sha256:ab"}]}}}}}
---
apiVersion: monitoring.coreos.com/v1
kind: Prometheus
metadata: {name: three}
spec: {image: "p:1", imagePullPolicy: Always}
---
kind: CustomResourceDefinition
metadata: {name: four}
spec: {properties: {imagePullPolicy: {type: string}, containers: {type: array}}}
)";
  EXPECT_EQ(asked_in_yaml(yaml, "test").value().always,
            (std::vector<std::string>{"Deployment one: container a pulls its image Always", "Deployment one: container c pulls its image Always",
                                      "CronJob two: container d pulls its image Always", "Prometheus three: its pods pull their image Always"}));
}

Pins some_pins() {
  return pins_from({{"node_image", "kindest/node:v1@sha256:" + kHex},
                    {"images", {"curl:1"}},
                    {"local_images", {"zdt/app:1"}},
                    {"charts",
                     {{{"name", "keda"}, {"repo", "https://c"}, {"version", "2"}, {"values", {"v.yaml"}}}}},
                    {"manifests", {{{"name", "crds.yaml"}, {"url", "https://m/crds.yaml"}}}}})
      .value();
}

TEST_F(BundleTest, PinsSayWhatIsWantedAndHowItIsFetched) {
  const Pins pins = some_pins();
  EXPECT_EQ(wanted_by(pins, true), (std::vector<Wanted>{{"node-image", "kindest/node:v1"},
                                                        {"image", "curl:1"},
                                                        {"image", "zdt/app:1"},
                                                        {"chart", "keda-2"},
                                                        {"manifest", "crds.yaml"}}));
  EXPECT_EQ(wanted_by(pins, false).size(), 4u);
  EXPECT_EQ(kubernetes_version_of(pins), "") << "v1 is no version that helm takes";
  EXPECT_EQ(kubernetes_version_of({.node_image = "kindest/node:v1.34.11@sha256:" + kHex}), "1.34.11");
  EXPECT_EQ(kubernetes_version_of({.node_image = "r.io:5000/node"}), "");
  const auto with_host = pins_from({{"host_images", {"envoy:1"}}}).value();
  EXPECT_EQ(wanted_by(with_host, true), (std::vector<Wanted>{{"image", "envoy:1"}}));
  EXPECT_TRUE(wanted_by(with_host, false).empty()) << "only beside a Kind cluster";
  EXPECT_EQ(pull_chart_command(pins.charts[0], "/s"),
            (std::vector<std::string>{"helm", "pull", "keda", "--repo", "https://c", "--version", "2",
                                      "--destination", "/s"}));
  EXPECT_EQ(render_chart_command(pins.charts[0], "/s/keda-2.tgz", "/root", "1.34.11"),
            (std::vector<std::string>{"helm", "template", "keda", "/s/keda-2.tgz", "--include-crds",
                                      "--skip-tests", "--kube-version", "1.34.11", "--values", "/root/v.yaml"}));
  EXPECT_FALSE(pins_from({{"charts", {{{"name", "x"}}}}}));
  EXPECT_FALSE(pins_from({{"manifests", {{{"name", "x"}, {"url", "http://plain"}}}}}));
}

TEST_F(BundleTest, TheProjectsTreesBuildAndNameTheirImages) {
  if (host::find_program("kubectl").empty()) GTEST_SKIP() << "no kubectl";
  auto images =
      on_loop(loop, images_of_trees("kubectl", fs::path(ZDT_SOURCE) / "manifests"), std::chrono::seconds(60));
  ASSERT_TRUE(images) << images.error().what;
  EXPECT_TRUE(images->contains("zdt/monolith:v0.1.0"));
  auto asked = on_loop(loop, asked_by_trees("kubectl", fs::path(ZDT_SOURCE) / "manifests"), std::chrono::seconds(60));
  ASSERT_TRUE(asked) << asked.error().what;
  EXPECT_EQ(asked->always, std::vector<std::string>());
}

}  // namespace
}  // namespace zdt::bundle
