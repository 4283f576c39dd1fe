// C1, C2, C3: no path of an object, and no link in a volume, leads to a folder of the machine.
#include "security/attacked.h"

namespace zdt::security {
namespace {

class VolumeWall : public Wall {
 protected:
  /// A pod that looks for a flag in /v, where the emptyDir `data` is mounted with `mount` added.
  static json looking(const std::string& name, const json& mount, const json& spec = json::object()) {
    json with = {{"volumes", {{{"name", "data"}, {"emptyDir", json::object()}}}}};
    with.merge_patch(spec);
    json at = {{"name", "data"}, {"mountPath", "/v"}};
    at.merge_patch(mount);
    return pod(name,
               {"sh", "-c", "ls -la /v; cat /v/flag /v/*/flag 2>&1; echo looked; echo mine > /v/written"},
               with, {{"volumeMounts", {at}}});
  }

  /// Waits until the pod has either looked, or cannot start and says why.
  static void await_outcome(const std::string& name) {
    EXPECT_TRUE(until([&] {
      const std::string state = phase(name);
      return state == "Succeeded" || state == "Failed" ||
             reasons(name).find("CreateContainer") != std::string::npos ||
             reasons(name).find("RunContainerError") != std::string::npos ||
             reasons(name).find("FailedMount") != std::string::npos;
    })) << name
        << " neither ran nor said why not: " << reasons(name);
  }
};

TEST_F(VolumeWall, ASubPathThatClimbsIsRefused) {
  const Victim victim;
  const std::string up = "../../../../../../../../../..";
  for (const std::string& path :
       {up + victim.path(), std::string(".."), std::string("a/../../b"), std::string("a/..")}) {
    refuse(kPods, looking("climbs", {{"subPath", path}}), 422,
           {"spec.containers[0].volumeMounts[0].subPath", "must not contain '..'"});
  }
  refuse(kPods, looking("climbs", {{"subPath", victim.path()}}), 422,
         {"spec.containers[0].volumeMounts[0].subPath", "must be a relative path"});
  victim.expect_whole();
}

TEST_F(VolumeWall, ASubPathExprThatClimbsIsRefusedOrItsContainerDoesNotStart) {
  const Victim victim;
  const std::string up = "../../../../../../../../../..";
  refuse(kPods, looking("climbs", {{"subPathExpr", up + victim.path()}}), 422, {"must not contain '..'"});
  json expanded = looking("expands", {{"subPathExpr", "$(PLACE)"}});
  expanded["spec"]["containers"][0]["env"] = {{{"name", "PLACE"}, {"value", up + victim.path()}}};
  json absolute = looking("expands-absolute", {{"subPathExpr", "$(PLACE)"}});
  absolute["spec"]["containers"][0]["env"] = {{{"name", "PLACE"}, {"value", victim.path()}}};
  for (const json& one : {expanded, absolute}) {
    const std::string name = string_at(one, {"metadata", "name"});
    create(kPods, one);
    await_outcome(name);
    EXPECT_FALSE(has_run(name)) << log(name);
    EXPECT_NE(reasons(name).find("CreateContainerConfigError"), std::string::npos) << reasons(name);
    remove_pod(name);
  }
  victim.expect_whole();
}

TEST_F(VolumeWall, ASubPathNeverLeavesItsVolume) {
  const Victim victim;
  const std::vector<std::pair<std::string, std::string>> links = {
      {"ln -s " + victim.path() + " /v/out", "out"},
      {"ln -s " + victim.path() + " /v/out", "out/new/folder"},
      {"ln -s / /v/out", "out" + victim.path()},
      {"ln -s ../../../../../../../../../../.." + victim.path() + " /v/out", "out"},
      {"ln -s " + victim.path() + "/flag /v/out", "out"},
      {"mkdir /v/deep && ln -s " + victim.path() + " /v/deep/out", "deep/out"},
      {"ln -s /proc/self/root/" + victim.path() + " /v/out", "out"},
  };
  for (size_t i = 0; i < links.size(); ++i) {
    const std::string name = "linked-" + std::to_string(i);
    const json init = {{"name", "links"},
                       {"image", "climber"},
                       {"command", {"sh", "-c", links[i].first}},
                       {"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}}}}};
    create(kPods, looking(name, {{"subPath", links[i].second}}, {{"initContainers", {init}}}));
    await_outcome(name);
    EXPECT_EQ(log(name).find(victim.flag()), std::string::npos)
        << links[i].first << ", subPath " << links[i].second;
    remove_pod(name);
  }
  victim.expect_whole();
}

// A link that comes and goes while the path is looked at.
TEST_F(VolumeWall, ASubPathIsNotWonByARace) {
  const Victim victim;
  const json volumes = {{{"name", "data"}, {"emptyDir", json::object()}}};
  const json init = {{"name", "links"},
                     {"image", "climber"},
                     {"command", {"sh", "-c", "mkdir -p /v/a && ln -s " + victim.path() + " /v/b"}},
                     {"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}}}}};
  json racing =
      pod("racing", {"/climber", "swap", "/v/a", "/v/b"}, {{"volumes", volumes}, {"initContainers", {init}}},
          {{"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}}}}});
  for (int i = 0; i < 25; ++i) {
    racing["spec"]["containers"].push_back(
        {{"name", "look-" + std::to_string(i)},
         {"image", "climber"},
         {"command", {"sh", "-c", "cat /v/flag; echo looked; echo mine > /v/written"}},
         {"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}, {"subPath", "a"}}}}});
  }
  create(kPods, racing);
  const auto settled = [](const json& status) {
    const std::string why = string_at(status, {"state", "waiting", "reason"});
    const bool failed = !why.empty() && why != "ContainerCreating" && why != "PodInitializing";
    return string_at(status, {"name"}) == "main" || failed ||
           object_at(status, {"state"}).contains("terminated");
  };
  EXPECT_TRUE(until([&] {
    const json racing_now = get(std::string(kPods) + "/racing");
    const json& statuses = array_at(racing_now, {"status", "containerStatuses"});
    return !statuses.empty() && std::all_of(statuses.begin(), statuses.end(), settled);
  }));
  for (int i = 0; i < 25; ++i)
    EXPECT_EQ(log("racing", "look-" + std::to_string(i)).find(victim.flag()), std::string::npos);
  remove_pod("racing");
  victim.expect_whole();
}

TEST_F(VolumeWall, AVolumesNameIsALabel) {
  const Victim victim;
  const std::string up = "../../../../../../../../../..";
  const std::vector<std::string> names = {
      victim.path(),       "../x", "A B", "a/b", ".", "..", "", "Upper", up + victim.path(), "a.b", "x\n",
      std::string(64, 'a')};
  for (const std::string& name : names) {
    const json volume = {{"name", name}, {"emptyDir", json::object()}};
    const json bad = pod("named", {"cat", "/v/flag"}, {{"volumes", {volume}}},
                         {{"volumeMounts", {{{"name", name}, {"mountPath", "/v"}}}}});
    refuse(kPods, bad, 422, {"spec.volumes[0].name"});
  }
  victim.expect_whole();
}

TEST_F(VolumeWall, ATemplatesVolumesAreLookedAtLikeAPods) {
  const Victim victim;
  const std::string up = "../../../../../../../../../..";
  json template_ = looking("x", {{"subPath", up + victim.path()}});
  template_["spec"]["restartPolicy"] = "Always";
  template_["metadata"] = {{"labels", {{"app", "x"}}}};
  template_.erase("apiVersion");
  template_.erase("kind");
  const auto workload = [&](const std::string& version, const std::string& kind, const std::string& name) {
    return json{
        {"apiVersion", version},
        {"kind", kind},
        {"metadata", {{"name", name}}},
        {"spec",
         {{"replicas", 1}, {"selector", {{"matchLabels", {{"app", "x"}}}}}, {"template", template_}}}};
  };
  for (const auto& [kind, path] : std::map<std::string, std::string>{{"Deployment", "deployments"},
                                                                     {"ReplicaSet", "replicasets"},
                                                                     {"StatefulSet", "statefulsets"},
                                                                     {"DaemonSet", "daemonsets"}}) {
    json object = workload("apps/v1", kind, "climbs");
    if (kind == "DaemonSet") object["spec"].erase("replicas");
    if (kind == "StatefulSet") object["spec"]["serviceName"] = "x";
    refuse("/apis/apps/v1/namespaces/default/" + path, object, 422,
           {"spec.template.spec.containers[0].volumeMounts[0].subPath", "must not contain '..'"});
  }
  // A custom resource has no such check in Kubernetes: there the pods are refused, and the set says so.
  const std::string rollouts = "/apis/argoproj.io/v1alpha1/namespaces/default/rollouts";
  if (api("POST", rollouts, workload("argoproj.io/v1alpha1", "Rollout", "climbs")).status == 201) {
    until([&] { return !array_at(get(kPods), {"items"}).empty(); }, milliseconds(2000));
    const json pods = get(kPods);
    for (const json& found : array_at(pods, {"items"})) {
      const std::string name = string_at(found, {"metadata", "name"});
      until([&] { return has_run(name); }, milliseconds(2000));
      EXPECT_EQ(log(name).find(victim.flag()), std::string::npos);
    }
    remove(rollouts + "/climbs");
  }
  victim.expect_whole();
}

TEST_F(VolumeWall, TheFilesOfAVolumeAreNamedBelowIt) {
  const std::vector<std::string> paths = {"../x", "/etc/x", "a/../../x", "..x", ".."};
  create(kMaps, {{"metadata", {{"name", "named"}}}, {"data", {{"key", "value"}}}});
  for (const std::string& path : paths) {
    const json items = {{{"key", "key"}, {"path", path}}};
    const json field = {{{"path", path}, {"fieldRef", {{"fieldPath", "metadata.name"}}}}};
    for (const json& source :
         {json{{"configMap", {{"name", "named"}, {"items", items}}}},
          json{{"secret", {{"secretName", "named"}, {"items", items}}}},
          json{{"downwardAPI", {{"items", field}}}},
          json{{"projected", {{"sources", {{{"configMap", {{"name", "named"}, {"items", items}}}}}}}}},
          json{{"projected", {{"sources", {{{"serviceAccountToken", {{"path", path}}}}}}}}}}) {
      json volume = {{"name", "data"}};
      volume.update(source);
      refuse(kPods, pod("files", {"true"}, {{"volumes", {volume}}}), 422, {"path"});
    }
  }
  for (const char* key : {"../x", "a/b", "..", ".", "", "a b"}) {
    refuse(kMaps, {{"metadata", {{"name", "keys"}}}, {"data", {{key, "value"}}}}, 422, {"data["});
  }
  remove(std::string(kMaps) + "/named");
}

/// What containers do to the volume in /c, so that the server goes where they want when it writes there
/// again.
std::vector<std::string> seizures(const std::string& victim) {
  return {
      "rm -rf ..data; ln -s " + victim + " ..data",
      "mv ..data aside; ln -s " + victim + " ..data_tmp; ln -s " + victim + " ..data",
      "rm -f key; ln -s " + victim + "/flag key; ln -s " + victim + " other",
      "for made in ..[a-z0-9]*; do rm -rf $made; ln -s " + victim + " $made; done",
      "G=$(readlink ..data); rm -rf $G/key; ln -s " + victim + "/flag $G/key; ln -s " + victim + " $G/more",
      "rm -rf ..data; ln -s ../../../../../../../../../.." + victim + " ..data",
      "chmod 777 .; chown 1 .; mkdir made; touch ..data; mount -o remount,rw /c; mkdir made"};
}

TEST_F(VolumeWall, AContainerCannotLeadTheServerAwayByAConfigMapsVolume) {
  const Victim victim;
  const json content = {{"key", "first"}, {"other", "value"}};
  create(kMaps, {{"metadata", {{"name", "watched"}}}, {"data", content}});
  const json volume = {{"name", "data"}, {"configMap", {{"name", "watched"}, {"defaultMode", 511}}}};
  const std::vector<std::string> ways = seizures(victim.path());
  for (size_t i = 0; i < ways.size(); ++i) {
    const json with = {{"volumes", {volume}},
                       {"securityContext", i % 2 == 0 ? json::object() : json{{"fsGroup", 0}}}};
    create(kPods,
           pod("seizes-" + std::to_string(i), {"sh", "-c", "cd /c; " + ways[i] + "; echo seized; sleep 60"},
               with, {{"volumeMounts", {{{"name", "data"}, {"mountPath", "/c"}}}}}));
  }
  for (size_t i = 0; i < ways.size(); ++i) {
    const std::string name = "seizes-" + std::to_string(i);
    EXPECT_TRUE(until([&] { return log(name).find("seized") != std::string::npos; })) << reasons(name);
    EXPECT_NE(log(name).find("Read-only file system"), std::string::npos) << ways[i] << ": " << log(name);
  }
  for (const char* value : {"second", "third"}) {
    EXPECT_EQ(api("PATCH", std::string(kMaps) + "/watched", {{"data", {{"key", value}}}}).status, 200);
    until([] { return false; }, milliseconds(200));  // the server's turn to write the volumes
  }
  for (size_t i = 0; i < ways.size(); ++i) remove_pod("seizes-" + std::to_string(i));
  remove(std::string(kMaps) + "/watched");
  victim.expect_whole();
}

TEST_F(VolumeWall, AVolumesContentIsWhatTheConfigMapSaysAfterAChange) {
  create(kMaps, {{"metadata", {{"name", "read"}}}, {"data", {{"key", "first"}}}});
  const json volume = {{"name", "data"}, {"configMap", {{"name", "read"}}}};
  create(kPods, pod("reads", {"sh", "-c", "until grep -q second /c/key; do sleep 0.05; done; echo saw it"},
                    {{"volumes", {volume}}}, {{"volumeMounts", {{{"name", "data"}, {"mountPath", "/c"}}}}}));
  EXPECT_TRUE(until([&] { return has_run("reads"); })) << reasons("reads");
  api("PATCH", std::string(kMaps) + "/read", {{"data", {{"key", "second"}}}});
  EXPECT_TRUE(until([&] { return phase("reads") == "Succeeded"; })) << reasons("reads");
  remove_pod("reads");
  remove(std::string(kMaps) + "/read");
}

// The server removes a pod's volumes: what links in them point to stays.
TEST_F(VolumeWall, RemovingAPodRemovesNothingThatItsVolumesPointTo) {
  const Victim victim;
  const json volume = {{"name", "data"}, {"emptyDir", json::object()}};
  const std::string fill = "ln -s " + victim.path() + " /v/out; mkdir -p /v/a/b/c; ln -s " + victim.path() +
                           " /v/a/b/c/out; ln -s / /v/root;" + "ln -s " + victim.path() +
                           "/flag /v/flag; mkfifo /v/pipe; echo filled";
  create(kPods, pod("fills", {"sh", "-c", fill}, {{"volumes", {volume}}},
                    {{"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}}}}}));
  EXPECT_TRUE(until([&] { return phase("fills") == "Succeeded"; })) << reasons("fills");
  remove_pod("fills");
  victim.expect_whole();
}

TEST_F(VolumeWall, AHostPathIsNotMounted) {
  const Victim victim;
  const json volume = {{"name", "data"}, {"hostPath", {{"path", victim.path()}}}};
  const json wants = pod("wants-host", {"cat", "/v/flag"}, {{"volumes", {volume}}},
                         {{"volumeMounts", {{{"name", "data"}, {"mountPath", "/v"}}}}});
  if (api("POST", kPods, wants).status == 201) {
    EXPECT_TRUE(until([&] { return reasons("wants-host").find("FailedMount") != std::string::npos; }))
        << reasons("wants-host");
    EXPECT_FALSE(has_run("wants-host"));
    remove_pod("wants-host");
  }
  victim.expect_whole();
}

TEST_F(VolumeWall, ANameInAnyPlaceIsNoPath) {
  const std::string victim = "../../../../../../../../tmp/x";
  for (const std::string& name :
       {victim, std::string("/tmp/x"), std::string(".."), std::string("a/b"), std::string("A b")}) {
    json named = pod(name, {"true"});
    refuse(kPods, named, 422, {"metadata.name"});
    json container = pod("container-named", {"true"});
    container["spec"]["containers"][0]["name"] = name;
    refuse(kPods, container, 422, {"spec.containers[0].name"});
    refuse(kMaps, {{"metadata", {{"name", name}}}}, 422, {"metadata.name"});
    refuse("/api/v1/namespaces", {{"metadata", {{"name", name}}}}, 422, {"metadata.name"});
    refuse("/api/v1/namespaces/default/services",
           {{"metadata", {{"name", name}}}, {"spec", {{"ports", {{{"port", 80}}}}}}}, 422, {"metadata.name"});
  }
  // What a client says of a pod's uid is not taken.
  json known = pod("uid-given", {"true"});
  known["metadata"]["uid"] = victim;
  if (api("POST", kPods, known).status == 201) {
    EXPECT_NE(string_at(get(std::string(kPods) + "/uid-given"), {"metadata", "uid"}), victim);
    remove_pod("uid-given");
  }
}

}  // namespace
}  // namespace zdt::security
