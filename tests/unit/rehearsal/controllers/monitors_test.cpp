// ServiceMonitors and PodMonitors as Prometheus' configuration.
#include "rehearsal/controllers/monitors.h"

#include "base/text.h"
#include "base/yaml.h"
#include "rehearsal/controllers/monitors_config.h"
#include "unit/rehearsal/controllers/cluster.h"

namespace zdt::rehearsal {
namespace {

json document_of(const std::string& text) { return parse_yaml(text, "test").value(); }

json monitor(const std::string& spec, const std::string& ns = "default", const std::string& name = "web") {
  return document_of("{metadata: {namespace: " + ns + ", name: " + name + ", labels: {team: a}}, spec: " + spec +
              "}");
}

/// The rules by the label that they write, else by what they do.
std::string rules(const json& config) {
  std::string text;
  for (const json& rule : config["relabel_configs"]) {
    text += string_at(rule, {"action"}) + (rule.contains("action") ? " " : "");
    for (const json& source : array_at(rule, {"source_labels"})) {
      const std::string name = source.get<std::string>();
      text += (name.starts_with("__meta_kubernetes_") ? name.substr(18) : name) + " ";
    }
    if (rule.contains("regex") && !rule.contains("target_label")) text += string_at(rule, {"regex"}) + " ";
    if (rule.contains("target_label")) text += "> " + string_at(rule, {"target_label"}) + " ";
    if (rule.contains("replacement")) text += string_at(rule, {"replacement"});
    text = trim(text) + "\n";
  }
  return text;
}

TEST(ServiceMonitors, HaveTheRelabelingsOfTheOperator) {
  json object = monitor(R"({selector: {matchLabels: {app.zerodt.com/component: web}, matchExpressions: [
      {key: tier, operator: In, values: [a, b]}, {key: old, operator: DoesNotExist}]}, jobLabel: job, targetLabels: [tier],
    endpoints: [{port: app, path: /stats, interval: 5s, scheme: https, params: {usedonly: ['']}, honorLabels: true,
      relabelings: [{sourceLabels: [__meta_kubernetes_node], targetLabel: node, action: Replace}],
      metricRelabelings: [{sourceLabels: [__name__], regex: go_.*, action: drop}], bearerTokenFile: /t,
      tlsConfig: {caFile: /ca, serverName: s}}]})");
  json config = scrape_configs_of_service_monitor(object).at(0);
  EXPECT_EQ(
      rules({{"relabel_configs", json::array({config["relabel_configs"][1], config["relabel_configs"][2]})}}),
      "keep service_label_app_zerodt_com_component service_labelpresent_app_zerodt_com_component (web);true\n"
      "keep service_label_tier service_labelpresent_tier (a|b);true\n");
  json rest = config;
  rest["relabel_configs"].erase(0);
  rest["relabel_configs"].erase(0);
  rest["relabel_configs"].erase(0);
  EXPECT_EQ(rules(rest), R"(drop service_labelpresent_old true
keep endpointslice_port_name app
endpointslice_address_target_kind endpointslice_address_target_name > node ${1}
endpointslice_address_target_kind endpointslice_address_target_name > pod ${1}
namespace > namespace
service_name > service
pod_name > pod
pod_container_name > container
drop pod_phase (Failed|Succeeded)
service_label_tier > tier
service_name > job
service_label_job > job ${1}
> endpoint app
replace node > node
)");
  config.erase("relabel_configs");
  EXPECT_EQ(config, document_of(R"({job_name: serviceMonitor/default/web/0, honor_labels: true, scrape_interval: 5s,
    http_sd_configs: [{url: "https://kubernetes.default.svc.cluster.local/rehearsal.zdt.dev/scrape-targets?role=endpointslice&namespace=default",
      refresh_interval: 2s, authorization: {type: Bearer, credentials_file: /var/run/secrets/kubernetes.io/serviceaccount/token},
      tls_config: {ca_file: /var/run/secrets/kubernetes.io/serviceaccount/ca.crt}}], metrics_path: /stats, scheme: https,
    params: {usedonly: ['']}, authorization: {credentials_file: /t}, tls_config: {ca_file: /ca, server_name: s},
    metric_relabel_configs: [{source_labels: [__name__], regex: go_.*, action: drop}]})"));
}

