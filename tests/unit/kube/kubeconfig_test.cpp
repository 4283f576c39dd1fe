#include "kube/kubeconfig.h"

#include "base/text.h"
#include "unit/kube/fake_api.h"

namespace zdt::kube {
namespace {

using host::fs::path;
using zdt::testing::on_loop;

class KubeconfigTest : public ::testing::Test {
 protected:
  path write(const std::string& content, const std::string& name = "config") {
    const path file = folder.path() / name;
    EXPECT_TRUE(host::write_file(file, content));
    return file;
  }
  /// One context "dev" of cluster "c" and user "u", with these fields.
  path config(const std::string& cluster, const std::string& user, const std::string& context = "") {
    return write(fmt::format("apiVersion: v1\nkind: Config\ncurrent-context: dev\n"
                             "clusters:\n- name: c\n  cluster: {{server: 'https://h:6443', {}}}\n"
                             "users:\n- name: u\n  user: {{{}}}\n"
                             "contexts:\n- name: dev\n  context: {{cluster: c, user: u, {}}}\n"
                             "- name: production\n  context: {{cluster: c, user: u}}\n"
                             "- name: nowhere\n  context: {{cluster: none, user: u}}\n",
                             cluster, user, context));
  }
  host::TempDir folder{"kubeconfig"};
};

TEST_F(KubeconfigTest, ReadsInlineData) {
  auto loaded = load_kubeconfig(config("certificate-authority-data: " + base64_encode("CA PEM"),
                                       fmt::format("client-certificate-data: {}, client-key-data: {}, token: t0k",
                                                   base64_encode("CERT"), base64_encode("KEY")),
                                       "namespace: demo"),
                                "");
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->context, "dev");
  EXPECT_EQ(loaded->server, "https://h:6443");
  EXPECT_EQ(loaded->ns, "demo");
  EXPECT_EQ(loaded->tls.ca_pem, "CA PEM");
  EXPECT_EQ(loaded->tls.client_certificate_pem, "CERT");
  EXPECT_EQ(loaded->tls.client_key_pem, "KEY");
  EXPECT_EQ(loaded->token, "t0k");
  EXPECT_FALSE(loaded->tls.insecure);
}

TEST_F(KubeconfigTest, TakesFilesRelativeToTheConfigsFolder) {
  write("CA PEM", "pki/ca.crt");
  write("t0k\n", "token");
  auto loaded = load_kubeconfig(config("certificate-authority: pki/ca.crt", "tokenFile: token, token: older"), "");
  ASSERT_TRUE(loaded) << loaded.error().what;
  EXPECT_EQ(loaded->tls.ca_pem, "CA PEM");
  EXPECT_EQ(loaded->token, "t0k");
  EXPECT_EQ(loaded->ns, "default");
  auto missing = load_kubeconfig(config("certificate-authority: none.crt", ""), "");
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("none.crt"), std::string::npos);
}

TEST_F(KubeconfigTest, ReadsTheOtherWaysToConnect) {
  auto loaded = load_kubeconfig(config("insecure-skip-tls-verify: true, tls-server-name: api.internal",
                                       "username: joe, password: 'p:w'"),
                                "production");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->context, "production");
  EXPECT_TRUE(loaded->tls.insecure);
  EXPECT_EQ(loaded->tls.server_name, "api.internal");
  EXPECT_EQ(loaded->basic, "joe:p:w");
}

TEST_F(KubeconfigTest, AServerMayEndWithASlash) {
  auto loaded = load_kubeconfig(write("clusters: [{name: c, cluster: {server: 'https://h/k8s/'}}]\n"
                                      "contexts: [{name: x, context: {cluster: c}}]\ncurrent-context: x\n"),
                                "");
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->server, "https://h/k8s");
}

TEST_F(KubeconfigTest, AMissingContextIsNamedWithTheKnownOnes) {
  auto loaded = load_kubeconfig(config("", ""), "prodution");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kEnvironment);
  EXPECT_NE(loaded.error().what.find("it has: dev, production, nowhere"), std::string::npos) << loaded.error().what;
  EXPECT_EQ(loaded.error().hint, "--on context:production");
}

TEST_F(KubeconfigTest, AMissingFileIsAnErrorOfTheEnvironment) {
  auto loaded = load_kubeconfig(folder.path() / "none", "");
  ASSERT_FALSE(loaded);
  EXPECT_EQ(loaded.error().code, Code::kEnvironment);
  EXPECT_NE(loaded.error().hint.find("KUBECONFIG"), std::string::npos);
}

