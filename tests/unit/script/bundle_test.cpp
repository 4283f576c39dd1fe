// zdt.bundle and zdt.forward from a script, without a cluster.
#include "bundle/bundle.h"

#include "unit/script/script_world.h"

namespace zdt::script {
namespace {

class BundleBinding : public ScriptTest {
 protected:
  /// Runs the step with a bundle of one manifest.
  stage::Outcome run_with_bundle(const std::string& body, bool damaged = false) {
    const host::fs::path piece = folder.path() / "crds.yaml", file = folder.path() / "demo.bundle";
    EXPECT_TRUE(host::write_file(piece, "kind: List\n"));
    std::vector<bundle::Piece> pieces{{"manifest", "https://x/crds.yaml", "", piece}};
    EXPECT_TRUE(await(
        bundle::create_bundle(file, std::move(pieces), {}, "", [](int64_t, int64_t, const std::string&) {})));
    if (damaged) {
      std::string content = *host::read_file(file);
      content.replace(content.find("kind: List"), 4, "KIND");
      EXPECT_TRUE(host::write_file(file, content));
    }
    auto loaded = load(step_of(body));
    EXPECT_TRUE(loaded);
    script = std::move(*loaded);
    script->world().bundle = *bundle::Bundle::open(file, folder.path() / "out");
    return await(engine.execute(script->plan(script->declaration().params), {}));
  }
};

TEST_F(BundleBinding, WithoutABundleNothingIsThereAndNothingIsMissing) {
  EXPECT_EQ(failure_of("zdt.observe('all', { zdt.bundle.file() == nil, zdt.bundle.has('image', 'a'), "
                       "#zdt.bundle.missing('image', { 'a' }) })"),
            "");
  EXPECT_EQ(observed("all"), json::parse("[true, false, 0]"));
  EXPECT_EQ(failure_of("zdt.bundle.path('image', 'a')"), "zdt.bundle.path: this run has no bundle");
}

TEST_F(BundleBinding, APieceIsTakenOutAsAFile) {
  auto outcome = run_with_bundle(R"(
    zdt.observe('has', zdt.bundle.has('manifest', 'https://x/crds.yaml'))
    zdt.observe('missing', zdt.bundle.missing('manifest', { 'https://x/crds.yaml', 'https://x/other.yaml' }))
    zdt.observe('path', zdt.bundle.path('manifest', 'https://x/crds.yaml')))");
  ASSERT_FALSE(outcome.error) << outcome.error->what;
  EXPECT_EQ(observed("has"), true);
  EXPECT_EQ(observed("missing"), json::parse(R"(["https://x/other.yaml"])"));
  EXPECT_EQ(*host::read_file(observed("path").get<std::string>()), "kind: List\n");
}

TEST_F(BundleBinding, ADamagedPieceIsRefused) {
  auto outcome = run_with_bundle("zdt.bundle.path('manifest', 'https://x/crds.yaml')", true);
  ASSERT_TRUE(outcome.error);
  EXPECT_TRUE(holds(outcome.error->what, "SHA-256"));
}

TEST_F(BundleBinding, AForwardNeedsAServiceAndACluster) {
  EXPECT_TRUE(holds(failure_of("zdt.forward { port = 80 }"), "service is missing"));
  EXPECT_TRUE(holds(failure_of("zdt.forward { service = 'a', local_port = 70000 }"), "70000 is no port"));
  EXPECT_TRUE(holds(failure_of("zdt.forward { servcie = 'a' }"), "servcie"));
  EXPECT_TRUE(
      holds(failure_of("zdt.forward { service = 'a', port = 80 }"), "the fake cluster is not running"));
}

}  // namespace
}  // namespace zdt::script
