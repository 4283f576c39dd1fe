// What a Pod may say. The words are those of kube-apiserver.
#include <gtest/gtest.h>

#include "unit/rehearsal/api/refusal.h"

namespace zdt::rehearsal::api {
namespace {

using testing::causes;

json a_pod() {
  return json::parse(R"({"metadata": {"name": "p"}, "spec": {"containers": [{"name": "c", "image": "i"}]}})");
}

/// Of a pod with `part` merged into its spec.
std::string with_spec(const char* part) {
  json pod = a_pod();
  pod["spec"].merge_patch(json::parse(part));
  return causes("pods", pod);
}

/// Of a pod with `part` merged into its container.
std::string with_container(const char* part) {
  json pod = a_pod();
  pod["spec"]["containers"][0].merge_patch(json::parse(part));
  return causes("pods", pod);
}

/// Of a pod with this one volume.
std::string with_volume(const char* volume) {
  json pod = a_pod();
  pod["spec"]["volumes"] = json::array({json::parse(volume)});
  return causes("pods", pod);
}

/// Of a pod that mounts a volume "v" so.
std::string with_mount(const char* mount) {
  json pod = a_pod();
  pod["spec"]["volumes"] = json::parse(R"([{"name": "v", "emptyDir": {}}])");
  pod["spec"]["containers"][0]["volumeMounts"] = json::array({json::parse(mount)});
  return causes("pods", pod);
}

TEST(PodRules, AVolumesNameIsALabel) {
  EXPECT_EQ(with_volume(R"({"name": "data", "emptyDir": {}})"), "");
  for (const char* name : {"/tmp/victim", "../x", "A B", ".", "..", "a/b", "a\\u0000b", "Data"}) {
    const std::string said = with_volume((R"({"name": ")" + std::string(name) + R"(", "emptyDir": {}})").c_str());
    EXPECT_NE(said.find("spec.volumes[0].name: Invalid value: "), std::string::npos) << name << ": " << said;
    EXPECT_NE(said.find("RFC 1123 label"), std::string::npos) << name << ": " << said;
  }
  EXPECT_EQ(with_volume(R"({"name": "a.b", "emptyDir": {}})"),
            "spec.volumes[0].name: Invalid value: \"a.b\": must not contain dots");
  EXPECT_EQ(with_spec(R"({"volumes": [{"name": "v", "emptyDir": {}}, {"name": "v", "emptyDir": {}}]})"),
            "spec.volumes[1].name: Duplicate value: \"v\"");
}

TEST(PodRules, AVolumeHasOneSource) {
  EXPECT_EQ(with_volume(R"({"name": "v", "emptyDir": {}, "hostPath": {"path": "/"}})"),
            "spec.volumes[0].hostPath: Forbidden: may not specify more than 1 volume type");
  EXPECT_EQ(with_volume(R"({"name": "v", "floppy": {}})"),
            "spec.volumes[0]: Required value: must specify a volume type");
  EXPECT_EQ(with_volume(R"({"name": "v", "hostPath": {"path": "/a/../b"}})"),
            "spec.volumes[0].hostPath.path: Invalid value: \"/a/../b\": must not contain '..'");
  EXPECT_EQ(with_volume(R"({"name": "v", "configMap": {}})"), "spec.volumes[0].configMap.name: Required value");
  EXPECT_EQ(with_volume(R"({"name": "v", "emptyDir": {"sizeLimit": "-1"}})"),
            "spec.volumes[0].emptyDir.sizeLimit: Invalid value: \"-1\": must be greater than or equal to 0");
}

TEST(PodRules, ASubPathStaysInsideItsVolume) {
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPath": "a/b..c/d"})"), "");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPath": "../../tmp/victim"})"),
            "spec.containers[0].volumeMounts[0].subPath: Invalid value: \"../../tmp/victim\": must not contain '..'");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPath": "a/.."})"),
            "spec.containers[0].volumeMounts[0].subPath: Invalid value: \"a/..\": must not contain '..'");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPath": "/etc"})"),
            "spec.containers[0].volumeMounts[0].subPath: Invalid value: \"/etc\": must be a relative path");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPathExpr": "$(X)/../y"})"),
            "spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: \"$(X)/../y\": must not contain '..'");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "subPath": "a", "subPathExpr": "b"})"),
            "spec.containers[0].volumeMounts[0].subPathExpr: Invalid value: \"b\": subPathExpr and subPath are "
            "mutually exclusive");
}