TEST_F(KubeconfigTest, BrokenContentIsInvalidAndNamesTheFile) {
  for (const path& file : {write("a: [", "not-yaml"), write("", "empty")}) {
    auto loaded = load_kubeconfig(file, "");
    ASSERT_FALSE(loaded) << file;
    EXPECT_EQ(loaded.error().code, Code::kInvalid) << loaded.error().what;
    EXPECT_NE(loaded.error().what.find(file.string()), std::string::npos) << loaded.error().what;
  }
  for (const auto& [cluster, user, context] : std::vector<std::tuple<const char*, const char*, const char*>>{
           {"certificate-authority-data: '%%%'", "", ""}, {"", "client-key-data: x", ""},
           {"", "exec: {command: aws, args: [8080]}", ""}, {"", "exec: {args: [a]}", ""}, {"", "", "nowhere"}}) {
    auto loaded = load_kubeconfig(config(cluster, user), context);
    ASSERT_FALSE(loaded) << cluster << user << context;
    EXPECT_EQ(loaded.error().code, Code::kInvalid) << loaded.error().what;
  }
}

TEST_F(KubeconfigTest, TheDefaultIsTheFirstThatExists) {
  const path first = write("x", "first"), second = write("x", "second");
  EXPECT_EQ(default_kubeconfig("/no/such:" + first.string() + ":" + second.string(), "/home/joe"), first);
  EXPECT_EQ(default_kubeconfig("", "/home/joe"), "/home/joe/.kube/config");
  EXPECT_EQ(default_kubeconfig("/no/such", "/home/joe"), "/home/joe/.kube/config");
}

class PluginTest : public KubeconfigTest {
 protected:
  /// A plugin that counts its runs and prints `credential`.
  Connection with_plugin(const std::string& credential, const std::string& first = "") {
    write(credential, "credential.json");
    write(fmt::format("#!/bin/sh\necho run >> {0}/runs\n{1}\necho \"$KUBERNETES_EXEC_INFO\" > {0}/info\n"
                      "echo \"$1 $STAGE\" > {0}/called\ncat {0}/credential.json\n",
                      folder.path().string(), first),
          "plugin");
    host::fs::permissions(folder.path() / "plugin", host::fs::perms::owner_all);
    auto loaded = load_kubeconfig(config("", "exec: {apiVersion: client.authentication.k8s.io/v1beta1, command: ./plugin, "
                                             "args: [get-token], env: [{name: STAGE, value: test}]}"),
                                  "");
    EXPECT_TRUE(loaded) << loaded.error().what;
    return *loaded;
  }
  size_t runs() const {
    auto text = host::read_file(folder.path() / "runs");
    return text ? split(trim(*text), '\n').size() : 0;
  }
  Result<void> authenticated(Connection& connection) { return on_loop(loop, authenticate(connection)); }
  asio::io_context loop;
};

TEST_F(PluginTest, GivesATokenAndIsAskedOnce) {
  Connection connection = with_plugin(R"({"kind":"ExecCredential","status":{"token":"from-plugin"}})");
  EXPECT_EQ(runs(), 0u) << "only when it is first needed";
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(authenticated(connection));
  EXPECT_EQ(connection.token, "from-plugin");
  EXPECT_EQ(runs(), 1u);
  EXPECT_EQ(*host::read_file(folder.path() / "called"), "get-token test\n");
  EXPECT_NE(host::read_file(folder.path() / "info")->find("client.authentication.k8s.io/v1beta1"), std::string::npos);
}

TEST_F(PluginTest, MayGiveACertificateInstead) {
  Connection connection = with_plugin(R"({"status":{"clientCertificateData":"CERT","clientKeyData":"KEY"}})");
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(authenticated(connection));
  EXPECT_EQ(connection.tls.client_certificate_pem, "CERT");
  EXPECT_EQ(connection.tls.client_key_pem, "KEY");
  EXPECT_EQ(runs(), 1u);
}

TEST_F(PluginTest, SaysWhyThereIsNoCredential) {
  for (const char* said : {"not json", R"({"status":{}})"}) {
    Connection connection = with_plugin(said);
    auto nothing = authenticated(connection);
    ASSERT_FALSE(nothing) << said;
    EXPECT_EQ(nothing.error().code, Code::kEnvironment);
  }
}

TEST_F(PluginTest, ItsOwnWordsAreInTheError) {
  Connection connection = with_plugin("{}", "echo 'not logged in' >&2; exit 1");
  auto failed = authenticated(connection);
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().code, Code::kEnvironment);
  EXPECT_NE(failed.error().what.find("not logged in"), std::string::npos) << failed.error().what;
}

TEST_F(PluginTest, AnExpiredTokenIsFetchedAgain) {
  testing::FakeApi api(loop);
  api.on("GET /version", [](http::Exchange& exchange) -> Task<void> {
    const bool current = exchange.headers.get("Authorization") == "Bearer second";
    const std::string body = current ? "{}" : testing::status_object(401, "Unauthorized", "Unauthorized").dump();
    co_await exchange.respond(current ? 200 : 401, "application/json", body);
  });
  Connection connection = with_plugin(R"({"status":{"token":"first"}})");
  connection.server = api.connection().server;
  connection.tls = api.connection().tls;
  Client client(loop.get_executor(), connection);
  EXPECT_FALSE(on_loop(loop, client.version()));
  write(R"({"status":{"token":"second"}})", "credential.json");
  auto version = on_loop(loop, client.version());
  EXPECT_TRUE(version) << version.error().what;
}

}  // namespace
}  // namespace zdt::kube
