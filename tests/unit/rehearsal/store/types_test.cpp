#include "rehearsal/store/types.h"

#include <gtest/gtest.h>

#include <set>

namespace zdt::rehearsal {
namespace {

TEST(Types, EveryResourceNameIsUniqueAndComplete) {
  std::set<std::string> names;
  for (const ResourceType& type : builtin_types()) {
    EXPECT_TRUE(names.insert(type.resource()).second) << type.resource();
    EXPECT_FALSE(type.kind.empty() || type.plural.empty() || type.singular.empty() || type.version.empty());
  }
  EXPECT_TRUE(names.contains("deployments.apps"));
  EXPECT_TRUE(names.contains("pods"));
}

TEST(Types, SingularIsTheKindInLowerCase) {
  for (const ResourceType& type : builtin_types()) {
    if (type.kind == "EndpointSlice") {
      EXPECT_EQ(type.singular, "endpointslice");
    }
    if (type.kind == "Deployment") {
      EXPECT_EQ(type.api_version(), "apps/v1");
    }
    if (type.kind == "Pod") {
      EXPECT_EQ(type.api_version(), "v1");
    }
  }
}

}  // namespace
}  // namespace zdt::rehearsal
