// setup, bundle and forward through the command line, with stand-ins for the programs that they start.
#include "bundle/tar.h"
#include "cli/install.h"
#include "host/process.h"
#include "unit/cli/cli_world.h"

namespace zdt::cli {
namespace {

class MachineTest : public CliTest {
 protected:
  void file(const host::fs::path& path, const std::string& text, unsigned mode = 0644) {
    ASSERT_TRUE(host::write_file(path, text, mode));
  }
  void stand_in(const std::string& name, const std::string& body) {
    file(host.tools / "bin" / name, "#!/bin/sh\n" + body + "\n", 0755);
  }

  /// A tool that `kind` needs, and one that nobody does.
  void declare_tools() {
    file(host.root / "setup.lua", R"lua(return { machine = { cpus = 1 }, tools = {
      { name = "needed-tool", needed = "2.0", needed_for = { "kind" }, version = { "-v" }, pattern = "(%d+%.%d+)", get = { debian = "get it there" } },
      { name = "other-tool", get = { debian = "somewhere" } } } })lua");
  }

  /// A project whose manifests name one image and one chart.
  void declare_project() {
    file(host.root / "scripts/lib/pins.lua",
         "return { charts = { { name = 'keda', repo = 'https://c', version = '2.1.0' } }, manifests = { { "
         "name = 'crds.yaml', url = 'https://m/crds.yaml' } } }");
    file(host.root / "manifests/kind-config.yaml", "nodes: [{image: 'kindest/node:v1@sha256:abc'}]\n");
    file(host.root / "manifests/app/kustomization.yaml", "kind: Kustomization\n");
    stand_in("kubectl", "echo 'spec: {containers: [{image: \"busybox:1.36\"}]}'");
    stand_in("helm",
             "[ \"$1\" = template ] && echo 'spec: {containers: [{image: \"ghcr.io/kedacore/keda:2\"}]}'");
    stand_in("docker", "echo 'Cannot connect to the Docker daemon' >&2; exit 1");
  }
  void image(const std::string& name, const std::string& file_name) {
    tar(file_name, {{"manifest.json", json::array({{{"RepoTags", {name}}}}).dump()}});
  }
  void tar(const std::string& name, const std::vector<std::pair<std::string, std::string>>& members) {
    host::fs::create_directories(from);
    auto writer = bundle::TarWriter::create(from / name);
    for (const auto& [path, content] : members) {
      ASSERT_TRUE(writer->begin(path, static_cast<int64_t>(content.size())));
      ASSERT_TRUE(writer->write(content));
    }
    ASSERT_TRUE(writer->finish());
  }
  void lay_pieces() {
    image("busybox:1.36", "busybox.tar");
    image("ghcr.io/kedacore/keda:2", "keda.tar");
    image("kindest/node:v1", "node.tar");
    tar("keda-2.1.0.tgz", {{"keda/Chart.yaml", "name: keda\nversion: 2.1.0\n"}});
    file(from / "crds.yaml", "kind: List\n");
  }

  /// PATH is the stand-ins and the system's own.
  struct OwnPath {
    explicit OwnPath(const std::string& first) : before(getenv("PATH")) {
      setenv("PATH", (first + ":/usr/bin:/bin").c_str(), 1);
    }
    ~OwnPath() { setenv("PATH", before.c_str(), 1); }
    std::string before;
  } search_path{(folder.path() / "bin").string()};
  host::fs::path from = folder.path() / "from";
  std::string bundle_file = (folder.path() / "demo.bundle").string();
};

TEST_F(MachineTest, SetupExitsThreeWhileTheTargetLacksSomething) {
  declare_tools();
  EXPECT_EQ(run({"setup", "--on", "kind"}), 3);
  EXPECT_TRUE(said("get it there")) << everything();
  EXPECT_TRUE(said("optional")) << everything();
  EXPECT_TRUE(said("kind lacks needed-tool (missing)")) << everything();
  EXPECT_EQ(run({"setup", "--on", "rehearsal"}), 0) << everything();
  EXPECT_TRUE(said("missing (for kind)")) << everything();
  stand_in("needed-tool", "echo version 1.9");
  EXPECT_EQ(run({"setup", "--on", "kind"}), 3);
  EXPECT_TRUE(said("too-old")) << everything();
  stand_in("needed-tool", "echo version 2.1");
  EXPECT_EQ(run({"setup", "--on", "kind"}), 0) << everything();
  EXPECT_TRUE(said("kind: everything that is needed is here")) << everything();
}

TEST_F(MachineTest, SetupAsJsonIsOneDocumentWhateverTheVerdict) {
  declare_tools();
  for (const int code : {3, 0}) {
    if (code == 0) stand_in("needed-tool", "echo 2.0");
    EXPECT_EQ(run({"setup", "--on", "kind", "--json"}), code) << everything();
    const json said_now = document();
    EXPECT_EQ(said_now["ready"], code == 0);
    EXPECT_EQ(said_now["findings"][0]["tool"], "needed-tool");
    EXPECT_EQ(said_now["findings"][0]["blocks"], code != 0);
  }
}

