#include "rehearsal/api/discovery.h"

#include <gtest/gtest.h>

#include "rehearsal/api/openapi.h"

namespace zdt::rehearsal::api {
namespace {

std::vector<ServedType> types() {
  static Store store;
  return ServedTypes(store).all();
}

const json* named(const json& list, const std::string& key, const std::string& value) {
  for (const json& item : list) {
    if (item[key] == value) return &item;
  }
  return nullptr;
}

TEST(Discovery, ListsGroupsAndTheirVersions) {
  const json list = group_list(types());
  const json* apps = named(list["groups"], "name", "apps");
  ASSERT_NE(apps, nullptr);
  EXPECT_EQ((*apps)["preferredVersion"]["groupVersion"], "apps/v1");
  EXPECT_EQ(group_document(types(), "apps")["kind"], "APIGroup");
  EXPECT_TRUE(group_document(types(), "nothing").is_null());
}

TEST(Discovery, ListsResourcesWithTheirSubresources) {
  const json core = resource_list(types(), "", "v1");
  EXPECT_EQ(core["groupVersion"], "v1");
  EXPECT_EQ((*named(core["resources"], "name", "pods"))["shortNames"], json::array({"po"}));
  EXPECT_EQ((*named(core["resources"], "name", "pods"))["categories"], json::array({"all"}));
  EXPECT_EQ((*named(core["resources"], "name", "pods/eviction"))["group"], "policy");
  EXPECT_TRUE(named(core["resources"], "name", "pods/log") && named(core["resources"], "name", "pods/exec"));
  const json apps = resource_list(types(), "apps", "v1");
  EXPECT_EQ((*named(apps["resources"], "name", "deployments/scale"))["kind"], "Scale");
  const json reviews = resource_list(types(), "authorization.k8s.io", "v1");
  EXPECT_EQ((*named(reviews["resources"], "name", "selfsubjectaccessreviews"))["namespaced"], false);
  EXPECT_EQ((*named(reviews["resources"], "name", "localsubjectaccessreviews"))["namespaced"], true);
  EXPECT_EQ((*named(core["resources"], "name", "serviceaccounts/token"))["kind"], "TokenRequest");
  EXPECT_TRUE(resource_list(types(), "apps", "v2").is_null());
}

TEST(Discovery, TheAggregatedFormSaysTheSame) {
  const json core = aggregated_discovery(types(), true, "v2");
  ASSERT_EQ(core["items"].size(), 1u);
  const json& resources = core["items"][0]["versions"][0]["resources"];
  const json* pods = named(resources, "resource", "pods");
  EXPECT_EQ((*pods)["scope"], "Namespaced");
  EXPECT_EQ((*pods)["subresources"].size(), 4u);
  const json groups = aggregated_discovery(types(), false, "v2");
  EXPECT_EQ(groups["items"].size(), group_list(types())["groups"].size());
}

TEST(OpenApi, EveryKindsPatchTakesFieldValidation) {
  const json index = openapi_index(types());
  EXPECT_TRUE(index["paths"].contains("apis/apps/v1"));
  for (const auto& [name, entry] : index["paths"].items()) {
    const json document = openapi_document(types(), name);
    ASSERT_FALSE(document.is_null()) << name;
    for (const auto& [path, operations] : document["paths"].items()) {
      EXPECT_EQ(operations["patch"]["parameters"][0]["name"], "fieldValidation") << path;
    }
  }
  EXPECT_TRUE(openapi_document(types(), "apis/none/v1").is_null());
}

TEST(Version, IsSplitIntoMajorAndMinor) {
  EXPECT_EQ(version_document("v1.33.0")["minor"], "33");
  EXPECT_EQ(version_document("v1.33.0")["major"], "1");
}

}  // namespace
}  // namespace zdt::rehearsal::api