TEST(PodRules, AMountPathIsGivenAndUnique) {
  EXPECT_EQ(with_mount(R"({"name": "v"})"), "spec.containers[0].volumeMounts[0].mountPath: Required value");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/a:b"})"),
            "spec.containers[0].volumeMounts[0].mountPath: Invalid value: \"/a:b\": must not contain ':'");
  EXPECT_EQ(with_mount(R"({"name": "w", "mountPath": "/v"})"),
            "spec.containers[0].volumeMounts[0].name: Not found: \"w\"");
  EXPECT_EQ(with_mount(R"({"name": "v", "mountPath": "/v", "mountPropagation": "Bidirectional"})"),
            "spec.containers[0].volumeMounts[0].mountPropagation: Forbidden: Bidirectional mount propagation is "
            "available only to privileged containers");
}

TEST(PodRules, ItemsOfAVolumeStayInsideIt) {
  const auto item = [](const char* source, const std::string& path) {
    json content = {{"items", json::array({{{"key", "k"}, {"path", path}}})}};
    content[std::string(source) == "secret" ? "secretName" : "name"] = "x";
    json pod = a_pod();
    pod["spec"]["volumes"] = json::array({{{"name", "v"}, {source, content}}});
    return causes("pods", pod);
  };
  for (const char* source : {"configMap", "secret"}) {
    const std::string at = std::string("spec.volumes[0].") + source + ".items[0].path: Invalid value: ";
    EXPECT_EQ(item(source, "a/b"), "");
    EXPECT_EQ(item(source, "/etc/x"), at + "\"/etc/x\": must be a relative path");
    EXPECT_EQ(item(source, "a/../../x"), at + "\"a/../../x\": must not contain '..'");
    EXPECT_EQ(item(source, "..data"), at + "\"..data\": must not start with '..'");
  }
  EXPECT_EQ(with_volume(R"({"name": "v", "secret": {"secretName": "s", "defaultMode": 1000}})"),
            "spec.volumes[0].secret.defaultMode: Invalid value: 1000: must be a number between 0 and 0777 (octal), both "
            "inclusive");
  EXPECT_EQ(with_volume(R"({"name": "v", "downwardAPI": {"items": [{"path": "../x", "fieldRef": {"fieldPath":
    "metadata.name"}}]}})"),
            "spec.volumes[0].downwardAPI.items[0].path: Invalid value: \"../x\": must not contain '..'");
  EXPECT_EQ(with_volume(R"({"name": "v", "projected": {"sources": [{"serviceAccountToken": {"path": "/x"}}]}})"),
            "spec.volumes[0].projected.sources[0].serviceAccountToken.path: Invalid value: \"/x\": must be a relative "
            "path");
  EXPECT_EQ(with_volume(R"({"name": "v", "projected": {"sources": [{"configMap": {"name": "a", "items": [{"key": "k", "path":
    "p"}]}}, {"secret": {"name": "b", "items": [{"key": "k", "path": "p"}]}}]}})"),
            "spec.volumes[0].projected.sources[1].secret.items[0]: Invalid value: \"p\": conflicting duplicate paths");
}

TEST(PodRules, ContainersHaveNamesAndTheirPartsHaveRanges) {
  EXPECT_NE(with_container(R"({"name": "../c"})").find("spec.containers[0].name: Invalid value: \"../c\": a lowercase RFC"),
            std::string::npos);
  EXPECT_EQ(with_spec(R"({"initContainers": [{"name": "c", "image": "i"}]})"),
            "spec.initContainers[0].name: Duplicate value: \"c\"");
  EXPECT_EQ(with_container(R"({"image": " i"})"),
            "spec.containers[0].image: Invalid value: \" i\": must not have leading or trailing whitespace");
  EXPECT_EQ(with_container(R"({"imagePullPolicy": "Sometimes"})"),
            "spec.containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", "
            "\"IfNotPresent\", \"Never\"");
  EXPECT_EQ(with_container(R"({"ports": [{"containerPort": 1, "name": "UPPER"}]})"),
            "spec.containers[0].ports[0].name: Invalid value: \"UPPER\": must contain only alpha-numeric characters (a-z, "
            "0-9), and hyphens (-)");
  EXPECT_EQ(with_container(R"({"ports": [{"containerPort": 1, "name": "x"}, {"containerPort": 2, "name": "x"}]})"),
            "spec.containers[0].ports[1].name: Duplicate value: \"x\"");
  EXPECT_EQ(with_container(R"({"ports": [{"containerPort": 1, "hostPort": 65536}]})"),
            "spec.containers[0].ports[0].hostPort: Invalid value: 65536: must be between 1 and 65535, inclusive");
  EXPECT_EQ(with_container(R"({"ports": [{"containerPort": 1, "protocol": "ICMP"}]})"),
            "spec.containers[0].ports[0].protocol: Unsupported value: \"ICMP\": supported values: \"SCTP\", \"TCP\", "
            "\"UDP\"");
}