TEST_F(MachineTest, SetupWithNothingSafeToInstallSaysSo) {
  declare_tools();
  EXPECT_EQ(run({"setup", "--on", "kind", "--install"}), 3);
  EXPECT_NE(err().find("nothing that can be installed"), std::string::npos) << everything();
  EXPECT_EQ(run({"setup", "--on", "nowhere"}), 2);
  file(host.root / "setup.lua", "return {");
  EXPECT_EQ(run({"setup", "--on", "kind"}), 2);
}

TEST_F(MachineTest, OnlyWhatIsLackingAndSafeIsPlannedForInstallation) {
  script::CheckUp checked;
  checked.system = "debian";
  const auto add = [&](const std::string& name, const std::string& verdict, const std::string& package,
                       bool download) {
    script::Tool tool;
    tool.name = name;
    tool.package = package;
    if (download)
      tool.download = script::Download{"1", "https://x/${arch}", "", {{"amd64", std::string(64, 'a')}}};
    checked.wanted.tools.push_back(tool);
    checked.findings.push_back({name, "", "", verdict, "", "", {"kind"}, verdict != "ok"});
  };
  add("there", "ok", "there", true);
  add("packaged", "missing", "packaged-package", false);
  add("fetched", "too-old", "", true);
  add("by-hand", "missing", "", false);
  add("daemon", "not-answering", "daemon-package", false);
  const auto plan = plan_installation(checked, "amd64");
  ASSERT_EQ(plan.size(), 2u);
  EXPECT_EQ(plan[0].packages, Words{"packaged-package"});
  EXPECT_EQ(plan[1].tool, "fetched");
  EXPECT_NE(plan[1].what.find("https://x/amd64"), std::string::npos) << plan[1].what;
  EXPECT_EQ(plan_installation(checked, "riscv64").size(), 1u) << "no checksum for that machine";
  checked.system = "fedora";
  EXPECT_EQ(plan_installation(checked, "amd64").size(), 1u);
}

TEST_F(MachineTest, ADownloadIsPutInPlaceOnlyWithTheRightSum) {
  const std::string sum(64, 'a');
  script::Download source{"1", "https://x", "", {{"amd64", sum}}};
  const host::fs::path fetched = folder.path() / "fetched", program = host.tools / "bin/tool";
  file(fetched, "the program");
  EXPECT_FALSE(place_program(fetched, std::string(64, 'b'), source, "amd64", program));
  EXPECT_FALSE(place_program(fetched, sum, source, "arm64", program));
  EXPECT_FALSE(host::fs::exists(program));
  ASSERT_TRUE(place_program(fetched, sum, source, "amd64", program));
  EXPECT_EQ(host::find_program(program.string()), program.string()) << "it can be run";
  tar("tool.tar", {{"linux-amd64/LICENSE", "x"}, {"linux-amd64/tool", "from the archive"}});
  source.member = "linux-${arch}/tool";
  ASSERT_TRUE(place_program(from / "tool.tar", sum, source, "amd64", program));
  EXPECT_EQ(*host::read_file(program), "from the archive");
  source.member = "nothing";
  EXPECT_FALSE(place_program(from / "tool.tar", sum, source, "amd64", program));
  EXPECT_EQ(*host::read_file(program), "from the archive") << "the old one stays";
}

TEST_F(MachineTest, ABundleIsMadeFromAFolderListedVerifiedAndRunWith) {
  declare_project();
  lay_pieces();
  setenv("PATH", ((host.tools / "bin").string() + ":/usr/bin:/bin").c_str(), 1);
  ASSERT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 0) << everything();
  EXPECT_TRUE(said("5 entries")) << everything();
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 0) << everything();
  EXPECT_EQ(run({"bundle", "list", bundle_file}), 0);
  EXPECT_TRUE(said("ghcr.io/kedacore/keda:2")) << everything();
  EXPECT_EQ(run({"bundle", "list", bundle_file, "-o", "json"}), 0);
  EXPECT_EQ(document()["entries"].size(), 5u);
  write_step("with",
             "zdt.log(zdt.bundle.has('image', 'busybox:1.36') and 'it is there' or 'it is not') "
             "zdt.log(zdt.bundle.path('manifest', 'crds.yaml'))");
  EXPECT_EQ(run({"run", "with", "--on", "rehearsal", "--bundle", bundle_file}), 0) << everything();
  EXPECT_TRUE(said("it is there")) << everything();
  ASSERT_EQ(run_folders().size(), 1u);
  EXPECT_FALSE(host::fs::exists(run_folders()[0] / "bundle")) << "what was taken out is in the bundle still";
}

