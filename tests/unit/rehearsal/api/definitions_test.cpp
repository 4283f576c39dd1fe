#include "rehearsal/api/definitions.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "host/files.h"
#include "rehearsal/api/served_types.h"

namespace zdt::rehearsal {
namespace {

class Definitions : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = ::testing::TempDir() + "definitions.XXXXXX";
    ASSERT_NE(mkdtemp(pattern.data()), nullptr);
    folder = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }
  void write(const std::string& name, const std::string& text) { ASSERT_TRUE(host::write_file(folder + "/" + name, text)); }

  std::string folder;
  Store store;
};

constexpr const char* kShips = R"(
kind: CustomResourceDefinition
metadata: {name: ships.example.org}
spec:
  group: example.org
  scope: Namespaced
  names: {kind: Ship, plural: ships, singular: ship}
  versions: [{name: v1, served: true, storage: true}]
---
kind: CustomResourceDefinition
metadata: {name: ports.example.org, annotations: {zdt.dev/acted-on: "no"}}
spec:
  group: example.org
  scope: Cluster
  names: {kind: Port, plural: ports, singular: port}
  versions: [{name: v1, served: true, storage: true}]
)";

TEST_F(Definitions, AreServedAtOnceAndSayWhichOnesAreActedOn) {
  write("ships.yaml", kShips);
  auto acted_on = install_definitions(store, folder);
  ASSERT_TRUE(acted_on) << acted_on.error().what;
  EXPECT_EQ(*acted_on, std::set<std::string>{"ships.example.org"});
  const api::ServedTypes types(store, *acted_on);
  EXPECT_TRUE(types.find("example.org", "v1", "ships")->type.acted_on);
  EXPECT_FALSE(types.find("example.org", "v1", "ports")->type.acted_on);
}

TEST_F(Definitions, SomethingElseInAFileIsRefusedWithTheFilesName) {
  write("pod.yaml", "kind: Pod\nmetadata: {name: p}\n");
  auto acted_on = install_definitions(store, folder);
  ASSERT_FALSE(acted_on);
  EXPECT_NE(acted_on.error().what.find("pod.yaml holds something else"), std::string::npos);
}

TEST_F(Definitions, TheProjectsOwnFilesCanAllBeInstalled) {
  auto acted_on = install_definitions(store, ZDT_SOURCE "/manifests/rehearsal-definitions");
  ASSERT_TRUE(acted_on) << acted_on.error().what;
  EXPECT_TRUE(acted_on->contains("rollouts.argoproj.io"));
}

}  // namespace
}  // namespace zdt::rehearsal