TEST(PodRules, VariablesHaveNamesAndOneSource) {
  EXPECT_EQ(with_container(R"({"env": [{"name": "my.env-1", "value": "x"}]})"), "");
  EXPECT_EQ(with_container(R"({"env": [{"name": "A=B"}]})"),
            "spec.containers[0].env[0].name: Invalid value: \"A=B\": a valid environment variable name must consist only "
            "of printable ASCII characters other than '='");
  EXPECT_EQ(with_container(R"({"env": [{"name": "A", "valueFrom": {}}]})"),
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": must specify one of: `fieldRef`, "
            "`resourceFieldRef`, `configMapKeyRef` or `secretKeyRef`");
  EXPECT_EQ(with_container(R"({"env": [{"name": "A", "value": "x", "valueFrom": {"secretKeyRef": {"name": "s", "key":
    "k"}}}]})"),
            "spec.containers[0].env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty");
  EXPECT_NE(with_container(R"({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.secret"}}}]})")
                .find("error converting fieldPath: field label not supported: spec.secret"),
            std::string::npos);
  EXPECT_EQ(with_container(R"({"envFrom": [{"prefix": "X_"}]})"),
            "spec.containers[0].envFrom[0]: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`");
  EXPECT_EQ(with_container(R"({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath":
    "metadata.labels['app.kubernetes.io/name']"}}}]})"),
            "");
}

TEST(PodRules, ProbesHaveOneHandlerAndNumbersInTheirRanges) {
  const std::string at = "spec.containers[0].livenessProbe";
  EXPECT_EQ(with_container(R"({"livenessProbe": {"exec": {"command": ["x"]}, "tcpSocket": {"port": 1}}})"),
            at + ".tcpSocket: Forbidden: may not specify more than 1 handler type");
  EXPECT_EQ(with_container(R"({"livenessProbe": {"exec": {}}})"), at + ".exec.command: Required value");
  EXPECT_EQ(with_container(R"({"livenessProbe": {"tcpSocket": {"port": 0}}})"),
            at + ".tcpSocket.port: Invalid value: 0: must be between 1 and 65535, inclusive");
  EXPECT_EQ(with_container(R"({"livenessProbe": {"httpGet": {"port": "no port at all"}}})"),
            at + ".httpGet.port: Invalid value: \"no port at all\": must contain only alpha-numeric characters (a-z, "
                 "0-9), and hyphens (-)");
  EXPECT_EQ(with_container(R"({"livenessProbe": {"httpGet": {"port": 1, "scheme": "FTP"}}})"),
            at + ".httpGet.scheme: Unsupported value: \"FTP\": supported values: \"HTTP\", \"HTTPS\"");
  EXPECT_NE(with_container(R"({"livenessProbe": {"httpGet": {"port": 1, "httpHeaders": [{"name": "a b", "value": ""}]}}})")
                .find(at + ".httpGet.httpHeaders: Invalid value: \"a b\": a valid HTTP header must consist of"),
            std::string::npos);
  EXPECT_EQ(with_container(R"({"livenessProbe": {"exec": {"command": ["x"]}, "periodSeconds": -1}})"),
            at + ".periodSeconds: Invalid value: -1: must be greater than or equal to 0");
  EXPECT_EQ(with_container(R"({"livenessProbe": {"exec": {"command": ["x"]}, "successThreshold": 2}})"),
            at + ".successThreshold: Invalid value: 2: must be 1");
  EXPECT_EQ(with_container(R"({"lifecycle": {"preStop": {"sleep": {"seconds": 31}}}})"),
            "spec.containers[0].lifecycle.preStop.sleep: Invalid value: 31: must be non-negative and less than "
            "terminationGracePeriodSeconds (30)");
  EXPECT_NE(with_container(R"({"lifecycle": {"stopSignal": "SIG RM"}})").find("stopSignal: Invalid value"),
            std::string::npos);
}

