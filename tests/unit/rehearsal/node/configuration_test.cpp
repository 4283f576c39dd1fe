// What a container is made from: image, environment, identity, files. No container is run here.
#include <gtest/gtest.h>

#include "base/text.h"
#include "base/yaml.h"
#include "host/files.h"
#include "rehearsal/node/address_pool.h"
#include "rehearsal/node/bundle.h"
#include "rehearsal/node/log_file.h"
#include "rehearsal/node/service_account.h"

namespace zdt::rehearsal {
namespace {

Catalogue catalogue_of(const std::string& text) {
  return Catalogue::parse(text, "images.yaml", {{"build", "/usr"}}).value();
}

TEST(Catalogue, FindsAnImageWithAndWithoutItsRegistry) {
  const Catalogue catalogue = catalogue_of(
      "images: [{name: a/b, user: 7, env: {X: '1'}, stop_signal: SIGQUIT, tags: {v1: {env: {X: '2'}}, "
      "v2: {entrypoint: [sh, -c, 'echo; x'], stop_signal: SIGUSR1}}}, "
      "{name: sh, files: {/x: '${build}/bin'}}]");
  const Image image = catalogue.find("docker.io/a/b:v1").value();
  EXPECT_EQ(image.user, 7u);
  EXPECT_EQ(image.group, 7u);
  EXPECT_EQ(image.env.at("X"), "2");
  EXPECT_EQ(image.stop_signal, 3);
  const Image other = catalogue.find("a/b:v2").value();
  EXPECT_EQ(other.entrypoint, (std::vector<std::string>{"sh", "-c", "echo; x"}));
  EXPECT_EQ(other.stop_signal, 10);
  EXPECT_EQ(catalogue.find("docker.io/library/sh").value().files.at("/x"), "/usr/bin");
  EXPECT_EQ(catalogue.find("sh:any@sha256:00").value().reference, "sh:any@sha256:00");
}

TEST(Catalogue, SaysWhatItHasInsteadOfAnUnknownImageTagOrFile) {
  const Catalogue catalogue =
      catalogue_of("images: [{name: a/b, tags: {v1: {}, v2: {}}}, {name: c, files: {/x: /no/such}}]");
  EXPECT_NE(catalogue.find("a/bb:v1").error().what.find("did you mean \"a/b\""), std::string::npos);
  EXPECT_NE(catalogue.find("a/b:v3").error().what.find("it has v1, v2"), std::string::npos);
  EXPECT_NE(catalogue.find("c").error().what.find("needs /no/such"), std::string::npos);
  EXPECT_EQ(Catalogue::parse("images: [{name: a, files: {/x: '${what}'}}]", "f", {}).error().code,
            Code::kScript);
}

TEST(Catalogue, TheProjectsOwnFileIsWellFormed) {
  const auto file = host::fs::path(__FILE__).parent_path() / "../../../../manifests/rehearsal-images.yaml";
  host::TempDir tools{"zdt-catalogue-test"};
  host::fs::create_directories(tools.path() / "bin");
  ASSERT_TRUE(host::write_file(tools.path() / "bin/busybox", "the launcher's"));
  const auto catalogue =
      Catalogue::load(file, {{"build", "/nowhere"}, {"tools", tools.path().string()}, {"root", "/nowhere"}});
  ASSERT_TRUE(catalogue) << catalogue.error().what;
  EXPECT_TRUE(catalogue->find("busybox:1.36"));
  EXPECT_NE(catalogue->find("zdt/monolith:v0.1.2").error().what.find("/nowhere/bin/monolith"),
            std::string::npos);
}

TEST(Environment, ExpandsOnlyWhatIsDefinedBefore) {
  const Environment environment{{"A", "1"}, {"B", "$(A)"}};
  EXPECT_EQ(expand("$(A) $(B) $(C) $$(A) $A $(A", environment).value(), "1 $(A) $(C) $(A) $A $(A");
  EXPECT_EQ(expand("$($(A)) $() $(A$$", environment).value(), "$($(A)) $() $(A$");
}

struct Cluster {
  Cluster() {
    store
        .create("configmaps",
                {{"metadata", {{"name", "c"}, {"namespace", "n"}}}, {"data", {{"k", "v"}, {"x", "y"}}}})
        .value();
    store
        .create("secrets", {{"metadata", {{"name", "s"}, {"namespace", "n"}}},
                            {"data", {{"p", base64_encode("secret")}}}})
        .value();
  }
  Result<Environment> environment(const std::string& container) {
    return container_environment(store, pod, parse_yaml(container, "container").value(), image,
                                 {"10.0.0.9", "10.0.0.1"});
  }
  Store store;
  json pod = {{"metadata", {{"name", "web"}, {"namespace", "n"}, {"labels", {{"a/b", "c"}}}}},
              {"spec", json::object()}};
  Image image;
};

std::string value(const Environment& environment, const std::string& name) {
  for (const auto& [known, text] : environment) {
    if (known == name) return text;
  }
  return "none";
}

TEST(Environment, ComesFromTheImageMapsSecretsAndThePodInOrder) {
  Cluster cluster;
  cluster.image.env = {{"PATH", "/image"}};
  const auto environment = cluster
                               .environment(R"({envFrom: [{prefix: P_, configMapRef: {name: c}}], env: [
    {name: S, valueFrom: {secretKeyRef: {name: s, key: p}}}, {name: L, valueFrom: {fieldRef: {fieldPath: "metadata.labels['a/b']"}}},
    {name: P_x, value: own}, {name: O, valueFrom: {configMapKeyRef: {name: none, key: k, optional: true}}},
    {name: M, valueFrom: {resourceFieldRef: {resource: limits.memory, divisor: 1Mi}}}], resources: {limits: {memory: 64Mi}}})")
                               .value();
  EXPECT_EQ(value(environment, "PATH"), "/image");
  EXPECT_EQ(value(environment, "HOSTNAME"), "web");
  EXPECT_EQ(value(environment, "P_k"), "v");
  EXPECT_EQ(value(environment, "P_x"), "own");
  EXPECT_EQ(value(environment, "S"), "secret");
  EXPECT_EQ(value(environment, "L"), "c");
  EXPECT_EQ(value(environment, "O"), "none");
  EXPECT_EQ(value(environment, "M"), "64");
}