TEST(PodMonitors, LookAtPodsAndTheirContainersPorts) {
  const json configs =
      scrape_configs_of_pod_monitor(monitor("{selector: {matchLabels: {a: b}}, namespaceSelector: {any: "
                                            "true}, podMetricsEndpoints: [{port: x}, {targetPort: 9901}]}"));
  ASSERT_EQ(configs.size(), 2u);
  EXPECT_TRUE(
      configs[0]["http_sd_configs"][0]["url"].get<std::string>().ends_with("/scrape-targets?role=pod"));
  EXPECT_EQ(configs[1]["job_name"], "podMonitor/default/web/1");
  json rest = configs[0];
  rest["relabel_configs"].erase(0);
  EXPECT_EQ(rules(rest), R"(keep pod_label_a pod_labelpresent_a (b);true
keep pod_container_port_name x
namespace > namespace
pod_name > pod
pod_container_name > container
drop pod_phase (Failed|Succeeded)
> job default/web
> endpoint x
)");
  EXPECT_NE(rules(configs[1]).find("keep pod_container_port_number 9901\n"), std::string::npos);
}

class MonitorTest : public ::testing::Test {
 protected:
  MonitorTest() {
    cluster.create("namespaces", document_of("{metadata: {name: monitoring, labels: {watch: 'yes'}}}"));
    for (const char* ns : {"default", "monitoring"}) {
      cluster.create(kServiceMonitors, monitor("{selector: {}, endpoints: [{port: a}]}", ns));
    }
    cluster.create(kPodMonitors, monitor("{selector: {}, podMetricsEndpoints: [{port: a}]}"));
  }
  /// The jobs that a Prometheus with this spec scrapes.
  std::string jobs(const std::string& spec) {
    if (!cluster.store.find(kPrometheuses, "monitoring", "main"))
      cluster.create(kPrometheuses, document_of("{metadata: {namespace: monitoring, name: main}}"));
    cluster.store
        .modify(kPrometheuses, "monitoring", "main", [&](json& changed) { changed["spec"] = document_of(spec); })
        .value();
    cluster.settle();
    std::vector<std::string> names;
    const json whole = configuration();
    for (const json& config : whole["scrape_configs"]) names.push_back(string_at(config, {"job_name"}));
    return join(names, " ");
  }
  json configuration() {
    const json secret = cluster.get("secrets", "prometheus-main", "monitoring");
    return json::parse(base64_decode(string_at(secret, {"data", "prometheus.yaml"})));
  }
  Cluster cluster;
};

TEST_F(MonitorTest, ASelectorThatIsMissingChoosesNoneAndAnEmptyOneAll) {
  EXPECT_EQ(jobs("{}"), "");
  EXPECT_EQ(jobs("{serviceMonitorSelector: {}}"), "serviceMonitor/monitoring/web/0");
  EXPECT_EQ(jobs("{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {}}"),
            "serviceMonitor/default/web/0 serviceMonitor/monitoring/web/0");
  EXPECT_EQ(jobs("{podMonitorSelector: {matchLabels: {team: a}}, podMonitorNamespaceSelector: {}}"),
            "podMonitor/default/web/0");
  EXPECT_EQ(jobs("{podMonitorSelector: {matchLabels: {team: b}}, podMonitorNamespaceSelector: {}}"), "");
  EXPECT_EQ(
      jobs("{serviceMonitorSelector: {}, serviceMonitorNamespaceSelector: {matchLabels: {watch: 'yes'}}}"),
      "serviceMonitor/monitoring/web/0");
}

TEST_F(MonitorTest, TheSecretFollowsTheMonitorsAndGoesWithThePrometheus) {
  EXPECT_EQ(jobs("{scrapeInterval: 5s, externalLabels: {a: b}, serviceMonitorSelector: {}}"),
            "serviceMonitor/monitoring/web/0");
  EXPECT_EQ(configuration()["global"],
            document_of("{scrape_interval: 5s, evaluation_interval: 5s, external_labels: {a: b}}"));
  cluster.store.remove(kServiceMonitors, "monitoring", "web").value();
  cluster.settle();
  EXPECT_EQ(configuration()["scrape_configs"].size(), 0u);
  cluster.store.remove(kPrometheuses, "monitoring", "main").value();
  cluster.settle();
  EXPECT_TRUE(cluster.get("secrets", "prometheus-main", "monitoring").is_null());
}

}  // namespace
}  // namespace zdt::rehearsal
