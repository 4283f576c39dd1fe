// What the API answers when the store takes no more.
#include "rehearsal/api/failure.h"

#include <gtest/gtest.h>

namespace zdt::rehearsal::api {
namespace {

ResourceType config_maps() {
  return {.group = "", .version = "v1", .kind = "ConfigMap", .plural = "configmaps", .singular = "configmap", .short_names = {}};
}

TEST(StoreLimits, AnObjectThatIsTooLargeIs413) {
  const Error error{Code::kUsage, "etcdserver: request is too large", ""};
  const json status = no_room(config_maps(), "a", error).status();
  EXPECT_EQ(status["code"], 413);
  EXPECT_EQ(status["reason"], "RequestEntityTooLarge");
  EXPECT_EQ(status["message"], "etcdserver: request is too large");
}

TEST(StoreLimits, AFullStoreIs403InTheWordsOfAQuota) {
  const Error error{Code::kEnvironment, "exceeded quota: rehearsal, requested: pods=1, used: pods=2, limited: pods=2", ""};
  const json status = no_room(config_maps(), "a", error).status();
  EXPECT_EQ(status["code"], 403);
  EXPECT_EQ(status["message"], "configmaps \"a\" is forbidden: exceeded quota: rehearsal, requested: pods=1, used: pods=2, limited: pods=2");
}

}  // namespace
}  // namespace zdt::rehearsal::api
