// Privileged containers, where a cluster does not allow them.
#include <gtest/gtest.h>

#include "rehearsal/api/check/privileged.h"
#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

/// The fields that are refused.
std::vector<std::string> refused(const std::string& resource, const char* object) {
  Causes causes;
  check_unprivileged(testing::type_of(resource), json::parse(object), causes);
  std::vector<std::string> fields;
  for (const Cause& cause : causes.all()) fields.push_back(cause.field);
  return fields;
}

TEST(Privileged, IsRefusedInEveryPlaceThatHasContainers) {
  using Fields = std::vector<std::string>;
  const char* containers = R"({"spec": {"initContainers": [{}, {"securityContext": {"privileged": true}}],
                               "containers": [{"securityContext": {"privileged": true}}, {"securityContext": {"privileged": false}}]}})";
  EXPECT_EQ(refused("pods", containers),
            (Fields{"spec.initContainers[1].securityContext.privileged", "spec.containers[0].securityContext.privileged"}));
  const char* deployment = R"({"spec": {"template": {"spec": {"containers": [{"securityContext": {"privileged": true}}]}}}})";
  EXPECT_EQ(refused("deployments.apps", deployment), (Fields{"spec.template.spec.containers[0].securityContext.privileged"}));
  const char* cron = R"({"spec": {"jobTemplate": {"spec": {"template": {"spec": {"containers": [{"securityContext": {"privileged": true}}]}}}}}})";
  EXPECT_EQ(refused("cronjobs.batch", cron),
            (Fields{"spec.jobTemplate.spec.template.spec.containers[0].securityContext.privileged"}));
  EXPECT_EQ(refused("pods", R"({"spec": {"containers": [{"name": "c"}, 7, null]}})"), Fields{});
}

}  // namespace
}  // namespace zdt::rehearsal::api