TEST(PodRules, RequestsAreNotAboveLimits) {
  const std::string at = "spec.containers[0].resources";
  EXPECT_EQ(with_container(R"({"resources": {"requests": {"cpu": "2"}, "limits": {"cpu": "1"}}})"),
            at + ".requests: Invalid value: \"2\": must be less than or equal to cpu limit of 1");
  EXPECT_EQ(with_container(R"({"resources": {"requests": {"cpu": "300m"}, "limits": {"cpu": "0.3"}}})"), "");
  EXPECT_EQ(with_container(R"({"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "1073741824"}}})"), "");
  EXPECT_NE(with_container(R"({"resources": {"limits": {"memory": "-1"}}})")
                .find(at + ".limits[memory]: Invalid value: \"-1\": must be greater than or equal to 0"),
            std::string::npos);
  EXPECT_NE(with_container(R"({"resources": {"limits": {"gold": "1"}}})")
                .find(at + ".limits[gold]: Invalid value: \"gold\": must be a standard resource for containers"),
            std::string::npos);
}

TEST(PodRules, IdentitiesAndSysctlsAreInTheirRanges) {
  EXPECT_EQ(with_spec(R"({"securityContext": {"runAsUser": -1}})"),
            "spec.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive");
  EXPECT_EQ(with_spec(R"({"securityContext": {"fsGroup": 2147483648}})"),
            "spec.securityContext.fsGroup: Invalid value: 2147483648: must be between 0 and 2147483647, inclusive");
  EXPECT_EQ(with_spec(R"({"securityContext": {"supplementalGroups": [-5]}})"),
            "spec.securityContext.supplementalGroups[0]: Invalid value: -5: must be between 0 and 2147483647, inclusive");
  EXPECT_NE(with_spec(R"({"securityContext": {"sysctls": [{"name": "../../x", "value": "1"}]}})")
                .find("spec.securityContext.sysctls[0].name: Invalid value: \"../../x\": must have at most 253"),
            std::string::npos);
  EXPECT_EQ(with_container(R"({"securityContext": {"seccompProfile": {"type": "Localhost", "localhostProfile": "../x"}}})"),
            "spec.containers[0].securityContext.seccompProfile.localhostProfile: Invalid value: \"../x\": must not contain "
            "'..'");
}

TEST(PodRules, HostsAndNameServersAreAddressesAndNames) {
  EXPECT_EQ(with_spec(R"({"hostAliases": [{"ip": "1.2.3", "hostnames": ["a"]}]})"),
            "spec.hostAliases[0].ip: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or "
            "2001:db8::ffff)");
  EXPECT_NE(with_spec(R"({"hostAliases": [{"ip": "1.2.3.4", "hostnames": ["a\n1.1.1.1 b"]}]})")
                .find("spec.hostAliases[0].hostnames[0]: Invalid value: "),
            std::string::npos);
  EXPECT_EQ(with_spec(R"({"dnsPolicy": "None"})"),
            "spec.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None");
  EXPECT_NE(with_spec(R"({"dnsConfig": {"nameservers": ["here"]}})").find("spec.dnsConfig.nameservers[0]: Invalid value"),
            std::string::npos);
  EXPECT_NE(with_spec(R"({"dnsConfig": {"searches": ["a b"]}})").find("spec.dnsConfig.searches[0]: Invalid value"),
            std::string::npos);
  EXPECT_NE(with_spec(R"({"dnsConfig": {"options": [{"name": "x\nnameserver 6.6.6.6"}]}})").find("spec.dnsConfig.options[0]"),
            std::string::npos);
  EXPECT_NE(with_spec(R"({"hostname": "a.b"})").find("spec.hostname: Invalid value: \"a.b\": must not contain dots"),
            std::string::npos);
  EXPECT_NE(with_spec(R"({"nodeName": "../x"})").find("spec.nodeName: Invalid value"), std::string::npos);
  EXPECT_NE(with_spec(R"({"serviceAccountName": "a/b"})").find("spec.serviceAccountName: Invalid value"),
            std::string::npos);
}

TEST(PodRules, SchedulingIsSpelledRight) {
  EXPECT_EQ(with_spec(R"({"tolerations": [{"operator": "Exists", "effect": "Maybe"}]})"),
            "spec.tolerations[0].effect: Unsupported value: \"Maybe\": supported values: \"NoSchedule\", "
            "\"PreferNoSchedule\", \"NoExecute\"");
  EXPECT_EQ(with_spec(R"({"topologySpreadConstraints": [{"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable":
    "DoNotSchedule"}]})"),
            "spec.topologySpreadConstraints[0].maxSkew: Invalid value: 0: must be greater than 0");
  EXPECT_EQ(with_spec(R"({"affinity": {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 101,
    "podAffinityTerm": {"topologyKey": "zone"}}]}}})"),
            "spec.affinity.podAntiAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight: Invalid value: 101: "
            "must be in the range 1-100");
  EXPECT_EQ(with_spec(R"({"terminationGracePeriodSeconds": -1})"),
            "spec.terminationGracePeriodSeconds: Invalid value: -1: must be greater than or equal to 0");
  EXPECT_EQ(with_spec(R"({"activeDeadlineSeconds": 2147483648})"),
            "spec.activeDeadlineSeconds: Invalid value: 2147483648: must be between 1 and 2147483647, inclusive");
}

