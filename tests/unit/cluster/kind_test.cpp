// What the Kind target asks of docker and kind, and in which order. Nothing is started: a runner answers.
#include "cluster/kind.h"

#include "base/text.h"
#include "unit/cluster/cluster_world.h"
#include "unit/kube/fake_api.h"

namespace zdt::cluster {
namespace {

class KindTest : public testing::ClusterWorld {
 protected:
  void SetUp() override {
    host.root = ZDT_SOURCE;
    answers["docker version"] = {.out = "29.1.3\n"};
    answers["kind get clusters"] = {.err = "No kind clusters found.\n"};
    answers["docker image inspect"] = {.code = 1, .err = "Error response from daemon: No such image\n"};
    answers["kind create"] = {.err = " ✓ Preparing nodes\n"};
  }
  void TearDown() override {
    api.reset();
    loop.restart();
    loop.poll();
  }
  tools::Runner runner() {
    return [this](host::Command command) { return answer(std::move(command)); };
  }
  Task<Result<host::Exit>> answer(host::Command command) {
    const std::string line = join(command.argv, " ");
    lines.push_back(line);
    for (auto entry = answers.rbegin(); entry != answers.rend(); ++entry) {  // the longest beginning first
      if (!line.starts_with(entry->first)) continue;
      if (command.on_output) command.on_output(host::Stream::kErr, entry->second.err);
      co_return entry->second;
    }
    co_return host::Exit{};
  }
  /// The cluster exists; its kubeconfig leads to the fake API, or to a port where nobody listens.
  void existing(bool answers_too) {
    answers["kind get clusters"] = {.out = "other\nzero-downtime\n"};
    api->answer("GET /version", {{"gitVersion", "v1.34.11"}});
    answers["kind get kubeconfig"] = {
        .out =
            fmt::format("clusters: [{{name: c, cluster: {{server: '{}', certificate-authority-data: {}}}}}]\n"
                        "contexts: [{{name: kind-zero-downtime, context: {{cluster: c}}}}]\ncurrent-context: "
                        "kind-zero-downtime\n",
                        answers_too ? api->connection().server : "https://127.0.0.1:1",
                        base64_encode(http::testing::test_certificate().certificate))};
    std::string published = "6443/tcp -> 127.0.0.1:41234\n";
    for (const PortMapping& mapping : *port_mappings(host.root / "manifests/kind-config.yaml")) {
      published += fmt::format("{}/tcp -> {}:{}\n", mapping.node_port, mapping.address, mapping.host_port);
    }
    answers["docker port"] = {.out = published};
  }
  Result<bool> up(bool recreate = false) {
    Kind kind(host, {.runner = runner(), .patience = milliseconds(0)});
    kind.on_existing({.always = recreate, .ask = nullptr});
    kind.tell([this](const std::string& sentence) { said.push_back(sentence); });
    return wait(kind.up());
  }
  bool asked(const std::string& part) const {
    return std::any_of(lines.begin(), lines.end(),
                       [&part](const std::string& line) { return line.starts_with(part); });
  }