TEST_F(MachineTest, EverythingThatABundleWouldLackIsNamedAtOnce) {
  declare_project();
  image("busybox:1.36", "busybox.tar");
  setenv("PATH", ((host.tools / "bin").string() + ":/usr/bin:/bin").c_str(), 1);
  stand_in("helm", "echo 'repo is unreachable' >&2; exit 1");
  file(host.root / "scripts/lib/pins.lua",
       "return { local_images = { 'zdt/app:1' }, charts = { { name = 'keda', repo = 'https://c', version = "
       "'2.1.0' } } }");
  EXPECT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 3);
  for (const char* part :
       {"chart keda-2.1.0 of https://c: repo is unreachable",
        "image zdt/app:1: Cannot connect to the Docker daemon", "node-image kindest/node:v1", "--from"}) {
    EXPECT_TRUE(said(part)) << part << "\n" << everything();
  }
  EXPECT_FALSE(host::fs::exists(bundle_file));
}

TEST_F(MachineTest, ABundleThatDoesNotFitIsRefusedBeforeTheFirstStep) {
  declare_project();
  file(bundle_file, "no tar file");
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 3) << everything();
  EXPECT_EQ(run({"bundle", "list", bundle_file}), 3);
  EXPECT_EQ(run({"run", "deploy", "--on", "rehearsal", "--bundle", bundle_file}), 3);
  EXPECT_FALSE(said("applied v1")) << everything();
  EXPECT_EQ(run({"bundle", "verify", "/no/such/file"}), 2);
  EXPECT_EQ(run({"bundle", "create", bundle_file, "--from", "/no/such/folder"}), 2);
  EXPECT_EQ(run({"run", "deploy", "--on", "rehearsal", "--bundle", "/no/such/file"}), 2);
}

TEST_F(MachineTest, AManifestThatNamesMoreThanTheBundleHasFailsVerification) {
  declare_project();
  lay_pieces();
  setenv("PATH", ((host.tools / "bin").string() + ":/usr/bin:/bin").c_str(), 1);
  ASSERT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 0) << everything();
  stand_in("kubectl", "echo 'spec: {containers: [{image: \"nginx:1\"}]}'");
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 3);
  EXPECT_TRUE(said("it lacks image nginx:1, which the manifests name")) << everything();
  EXPECT_EQ(run({"run", "deploy", "--on", "context:any", "--allow-context", "any", "--bundle", bundle_file}),
            3);
  EXPECT_TRUE(said("the bundle lacks image nginx:1")) << everything();
  EXPECT_FALSE(said("applied v1")) << "before the first step";
}

TEST_F(MachineTest, AChartWhosePodsPullAlwaysIsRefusedWhenABundleIsMadeAndWhenItIsVerified) {
  OwnPath path((host.tools / "bin").string());
  declare_project();
  lay_pieces();
  ASSERT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 0) << everything();
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 0) << everything();
  const auto render = [this](const std::string& container) {
    stand_in("helm", "[ \"$1\" = template ] && echo 'kind: Deployment\nmetadata: {name: keda-operator}\nspec: {containers: [{name: op, " + container + "}]}'");
  };
  render("image: \"ghcr.io/kedacore/keda:2\", imagePullPolicy: Always");
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 3);
  EXPECT_TRUE(said("chart keda-2.1.0: Deployment keda-operator: container op pulls its image Always")) << everything();
  host::fs::remove(bundle_file);
  EXPECT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 3);
  EXPECT_TRUE(said("container op pulls its image Always")) << everything();
  EXPECT_FALSE(host::fs::exists(bundle_file));

  render("image: \"ghcr.io/kedacore/keda:2\"");
  ASSERT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 0) << everything();
  render("image: \"ghcr.io/kedacore/keda:3\"");
  EXPECT_EQ(run({"bundle", "verify", bundle_file}), 3);
  EXPECT_TRUE(said("it lacks image ghcr.io/kedacore/keda:3, which chart keda-2.1.0 names")) << everything();
}

TEST_F(MachineTest, AnImageThatDockerHasIsNotPulled) {
  OwnPath path((host.tools / "bin").string());
  declare_project();
  lay_pieces();
  image("busybox:1.36", "../busybox.tar");
  host::fs::remove(from / "busybox.tar");
  host::fs::remove(from / "node.tar");
  image("kindest/node:v1", "../node.tar");
  // By its digest Docker has no node image: that one came out of an archive. There is no network.
  stand_in("docker", "case \"$*\" in *kindest/node:v1@*) exit 1;; 'image inspect'*) echo sha256:1;; pull*) echo 'no such host' >&2; exit 1;; "
                     "'save -o '*busybox*) cp " + (folder.path() / "busybox.tar").string() + " \"$3\";; 'save -o '*node*) cp " +
                     (folder.path() / "node.tar").string() + " \"$3\";; esac");
  EXPECT_EQ(run({"bundle", "create", bundle_file, "--from", from.string()}), 0) << everything();
}

TEST_F(MachineTest, AForwardThatIsMistypedOrHasNoClusterSaysSo) {
  for (const char* wrong : {"web", "web:", "web:80:x", "web:80:0", "a/b/c:80", "web:80:90:1"}) {
    EXPECT_EQ(run({"forward", wrong, "--on", "context:none"}), 3) << wrong;
  }
  EXPECT_EQ(run({"forward", "web:80", "--on", "nowhere"}), 2);
  EXPECT_EQ(run({"forward", "--on", "rehearsal"}), 3) << everything();
}

}  // namespace
}  // namespace zdt::cli