TEST(PodRules, TemplatesOfEveryWorkloadAreHeldToThem) {
  const json bad = json::parse(R"({"metadata": {"labels": {"a": "b"}}, "spec": {"containers": [{"name": "c", "image": "i",
    "volumeMounts": [{"name": "v", "mountPath": "/v", "subPath": "../x"}]}], "volumes": [{"name": "v"}]}})");
  const std::string at = ".containers[0].volumeMounts[0].subPath: Invalid value: \"../x\": must not contain '..'";
  for (const char* kind : {"deployments.apps", "replicasets.apps", "daemonsets.apps", "statefulsets.apps"}) {
    json object = {{"metadata", {{"name", "w"}}},
                   {"spec", {{"selector", {{"matchLabels", {{"a", "b"}}}}}, {"template", bad}}}};
    EXPECT_EQ(causes(kind, object), "spec.template.spec" + at) << kind;
  }
  json job = {{"metadata", {{"name", "j"}}}, {"spec", {{"template", bad}}}};
  job["spec"]["template"]["spec"]["restartPolicy"] = "Never";
  EXPECT_EQ(causes("jobs.batch", job), "spec.template.spec" + at);
  const json cron = {{"metadata", {{"name", "j"}}},
                     {"spec", {{"schedule", "* * * * *"}, {"jobTemplate", {{"spec", job["spec"]}}}}}};
  EXPECT_EQ(causes("cronjobs.batch", cron), "spec.jobTemplate.spec.template.spec" + at);
  ResourceType rollout;
  rollout.group = "argoproj.io", rollout.version = "v1alpha1", rollout.kind = "Rollout", rollout.plural = "rollouts";
  const json object = {{"metadata", {{"name", "r"}}}, {"spec", {{"template", bad}}}};
  EXPECT_EQ(testing::refusal(rollout, object), "Rollout.argoproj.io \"r\" is invalid: spec.template.spec" + at);
}

TEST(PodRules, AnUpdateMovesNoPodAndTakesNoTolerationAway) {
  json before = a_pod();
  before["spec"]["nodeName"] = "node-1";
  before["spec"]["tolerations"] = json::parse(R"([{"key": "k", "operator": "Exists"}])");
  json after = before;
  after["spec"]["nodeName"] = "node-2";
  EXPECT_NE(causes("pods", after, before).find("spec: Forbidden: pod updates may not change fields other than"),
            std::string::npos);
  after = before;
  after["spec"]["tolerations"] = json::array();
  EXPECT_EQ(causes("pods", after, before),
            "spec.tolerations: Forbidden: existing toleration can not be modified except its tolerationSeconds");
  after = before;
  after["spec"]["tolerations"].push_back({{"key", "l"}, {"operator", "Exists"}});
  after["spec"]["containers"][0]["image"] = "other";
  EXPECT_EQ(causes("pods", after, before), "");
}

TEST(PodRules, TheStatusHasAddresses) {
  json pod = a_pod();
  const auto said = [&](const char* status) -> std::string {
    pod["status"] = json::parse(status);
    try {
      validate_status(testing::type_of("pods"), pod);
      return "";
    } catch (const Failure& failure) {
      return failure.what();
    }
  };
  EXPECT_EQ(said(R"({"podIP": "10.0.0.1", "podIPs": [{"ip": "10.0.0.1"}]})"), "");
  EXPECT_NE(said(R"({"podIP": "1.1.1.1; include"})").find("status.podIP: Invalid value"), std::string::npos);
  EXPECT_NE(said(R"({"podIPs": [{"ip": "x"}]})").find("status.podIPs[0]: Invalid value"), std::string::npos);
}

TEST(PodRules, AnAnswerIsBoundedWhateverIsBroken) {
  json pod = a_pod();
  for (int i = 0; i < 20'000; ++i) pod["spec"]["containers"].push_back(json::object());
  const std::string said = causes("pods", pod);
  EXPECT_LT(said.size(), 50'000U);
  EXPECT_NE(said.find("Too many: this error and all after it are left out"), std::string::npos);
  json wide = a_pod();
  wide["spec"]["volumes"] = json::array({{{"name", std::string(100'000, '/')}, {"emptyDir", json::object()}}});
  EXPECT_LT(causes("pods", wide).size(), 2'000U);
}

}  // namespace
}  // namespace zdt::rehearsal::api