  std::unique_ptr<kube::testing::FakeApi> api = std::make_unique<kube::testing::FakeApi>(loop);
  std::map<std::string, host::Exit> answers;
  std::vector<std::string> lines, said;
};

TEST_F(KindTest, IsMadeWithAKubeconfigOfItsOwn) {
  auto made = up();
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_TRUE(*made);
  const std::string file = (host.state / "kind/kubeconfig").string();
  EXPECT_EQ(
      lines.back(),
      fmt::format(
          "kind create cluster --name zero-downtime --config {}/manifests/kind-config.yaml --kubeconfig {} "
          "--wait 180s",
          ZDT_SOURCE, file));
  EXPECT_EQ(said, std::vector<std::string>{"✓ Preparing nodes"}) << "kind's own progress is told";
  EXPECT_EQ(host::fs::status(host.state / "kind").permissions(), host::fs::perms::owner_all);
}

TEST_F(KindTest, TakesANodeImageThatWasLoadedWithoutItsDigest) {
  const std::string pinned = *node_image(host.root / "manifests/kind-config.yaml"),
                    tag = pinned.substr(0, pinned.find('@'));
  ASSERT_NE(tag, pinned) << "the image is pinned";
  answers["docker image inspect --format {{.Id}} " + pinned] = {.code = 1,
                                                                .err = "Error: No such image: x\n"};
  answers["docker image inspect --format {{.Id}} " + tag] = {.out = "sha256:1\n"};
  answers.erase("docker image inspect");
  const auto is_pinned = [&](const std::string& line) { return line.ends_with(pinned); };
  ASSERT_TRUE(up());
  EXPECT_EQ(std::count_if(lines.begin(), lines.end(), is_pinned), 1);
  EXPECT_TRUE(lines.back().starts_with("kind create") && lines.back().ends_with(" --image " + tag))
      << lines.back();
  answers["docker image inspect --format {{.Id}} " + pinned] = {.out = "sha256:1\n"};
  ASSERT_TRUE(up());
  EXPECT_EQ(lines.back().find("--image"), std::string::npos) << "the digest is there";
}

TEST_F(KindTest, IsUsedWhenItExistsAndAnswers) {
  existing(true);
  auto made = up();
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_FALSE(*made);
  EXPECT_FALSE(asked("kind create") || asked("kind delete"));
  EXPECT_TRUE(said.empty());
  EXPECT_EQ(host::fs::status(host.state / "kind/kubeconfig").permissions(),
            host::fs::perms::owner_read | host::fs::perms::owner_write);
  answers["docker port"] = {.out = "6443/tcp -> 127.0.0.1:41234\n"};
  ASSERT_TRUE(up());
  EXPECT_NE(said.at(0).find("without the mapping of NodePort 30080"), std::string::npos) << said.at(0);
}

TEST_F(KindTest, ThatIsHalfCreatedIsSaidRemovedAndMadeAnew) {
  existing(true);
  answers["kind get kubeconfig"] = {.code = 1, .err = "ERROR: failed to get cluster internal kubeconfig\n"};
  ASSERT_TRUE(up());
  EXPECT_NE(said.at(0).find("half-created: kind get kubeconfig: ERROR: failed to get"), std::string::npos)
      << said.at(0);
  EXPECT_TRUE(asked("kind delete cluster --name zero-downtime --kubeconfig"));
  EXPECT_TRUE(lines.back().starts_with("kind create"));
}

TEST_F(KindTest, WhoseApiDoesNotAnswerCountsAsHalfCreated) {
  existing(false);
  auto made = up();
  ASSERT_TRUE(made) << made.error().what;
  EXPECT_TRUE(*made);
  EXPECT_TRUE(asked("kind delete") && asked("kind create"));
}

TEST_F(KindTest, AsksThePersonAboutAClusterThatExistsAndDoesWhatTheySay) {
  for (const bool anew : {false, true}) {
    existing(true);
    lines.clear();
    std::string asked_for;
    Kind kind(host, {.runner = runner()});
    kind.on_existing({.always = false, .ask = [&](std::string question) -> Task<bool> {
                        asked_for = question;
                        co_return anew;
                      }});
    EXPECT_EQ(*wait(kind.up()), anew);
    EXPECT_EQ(asked_for, "the Kind cluster zero-downtime exists. Remove it and make it anew?");
    EXPECT_EQ(asked("kind delete"), anew);
  }
}

TEST_F(KindTest, IsMadeAnewWhenThatIsAskedForAndOnlyOnce) {
  existing(true);
  Kind kind(host, {.runner = runner()});
  kind.on_existing({.always = true, .ask = nullptr});
  EXPECT_TRUE(*wait(kind.up()));
  EXPECT_TRUE(asked("kind delete"));
  lines.clear();
  EXPECT_FALSE(*wait(kind.up()));
  EXPECT_FALSE(asked("kind delete"));
}

TEST_F(KindTest, WithoutDockerOrKindEndsWithWhatToDo) {
  answers["docker version"] = {
      .code = 1, .err = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock.\n"};
  auto down = up();
  ASSERT_FALSE(down);
  EXPECT_EQ(down.error().code, Code::kEnvironment);
  EXPECT_NE(down.error().hint, "");
  EXPECT_EQ(lines.size(), 1u) << "nothing else is tried";
  Kind kind(host, {.runner = [](host::Command command) -> Task<Result<host::Exit>> {
              if (command.argv.front() == "docker") co_return host::Exit{.out = "29.1.3"};
              co_return Error{Code::kEnvironment, "kind is not installed (or not on PATH)", ""};
            }});
  auto missing = wait(kind.up());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("kind is not installed"), std::string::npos);
  EXPECT_NE(missing.error().hint.find("setup"), std::string::npos);
}

TEST_F(KindTest, GoesDownByItsNameAndOnlyWhenItIsThere) {
  Kind kind(host, {.runner = runner()});
  EXPECT_FALSE(*wait(kind.down()));
  existing(true);
  EXPECT_TRUE(*wait(kind.down()));
  EXPECT_TRUE(asked("kind delete cluster --name zero-downtime"));
}

TEST_F(KindTest, IsIdentifiedByTheNamespaceThatLivesAsLongAsIt) {
  existing(true);
  Kind kind(host, {.runner = runner()});
  ASSERT_TRUE(wait(kind.up()));
  api->answer("GET /api/v1/namespaces/kube-system", {{"metadata", {{"uid", "1-2-3"}}}});
  EXPECT_EQ(*wait(kind.identity()), "1-2-3");
}

TEST(KindPorts, AreThoseOfTheTalk) {
  auto mappings = port_mappings(host::fs::path(ZDT_SOURCE) / "manifests/kind-config.yaml");
  ASSERT_TRUE(mappings);
  std::map<int, int> ports;
  for (const PortMapping& mapping : *mappings) {
    EXPECT_EQ(mapping.address, "127.0.0.1");
    ports[mapping.node_port] = mapping.host_port;
  }
  for (const auto& [node_port, host_port] : std::map<int, int>{{30080, 8080}, {30300, 3000}, {30090, 9090}, {30901, 9901}}) {
    EXPECT_EQ(ports[node_port], host_port);
  }
}

TEST(KindPorts, LeadToAServiceByItsNodePortElseByItsLoadBalancer) {
  const std::vector<PortMapping> mappings{{30080, 8080, "127.0.0.1"}};
  const auto way = [&](const char* spec, int port = 80) {
    json service = json::parse(spec);
    service["metadata"]["name"] = "edge";
    auto entrance = kind_entrance(service, port, mappings);
    return entrance ? entrance->url : entrance.error().what;
  };
  EXPECT_EQ(way(R"({"spec":{"ports":[{"port":80,"nodePort":30080}]}})"), "http://127.0.0.1:8080");
  EXPECT_EQ(
      way(R"({"spec":{"ports":[{"port":80}]},"status":{"loadBalancer":{"ingress":[{"ip":"172.18.0.9"}]}}})"),
      "http://172.18.0.9:80");
  EXPECT_EQ(way(R"({"spec":{"ports":[{"port":80,"nodePort":31000}]}})"),
            "NodePort 31000 of Service edge is not mapped to this machine");
  EXPECT_EQ(way(R"({"spec":{"ports":[{"port":80}]}})"),
            "nothing outside the Kind cluster leads to Service edge port 80");
  EXPECT_EQ(way(R"({"spec":{"ports":[{"port":80}]}})", 90), "Service edge has no port 90");
}

}  // namespace
}  // namespace zdt::cluster