TEST(Environment, VariablesThatNameEachOtherTwiceEndAtWhatAProcessTakes) {
  Cluster cluster;
  std::string container = "{env: [{name: V0, value: xxxxxxxxxx}";
  for (int i = 1; i < 40; ++i) container += fmt::format(", {{name: V{}, value: $(V{})$(V{})}}", i, i - 1, i - 1);
  EXPECT_EQ(cluster.environment(container + "]}").error().what,
            "argument list too long: a variable or argument of more than 131072 bytes");
}

TEST(Environment, AllTogetherAreWhatAProcessTakes) {
  Cluster cluster;
  const std::string long_value(100'000, 'x');
  std::string container = "{env: [{name: V, value: " + long_value + "}";
  for (int i = 0; i < 20; ++i) container += fmt::format(", {{name: V{}, value: $(V)}}", i);
  const std::string wanted = "argument list too long: variables and arguments of more than 2097152 bytes";
  EXPECT_EQ(cluster.environment(container + "]}").error().what, wanted);
  const json arguments = {{"command", json::array({"run"})}, {"args", std::vector<std::string>(21, "$(V)")}};
  EXPECT_EQ(container_arguments(arguments, Image{}, {{"V", long_value}}).error().what, wanted);
  EXPECT_EQ(container_arguments({{"command", std::vector<std::string>(19, "$(V)")}}, Image{}, {{"V", long_value}}).value().size(), 19u);
}

TEST(Environment, AMissingKeyOrMapIsNamed) {
  Cluster cluster;
  EXPECT_EQ(
      cluster.environment("{env: [{name: X, valueFrom: {configMapKeyRef: {name: c, key: z}}}]}").error().what,
      "couldn't find key z in configmap n/c");
  EXPECT_EQ(cluster.environment("{envFrom: [{secretRef: {name: z}}]}").error().what,
            "secret \"z\" not found");
  EXPECT_EQ(
      cluster.environment("{env: [{name: X, valueFrom: {fieldRef: {fieldPath: spec.what}}}]}").error().what,
      "unsupported fieldPath: spec.what");
}

TEST(Arguments, ACommandHidesTheImagesEntrypointAndItsCommand) {
  Image image;
  image.entrypoint = {"run"};
  image.command = {"default"};
  const auto arguments = [&](const std::string& container) {
    return join(container_arguments(parse_yaml(container, "container").value(), image, {{"V", "1"}}).value(),
                " ");
  };
  EXPECT_EQ(arguments("{name: a}"), "run default");
  EXPECT_EQ(arguments("{args: ['$(V)']}"), "run 1");
  EXPECT_EQ(arguments("{command: [other]}"), "other");
  EXPECT_EQ(container_arguments(json::object(), Image{}, {}).error().what, "no command specified");
}

TEST(Identity, TheContainersContextGoesBeforeThePodsAndTheImages) {
  Image image;
  const json pod = {
      {"spec", {{"securityContext", {{"runAsNonRoot", true}, {"runAsUser", 5}, {"fsGroup", 9}}}}}};
  const json own = {
      {"securityContext", {{"runAsUser", 7}, {"capabilities", {{"drop", {"ALL"}}, {"add", {"NET_ADMIN"}}}}}}};
  const Identity identity = identity_of(pod, own, image, {.own_users = true}).value();
  EXPECT_EQ(identity.user, 7u);
  EXPECT_EQ(identity.more_groups, std::vector<uint32_t>{9});
  EXPECT_EQ(identity.capabilities, std::set<std::string>{"CAP_NET_ADMIN"});
  const json non_root = {{"spec", {{"securityContext", {{"runAsNonRoot", true}}}}}};
  EXPECT_EQ(identity_of(non_root, json::object(), image, {}).error().what,
            "container has runAsNonRoot and image will run as root");
}

TEST(Bundle, TheConfigurationDropsCapabilitiesAndJoinsThePodsNetwork) {
  const json pod = {{"metadata", {{"name", "web"}}}, {"spec", json::object()}};
  Image image;
  Identity identity;
  identity.user = 9;
  identity.read_only_root = true;
  const BundleInput input{pod,    json::object(), image, identity, {{"A", "b"}}, {"run"}, {{"/usr", "/data", true}},
                          "/b",   "/proc/1/fd/3", "/proc/1/fd/4", UserRange{70000}};
  const json config = oci_config(input);
  EXPECT_EQ(config["root"]["path"], "/b/rootfs");
  EXPECT_EQ(config["root"]["readonly"], true);
  EXPECT_EQ(config["process"]["capabilities"]["effective"], json::array());
  EXPECT_EQ(config["process"]["env"], json::array({"A=b"}));
  EXPECT_EQ(config["linux"]["namespaces"][4]["path"], "/proc/1/fd/3");
  EXPECT_EQ(config["linux"]["namespaces"][5]["path"], "/proc/1/fd/4");
  EXPECT_EQ(config["linux"]["uidMappings"][0]["hostID"], 70000);
  EXPECT_EQ(config["mounts"].back()["destination"], "/data");
  EXPECT_EQ(config["mounts"].back()["options"].back(), "rro");
  EXPECT_EQ(config["linux"]["seccomp"]["defaultAction"], "SCMP_ACT_ERRNO");
}

TEST(Bundle, AHostNameIsCutAsTheKubeletCutsIt) {
  const json pod = {{"metadata", {{"name", std::string(62, 'a') + "-" + std::string(20, 'b')}}}};
  EXPECT_EQ(host_name(pod), std::string(62, 'a'));
}

TEST(Bundle, HostsAndResolverFilesAreThePods) {
  const json pod = {
      {"metadata", {{"name", "web"}, {"namespace", "shop"}}},
      {"spec",
       {{"hostAliases", json::array({{{"ip", "127.0.0.1"}, {"hostnames", {"envoy", "proxy"}}}})},
        {"dnsConfig", {{"options", json::array({{{"name", "ndots"}, {"value", "2"}}})}}}}}};
  EXPECT_NE(hosts_file(pod, "10.0.0.9").find("10.0.0.9\tweb\n127.0.0.1\tenvoy\tproxy\n"), std::string::npos);
  EXPECT_EQ(resolver_file(pod, "10.96.0.10"),
            "nameserver 10.96.0.10\nsearch shop.svc.cluster.local svc.cluster.local cluster.local\noptions "
            "ndots:2\n");
}

TEST(Volumes, FilesComeFromMapsSecretsFieldsAndProjections) {
  Cluster cluster;
  const auto files = [&](const std::string& volume) {
    return volume_files(cluster.store, cluster.pod, parse_yaml(volume, "volume").value(), {});
  };
  EXPECT_EQ(files("{configMap: {name: c}}").value().at("k").content, "v");
  const auto chosen = files("{configMap: {name: c, defaultMode: 256, items: [{key: k, path: a/b}]}}").value();
  EXPECT_EQ(chosen.size(), 1u);
  EXPECT_EQ(chosen.at("a/b").mode, 0400u);
  const auto projected =
      files(
          "{projected: {sources: [{secret: {name: s}}, {downwardAPI: {items: [{path: \"n\", fieldRef: "
          "{fieldPath: metadata.name}}]}}, {serviceAccountToken: {path: token}}]}}")
          .value();
  EXPECT_EQ(projected.at("p").content, "secret");
  EXPECT_EQ(projected.at("n").content, "web");
  EXPECT_EQ(projected.at("token").content, "");
  EXPECT_EQ(files("{configMap: {name: none}}").error().what, "configmap \"none\" not found");
  EXPECT_TRUE(files("{configMap: {name: none, optional: true}}"));
  EXPECT_NE(files("{hostPath: {path: /}}").error().what.find("does not offer"), std::string::npos);
}

TEST(Volumes, AFolderChangesAllAtOnceAndOnlyWhenItsSourceDoes) {
  const host::TempDir dir("zdt-volume-test");
  const auto folder = dir.path() / "conf";
  const auto read = [&](const char* name) { return host::read_file(folder / name).value(); };
  const HeldFolder held = HeldFolder::make_own(folder).value();
  EXPECT_TRUE(write_volume_folder(held, {{"a", {"1", 0444}}, {"deep/b", {"2", 0640}}}, {}).value());
  EXPECT_EQ(read("a") + read("deep/b"), "12");
  EXPECT_EQ(host::fs::read_symlink(folder / "a"), "..data/a");
  const auto before = host::fs::read_symlink(folder / "..data");
  EXPECT_FALSE(write_volume_folder(held, {{"a", {"1", 0444}}, {"deep/b", {"2", 0640}}}, {}).value());
  EXPECT_EQ(host::fs::read_symlink(folder / "..data"), before);
  EXPECT_TRUE(write_volume_folder(held, {{"a", {"3", 0444}}, {"c", {"4"}}}, {}).value());
  EXPECT_EQ(read("a") + read("c"), "34");
  EXPECT_FALSE(host::fs::exists(folder / "deep"));
  EXPECT_FALSE(host::fs::exists(folder / before));
  EXPECT_EQ(write_volume_folder(held, {{"../../out", {"x"}}}, {}).error().what, "invalid path: ../../out");
  EXPECT_EQ(read("a"), "3");
}

TEST(ServiceAccount, APodMountsItsTokenUnlessItOrItsAccountSaysNo) {
  Cluster cluster;
  EXPECT_FALSE(mounts_account(cluster.store, cluster.pod)) << "without an account there is nothing to mount";
  cluster.store.create("serviceaccounts", {{"metadata", {{"name", "default"}, {"namespace", "n"}}}}).value();
  EXPECT_TRUE(mounts_account(cluster.store, cluster.pod));
  cluster.pod["spec"]["automountServiceAccountToken"] = false;
  EXPECT_FALSE(mounts_account(cluster.store, cluster.pod));
  cluster.store
      .create("serviceaccounts", {{"metadata", {{"name", "quiet"}, {"namespace", "n"}}}, {"automountServiceAccountToken", false}})
      .value();
  cluster.pod["spec"] = {{"serviceAccountName", "quiet"}};
  EXPECT_FALSE(mounts_account(cluster.store, cluster.pod));
}

TEST(ServiceAccount, ItsVolumeHasTheTokenTheAuthorityAndTheNamespace) {
  Cluster cluster;
  cluster.store
      .create("configmaps", {{"metadata", {{"name", "kube-root-ca.crt"}, {"namespace", "n"}}}, {"data", {{"ca.crt", "PEM"}}}})
      .value();
  const auto files = volume_files(cluster.store, cluster.pod, account_volume(), {"", "", "the token"}).value();
  EXPECT_EQ(files.at("token").content, "the token");
  EXPECT_EQ(files.at("ca.crt").content, "PEM");
  EXPECT_EQ(files.at("namespace").content, "n");
}

TEST(Environment, NamesTheServicesOfTheNamespaceAndAlwaysTheApis) {
  Cluster cluster;
  const auto add = [&](const std::string& ns, const std::string& name, const std::string& spec) {
    cluster.store
        .create("services", {{"metadata", {{"name", name}, {"namespace", ns}}}, {"spec", parse_yaml(spec, "spec").value()}})
        .value();
  };
  add("default", "kubernetes", "{clusterIP: 10.96.0.1, ports: [{name: https, port: 443}]}");
  add("n", "web-pool", "{clusterIP: 10.96.1.1, ports: [{port: 80, protocol: TCP}]}");
  add("n", "headless", "{clusterIP: None, ports: [{port: 81}]}");
  const auto own = cluster.environment("{env: [{name: WEB_POOL_PORT, value: mine}]}").value();
  EXPECT_EQ(value(own, "KUBERNETES_SERVICE_HOST") + ":" + value(own, "KUBERNETES_SERVICE_PORT"), "10.96.0.1:443");
  EXPECT_EQ(value(own, "KUBERNETES_SERVICE_PORT_HTTPS"), "443");
  EXPECT_EQ(value(own, "KUBERNETES_PORT_443_TCP"), "tcp://10.96.0.1:443");
  EXPECT_EQ(value(own, "WEB_POOL_SERVICE_HOST"), "10.96.1.1");
  EXPECT_EQ(value(own, "WEB_POOL_PORT"), "mine");
  EXPECT_EQ(value(own, "HEADLESS_SERVICE_HOST"), "none");
  cluster.pod["spec"]["enableServiceLinks"] = false;
  const auto few = cluster.environment("{}").value();
  EXPECT_EQ(value(few, "WEB_POOL_SERVICE_HOST"), "none");
  EXPECT_EQ(value(few, "KUBERNETES_SERVICE_HOST"), "10.96.0.1");
}

TEST(AddressPool, DoesNotGiveAnAddressAgainAtOnce) {
  AddressPool pool = AddressPool::parse("10.1.0.0/29").value();
  EXPECT_EQ(pool.gateway(), "10.1.0.1");
  EXPECT_EQ(pool.take().value(), "10.1.0.2");
  pool.give_back("10.1.0.2");
  EXPECT_EQ(pool.take().value(), "10.1.0.3");
  for (int i = 0; i < 4; ++i) EXPECT_TRUE(pool.take());
  EXPECT_EQ(pool.take().error().code, Code::kEnvironment);
  EXPECT_FALSE(AddressPool::parse("10.1.0.0"));
}

TEST(LogFormatter, WritesARecordForEachLineAndCutsLongOnes) {
  LogFormatter formatter("stdout");
  const WallTime now{};
  EXPECT_EQ(formatter.add("a\nb", now), "1970-01-01T00:00:00.000000Z stdout F a\n");
  EXPECT_EQ(formatter.add("c\n", now), "1970-01-01T00:00:00.000000Z stdout F bc\n");
  const std::string record = formatter.add(std::string(20'000, 'x'), now);
  EXPECT_EQ(record.find(" P x"), std::string("1970-01-01T00:00:00.000000Z stdout").size());
  EXPECT_NE(formatter.finish(now).find(" F x"), std::string::npos);
  EXPECT_EQ(formatter.finish(now), "");
}

TEST(Signals, AreKnownByNameAndNumber) {
  EXPECT_EQ(signal_number("SIGTERM"), 15);
  EXPECT_EQ(signal_number("USR1"), 10);
  EXPECT_EQ(signal_number("9"), 9);
  EXPECT_EQ(signal_number("NOPE"), 0);
}

}  // namespace
}  // namespace zdt::rehearsal
