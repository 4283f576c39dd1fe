// The kubectl of this machine against the rehearsal cluster.
#include "base/text.h"
#include "e2e/fixture.h"

namespace zdt::e2e {
namespace {

class Kubectl : public Demo {
 protected:
  std::string first_pod() {
    return trim(kubectl({"get", "pods", "-l", "app.zerodt.com/instance=k8s", "-o", "jsonpath={.items[0].metadata.name}"}).out);
  }
};

TEST_F(Kubectl, DoesWhatASpeakerDoes) {
  ASSERT_EQ(demo({"run", "deploy-all", "--ci", "--on", "rehearsal", "--until", "reachable"}).code, 0);
  const host::Exit wide = kubectl({"get", "pods", "-o", "wide"});
  EXPECT_NE(wide.out.find("NOMINATED NODE"), std::string::npos) << wide.out << wide.err;
  EXPECT_NE(wide.out.find("2/2     Running"), std::string::npos) << wide.out;

  const host::Exit top = kubectl({"top", "nodes"});
  EXPECT_NE(top.out.find("zero-downtime-worker3"), std::string::npos) << top.out << top.err;

  const std::string pod = first_pod();
  const host::Exit log = program({"timeout", "3", "kubectl", "logs", "-f", pod, "-c", "app"});
  EXPECT_NE(log.out.find("listening on"), std::string::npos) << log.out << log.err;
  const host::Exit shell = kubectl({"exec", pod, "-c", "app", "--", "sh", "-c", "echo from the pod; exit 7"});
  EXPECT_EQ(shell.out, "from the pod\n") << shell.err;
  EXPECT_EQ(shell.code, 7);

  EXPECT_EQ(kubectl({"apply", "-k", ZDT_SOURCE "/manifests/routing-service/base-manifest"}).code, 0);
  EXPECT_EQ(kubectl({"rollout", "status", "deploy/asg-web-pool", "--timeout=60s"}).code, 0);
  EXPECT_EQ(kubectl({"wait", "--for=condition=Available", "deploy/asg-web-pool", "--timeout=60s"}).code, 0);

  EXPECT_EQ(kubectl({"delete", "pod", pod, "--wait=true", "--timeout=90s"}).code, 0);
  const host::Exit slices = program({"timeout", "3", "kubectl", "get", "endpointslices", "-w"});
  EXPECT_NE(slices.out.find("k8s-web-pool-"), std::string::npos) << slices.out << slices.err;
  EXPECT_NE(first_pod(), pod);
}

TEST_F(Kubectl, IsToldThatNoControllerActsOnAKindThatIsOnlyStored) {
  ASSERT_EQ(demo({"cluster", "up"}).code, 0);
  const host::Exit applied = kubectl({"apply", "-f", "-"}, R"(
apiVersion: apps/v1
kind: DaemonSet
metadata: { name: agent }
spec:
  selector: { matchLabels: { app: agent } }
  template:
    metadata: { labels: { app: agent } }
    spec: { containers: [ { name: agent, image: busybox } ] }
)");
  EXPECT_EQ(applied.code, 0) << applied.err;
  EXPECT_NE(applied.err.find("no controller acts on"), std::string::npos) << applied.err;
}

}  // namespace
}  // namespace zdt::e2e
