// No object ends a controller, and none keeps another from being served, whatever its shape. The objects go into the
// store past the API, as if its validation took everything.
#include "base/text.h"
#include "base/yaml.h"
#include "rehearsal/controllers/dns_records.h"
#include "rehearsal/controllers/endpoints.h"
#include "rehearsal/controllers/replica_set.h"
#include "rehearsal/controllers/service_rules.h"
#include "unit/rehearsal/controllers/cluster.h"
#include "unit/rehearsal/controllers/hostile.h"

namespace zdt::rehearsal {
namespace {

/// good   creates what a user would, and returns why it is not served; "" when it is.
struct HostileCase {
  const char* resource;
  const char* object;
  std::string (*good)(Cluster&);
};

std::string served_when(bool holds, const std::string& what) { return holds ? "" : what; }

void make(Cluster& cluster, const std::string& resource, const std::string& text) {
  cluster.create(resource, parse_yaml(text, "good").value());
  cluster.settle();
}

std::string good_service(Cluster& cluster) {
  make(cluster, "services", "{metadata: {namespace: default, name: good}, spec: {selector: {app: good}, ports: [{port: 80}]}}");
  cluster.create("pods", pod("good", {{"app", "good"}}, "10.244.0.9"));
  cluster.settle();
  const std::string address = string_at(cluster.get("services", "good"), {"spec", "clusterIP"});
  const auto services = cluster.store.list("services"), slices = cluster.store.list(kEndpointSlices);
  const std::string rules = ruleset(service_ports(services, slices, cluster.store.list("nodes")));
  const auto names = dns_records(services, slices, "cluster.local");
  if (address.empty()) return "it has no address";
  if (rules.find(address + " tcp dport 80 dnat to 10.244.0.9:80") == std::string::npos) return "it has no rule";
  return served_when(names.contains("default.good"), "it has no name");
}

std::string good_pod(Cluster& cluster) {
  make(cluster, "pods", "{metadata: {namespace: default, name: good}, spec: {containers: [{name: app}]}}");
  return served_when(!string_at(cluster.get("pods", "good"), {"spec", "nodeName"}).empty(), "it has no node");
}

std::string good_deployment(Cluster& cluster) {
  cluster.create("deployments.apps", deployment("good", 2));
  cluster.settle();
  size_t pods = 0;
  for (const ObjectPtr& each : cluster.pods()) pods += string_at(*each, {"metadata", "labels", "app"}) == "good" ? 1 : 0;
  return served_when(pods == 2, fmt::format("it has {} pods", pods));
}

std::string good_replica_set(Cluster& cluster) {
  cluster.create("replicasets.apps", replica_set("good", 2));
  cluster.settle();
  return served_when(int_at(cluster.get("replicasets.apps", "good"), {"status", "replicas"}) == 2, "its status is not written");
}

std::string good_rollout(Cluster& cluster) {
  json object = deployment("good", 2);
  object["kind"] = "Rollout";
  object["spec"]["strategy"] = {{"canary", json::object()}};
  cluster.create("rollouts.argoproj.io", std::move(object));
  cluster.settle();
  return served_when(int_at(cluster.get("rollouts.argoproj.io", "good"), {"status", "replicas"}) == 2, "it has no pods");
}

std::string good_namespace(Cluster& cluster) {
  make(cluster, "namespaces", "{metadata: {name: good}}");
  return served_when(cluster.store.find("serviceaccounts", "good", "default") != nullptr, "it has no account");
}

std::string good_budget(Cluster& cluster) {
  make(cluster, "poddisruptionbudgets.policy",
       "{metadata: {namespace: default, name: good}, spec: {minAvailable: 1, selector: {matchLabels: {app: x}}}}");
  return served_when(!at(cluster.get("poddisruptionbudgets.policy", "good"), {"status", "expectedPods"}).is_null(),
                     "it has no status");
}

std::string good_autoscaler(Cluster& cluster) {
  cluster.create("deployments.apps", deployment("target", 1));
  make(cluster, "horizontalpodautoscalers.autoscaling",
       "{metadata: {namespace: default, name: good}, spec: {minReplicas: 2, maxReplicas: 3, scaleTargetRef: {name: target, "
       "kind: Deployment, apiVersion: apps/v1}}}");
  return served_when(int_at(cluster.get("deployments.apps", "target"), {"spec", "replicas"}) == 2, "it does not scale");
}

std::string good_scaled_object(Cluster& cluster) {
  cluster.create("deployments.apps", deployment("target", 1));
  make(cluster, "scaledobjects.keda.sh",
       "{metadata: {namespace: default, name: good}, spec: {scaleTargetRef: {name: target}, triggers: [{type: cpu, metadata: "
       "{value: '50'}}]}}");
  return served_when(!cluster.get("horizontalpodautoscalers.autoscaling", "keda-hpa-good").is_null(), "it has no autoscaler");
}

std::string good_route(Cluster& cluster) {
  make(cluster, "services",
       "{metadata: {namespace: default, name: backend}, spec: {clusterIP: 10.96.7.7, ports: [{port: 80}]}}");
  make(cluster, "gateways.gateway.networking.k8s.io",
       "{metadata: {namespace: default, name: good}, spec: {gatewayClassName: cloud-provider-kind, listeners: [{name: http, "
       "port: 80, protocol: HTTP}]}}");
  make(cluster, "httproutes.gateway.networking.k8s.io",
       "{metadata: {namespace: default, name: good}, spec: {parentRefs: [{name: good}, {name: gate}], rules: [{matches: [{path: "
       "{value: /good}}], backendRefs: [{name: backend, port: 80}]}]}}");
  cluster.pass_time(std::chrono::seconds(2));
  cluster.settle();
  const std::string routes =
      string_at(cluster.get("configmaps", "good-cloud-provider-kind"), {"data", "rds-80.json"});
  if (routes.find("/good") == std::string::npos) return "Envoy has no route";
  return served_when(routes.find("passwd") == std::string::npos && routes.find("\\n") == std::string::npos &&
                         routes.find("\\u0001") == std::string::npos,
                     "Envoy has a route that it would refuse");
}

std::string good_monitor(Cluster& cluster) {
  make(cluster, "prometheuses.monitoring.coreos.com",
       "{metadata: {namespace: default, name: good}, spec: {serviceMonitorSelector: {}, podMonitorSelector: {}}}");
  make(cluster, "servicemonitors.monitoring.coreos.com",
       "{metadata: {namespace: default, name: good}, spec: {selector: {matchLabels: {app: x}}, endpoints: [{port: web}]}}");
  const json secret = cluster.get("secrets", "prometheus-good");
  const std::string text = base64_decode(string_at(secret, {"data", "prometheus.yaml"}));
  return served_when(text.find("serviceMonitor/default/good/0") != std::string::npos, "it is not scraped");
}

const HostileCase kHostileCases[] = {
    {"services",
     "{kind: Service, metadata: {namespace: default, labels: {a: b}, annotations: {a: b}, ownerReferences: [{uid: u, kind: X, "
     "name: x, controller: true}], finalizers: [x], deletionTimestamp: '2030-01-01T00:00:00Z'}, spec: {type: LoadBalancer, "
     "clusterIP: 10.96.3.3, clusterIPs: [10.96.3.3], selector: {app: good}, publishNotReadyAddresses: false, ports: [{name: "
     "http, port: 81, targetPort: 82, nodePort: 30080, protocol: TCP, appProtocol: http}]}, status: {loadBalancer: {}}}",
     good_service},
    {"endpointslices.discovery.k8s.io",
     "{kind: EndpointSlice, addressType: IPv4, metadata: {namespace: default, labels: {kubernetes.io/service-name: manual, "
     "endpointslice.kubernetes.io/managed-by: x}}, ports: [{name: http, port: 8000, protocol: TCP}], endpoints: [{addresses: "
     "[10.244.0.3], hostname: h, conditions: {ready: true, serving: true, terminating: false}}]}",
     good_service},
    {"endpoints",
     "{kind: Endpoints, metadata: {namespace: default, labels: {a: b}}, subsets: [{addresses: [{ip: 10.0.0.1}], ports: [{port: "
     "1}]}]}",
     good_service},
    {"pods",
     "{kind: Pod, metadata: {namespace: default, labels: {app: good}, annotations: {controller.kubernetes.io/pod-deletion-cost: "
     "'5'}, ownerReferences: [{uid: u, kind: ReplicaSet, name: x, controller: true}], creationTimestamp: "
     "'2020-01-01T00:00:00Z'}, spec: {nodeName: node, hostname: h, subdomain: good, overhead: {cpu: 1m}, containers: [{name: "
     "app, ports: [{name: http, containerPort: 80, protocol: TCP}], resources: {requests: {cpu: 1m, memory: 1Mi}}}], "
     "initContainers: [{name: i, restartPolicy: Always, ports: [{name: x, containerPort: 81}], resources: {requests: {cpu: "
     "1m}}}]}, status: {phase: Running, podIP: 10.244.0.8, conditions: [{type: Ready, status: 'True', lastTransitionTime: "
     "'2020-01-01T00:00:00Z'}], containerStatuses: [{restartCount: 1}]}}",
     good_service},
    {"pods",
     "{kind: Pod, metadata: {namespace: default, labels: {app: x}}, spec: {priority: 5, nodeSelector: {a: b}, tolerations: "
     "[{key: k, operator: Exists, effect: NoExecute, tolerationSeconds: 5, value: v}], affinity: {nodeAffinity: "
     "{requiredDuringSchedulingIgnoredDuringExecution: {nodeSelectorTerms: [{matchExpressions: [{key: a, operator: Gt, values: "
     "['1']}], matchFields: [{key: metadata.name, operator: In, values: [node]}]}]}, "
     "preferredDuringSchedulingIgnoredDuringExecution: [{weight: 5, preference: {matchExpressions: [{key: a, operator: "
     "Exists}]}}]}, podAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, "
     "labelSelector: {matchLabels: {app: x}}, namespaces: [default], namespaceSelector: {}}]}, podAntiAffinity: "
     "{preferredDuringSchedulingIgnoredDuringExecution: [{weight: 5, podAffinityTerm: {topologyKey: kubernetes.io/hostname, "
     "labelSelector: {matchExpressions: [{key: app, operator: In, values: [x]}]}}}]}}, topologySpreadConstraints: [{maxSkew: 1, "
     "minDomains: 2, topologyKey: kubernetes.io/hostname, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: "
     "x}}, matchLabelKeys: [app]}], containers: [{name: app}]}}",
     good_pod},
    {"nodes",
     "{kind: Node, metadata: {labels: {kubernetes.io/hostname: bad}}, spec: {unschedulable: false, taints: [{key: k, value: v, "
     "effect: NoExecute}]}, status: {addresses: [{type: InternalIP, address: 172.18.0.9}], allocatable: {cpu: '1', memory: 1Gi, "
     "pods: '10'}, conditions: [{type: Ready, status: 'True'}]}}",
     good_pod},
    {"namespaces",
     "{kind: Namespace, metadata: {labels: {a: b}}, spec: {finalizers: [kubernetes]}, status: {phase: Active}}", good_namespace},
    {"deployments.apps",
     "{kind: Deployment, metadata: {namespace: default, annotations: {deployment.kubernetes.io/revision: '1'}, generation: 1}, "
     "spec: {replicas: 1, paused: false, minReadySeconds: 1, revisionHistoryLimit: 1, progressDeadlineSeconds: 5, selector: "
     "{matchLabels: {app: bad}, matchExpressions: [{key: app, operator: In, values: [bad]}]}, strategy: {type: RollingUpdate, "
     "rollingUpdate: {maxSurge: 25%, maxUnavailable: 1}}, template: {metadata: {labels: {app: bad}, annotations: {a: b}}, spec: "
     "{containers: [{name: app}]}}}, status: {collisionCount: 1, observedGeneration: 1, replicas: 1, conditions: [{type: "
     "Progressing, status: 'True', reason: X, lastUpdateTime: '2020-01-01T00:00:00Z'}]}}",
     good_deployment},
    {"replicasets.apps",
     "{kind: ReplicaSet, metadata: {namespace: default, labels: {app: bad}, ownerReferences: [{uid: u, kind: Deployment, name: "
     "x, controller: true}], annotations: {deployment.kubernetes.io/desired-replicas: '1', "
     "deployment.kubernetes.io/max-replicas: '2', deployment.kubernetes.io/revision: '1'}}, spec: {replicas: 1, "
     "minReadySeconds: 1, selector: {matchLabels: {app: bad}}, template: {metadata: {labels: {app: bad}, finalizers: [x]}, "
     "spec: {containers: [{name: app}]}}}, status: {replicas: 1, availableReplicas: 1, conditions: [{type: X}]}}",
     good_replica_set},
    {"rollouts.argoproj.io",
     "{kind: Rollout, metadata: {namespace: default, annotations: {rollout.argoproj.io/revision: '1'}}, spec: {replicas: 1, "
     "restartAt: '2020-01-01T00:00:00Z', minReadySeconds: 1, progressDeadlineSeconds: 5, progressDeadlineAbort: true, "
     "revisionHistoryLimit: 1, selector: {matchLabels: {app: bad}}, strategy: {canary: {maxSurge: 1, maxUnavailable: 25%, "
     "stableService: s, canaryService: c, canaryMetadata: {labels: {a: b}}, stableMetadata: {labels: {a: c}}, steps: "
     "[{setWeight: 20}, {pause: {duration: 10s}}]}}, template: {metadata: {labels: {app: bad}}, spec: {containers: [{name: "
     "app}]}}}, status: {currentStepIndex: 1, stableRS: x, currentPodHash: y, currentStepHash: z, abort: false, promoteFull: "
     "false, collisionCount: 1, observedGeneration: '1', controllerPause: true, pauseConditions: [{reason: CanaryPauseStep, "
     "startTime: '2020-01-01T00:00:00Z'}], conditions: [{type: Progressing, status: 'True', reason: X}]}}",
     good_rollout},
    {"poddisruptionbudgets.policy",
     "{kind: PodDisruptionBudget, metadata: {namespace: default}, spec: {minAvailable: 50%, maxUnavailable: 1, selector: "
     "{matchLabels: {app: x}, matchExpressions: [{key: app, operator: NotIn, values: [y]}]}}, status: {disruptedPods: {p: "
     "'2030-01-01T00:00:00Z'}, conditions: [{type: DisruptionAllowed, status: 'True'}], observedGeneration: 1}}",
     good_budget},
    {"horizontalpodautoscalers.autoscaling",
     "{kind: HorizontalPodAutoscaler, metadata: {namespace: default}, spec: {minReplicas: 1, maxReplicas: 3, scaleTargetRef: "
     "{apiVersion: apps/v1, kind: Deployment, name: target}, metrics: [{type: Resource, resource: {name: cpu, target: {type: "
     "Utilization, averageUtilization: 50}}}, {type: External, external: {metric: {name: m, selector: {matchLabels: {a: b}}}, "
     "target: {type: Value, value: '5'}}}, {type: ContainerResource, containerResource: {name: cpu, container: app, target: "
     "{averageValue: 5m}}}], behavior: {scaleUp: {stabilizationWindowSeconds: 1, selectPolicy: Max, policies: [{type: Pods, "
     "value: 4, periodSeconds: 15}]}, scaleDown: {policies: [{type: Percent, value: 10, periodSeconds: 15}]}}}, status: "
     "{desiredReplicas: 1, conditions: [{type: AbleToScale, status: 'True', lastTransitionTime: x}]}}",
     good_autoscaler},
    {"scaledobjects.keda.sh",
     "{kind: ScaledObject, metadata: {namespace: default, annotations: {autoscaling.keda.sh/paused-replicas: '1'}}, spec: "
     "{scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: target}, pollingInterval: 5, cooldownPeriod: 5, "
     "initialCooldownPeriod: 1, minReplicaCount: 0, maxReplicaCount: 5, idleReplicaCount: 0, fallback: {failureThreshold: 1, "
     "replicas: 2}, advanced: {horizontalPodAutoscalerConfig: {name: x, behavior: {}}}, triggers: [{type: prometheus, "
     "metricType: AverageValue, metadata: {serverAddress: 'http://p.q:9', query: up, threshold: '5', activationThreshold: '1'}}]}, "
     "status: {conditions: [{type: Ready, status: 'True', reason: X}], lastActiveTime: '2020-01-01T00:00:00Z', "
     "originalReplicaCount: 1}}",
     good_scaled_object},
    {"gatewayclasses.gateway.networking.k8s.io",
     "{kind: GatewayClass, metadata: {}, spec: {controllerName: kind.sigs.k8s.io/gateway-controller}, status: {conditions: "
     "[{type: Accepted, status: 'True'}]}}",
     good_route},
    {"gateways.gateway.networking.k8s.io",
     "{kind: Gateway, metadata: {namespace: default}, spec: {gatewayClassName: cloud-provider-kind, listeners: [{name: http, "
     "port: 80, protocol: HTTP, hostname: a.org, allowedRoutes: {kinds: [{kind: HTTPRoute}], namespaces: {from: Selector, "
     "selector: {matchLabels: {a: b}}}}}]}, status: {conditions: [{type: Accepted, status: 'True'}], listeners: [{name: http, "
     "conditions: [{type: X}]}]}}",
     good_route},
    {"httproutes.gateway.networking.k8s.io",
     "{kind: HTTPRoute, metadata: {namespace: default}, spec: {parentRefs: [{group: gateway.networking.k8s.io, kind: Gateway, "
     "name: good, namespace: default, port: 80, sectionName: http}], hostnames: [a.org], rules: [{matches: [{method: GET, path: {type: PathPrefix, "
     "value: /a}, headers: [{name: h, type: Exact, value: v}], queryParams: [{name: q, value: v}]}], filters: [{type: "
     "RequestHeaderModifier, requestHeaderModifier: {set: [{name: x, value: y}], add: [{name: x, value: y}], remove: [z]}}, "
     "{type: URLRewrite, urlRewrite: {hostname: b.org, path: {type: ReplacePrefixMatch, replacePrefixMatch: /b}}}, {type: "
     "RequestRedirect, requestRedirect: {scheme: http, hostname: c.org, port: 81, statusCode: 301, path: {type: "
     "ReplaceFullPath, replaceFullPath: /c}}}], timeouts: {request: 5s}, backendRefs: [{group: '', kind: Service, name: "
     "backend, namespace: default, port: 80, weight: 1}]}]}, status: {parents: [{controllerName: "
     "kind.sigs.k8s.io/gateway-controller, parentRef: {name: good}, conditions: [{type: Accepted, status: 'True'}]}]}}",
     good_route},
    {"referencegrants.gateway.networking.k8s.io",
     "{kind: ReferenceGrant, metadata: {namespace: default}, spec: {from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, "
     "namespace: other}], to: [{group: '', kind: Service, name: backend}]}}",
     good_route},
    {"configmaps", "{kind: ConfigMap, metadata: {namespace: default}, data: {cds.json: '{}', lds.json: '{}'}}", good_route},
    {"prometheuses.monitoring.coreos.com",
     "{kind: Prometheus, metadata: {namespace: default}, spec: {scrapeInterval: 5s, evaluationInterval: 5s, externalLabels: {a: "
     "b}, serviceMonitorSelector: {matchLabels: {a: b}}, serviceMonitorNamespaceSelector: {}}}",
     good_monitor},
    {"servicemonitors.monitoring.coreos.com",
     "{kind: ServiceMonitor, metadata: {namespace: default, labels: {a: b}}, spec: {jobLabel: j, targetLabels: [t], "
     "podTargetLabels: [t], namespaceSelector: {any: false, matchNames: [default]}, selector: {matchLabels: {app: x}, "
     "matchExpressions: [{key: a, operator: In, values: [b]}]}, endpoints: [{port: web, targetPort: 80, path: /metrics, scheme: "
     "http, interval: 5s, scrapeTimeout: 1s, honorLabels: true, honorTimestamps: true, params: {a: [b]}, bearerTokenFile: /x, "
     "tlsConfig: {caFile: /x, insecureSkipVerify: true}, relabelings: [{sourceLabels: [a], targetLabel: b, action: replace, "
     "regex: x, modulus: 1}], metricRelabelings: [{action: drop, regex: x}]}]}}",
     good_monitor},
    {"podmonitors.monitoring.coreos.com",
     "{kind: PodMonitor, metadata: {namespace: default}, spec: {selector: {matchLabels: {app: x}}, podMetricsEndpoints: [{port: "
     "web, path: /metrics}]}}",
     good_monitor},
    {"customresourcedefinitions.apiextensions.k8s.io",
     "{kind: CustomResourceDefinition, metadata: {}, spec: {group: g.io, names: {kind: Thing, plural: things}, versions: [{name: "
     "v1, subresources: {scale: {specReplicasPath: .spec.replicas, statusReplicasPath: .status.replicas, labelSelectorPath: "
     ".status.selector}}}]}}",
     good_autoscaler},
    {"events",
     "{kind: Event, metadata: {namespace: default}, involvedObject: {name: x}, series: {lastObservedTime: x}, lastTimestamp: "
     "'2020-01-01T00:00:00Z', eventTime: '2020-01-01T00:00:00Z', count: 1}",
     good_pod},
};

class HostileObjects : public testing::TestWithParam<HostileCase> {};

/// The object with each hostile value at one place, all at once.
size_t add_hostile(Cluster& cluster, const json& object, const json::json_pointer& place) {
  size_t made = 0;
  for (size_t i = 0; i < hostile_values().size(); ++i) {
    json hostile = object;
    hostile[place] = hostile_values()[i];
    hostile["metadata"]["name"] = fmt::format("bad-{}", i);
    made += cluster.store.create(HostileObjects::GetParam().resource, std::move(hostile)) ? 1 : 0;
  }
  return made;
}

void step_all(Cluster& cluster) {
  EXPECT_LT(cluster.controllers->queue().drain(20'000), 20'000U) << "the controllers do not come to rest";
  cluster.loop.restart();
  cluster.loop.poll();
}

TEST_P(HostileObjects, NeitherEndTheControllersNorKeepOthersFromBeingServed) {
  const json object = parse_yaml(GetParam().object, "object").value();
  for (const json::json_pointer& place : places_in(object)) {
    Cluster cluster;
    ASSERT_GT(add_hostile(cluster, object, place), 0U);
    EXPECT_NO_THROW(step_all(cluster)) << place.to_string();
    EXPECT_EQ(GetParam().good(cluster), "") << place.to_string();
    EXPECT_NO_THROW({
      cluster.pass_time(std::chrono::minutes(1));
      for (size_t i = 0; i < hostile_values().size(); ++i) {
        const std::string ns = string_at(object, {"metadata", "namespace"});
        (void)request_deletion(cluster.store, GetParam().resource, ns, fmt::format("bad-{}", i));
      }
      step_all(cluster);
    }) << place.to_string();
    if (HasFailure()) return;
  }
}

std::string name_of_case(const testing::TestParamInfo<HostileCase>& info) {
  const std::string name = info.param.resource;
  return name.substr(0, name.find('.')) + std::to_string(info.index);
}

INSTANTIATE_TEST_SUITE_P(Kinds, HostileObjects, testing::ValuesIn(kHostileCases), name_of_case);

TEST(HostileObject, AControllerThatThrowsIsToldOnTheObject) {
  Cluster cluster;
  json object = deployment("bad", 1);
  object["metadata"]["annotations"] = "text";
  cluster.create("deployments.apps", std::move(object));
  cluster.settle();
  cluster.loop.poll();
  std::vector<std::string> told;
  for (const ObjectPtr& event : cluster.store.list("events")) {
    if (string_at(*event, {"reason"}) == "FailedReconcile") told.push_back(string_at(*event, {"message"}));
  }
  ASSERT_FALSE(told.empty());
  EXPECT_TRUE(told.front().starts_with("The deployment controller cannot act on this object and tries again: ")) << told.front();
}

TEST(HostileObject, AHundredThousandReplicasAreMadeInBatchesUpToTheQuota) {
  Cluster cluster;
  cluster.create("deployments.apps", deployment("huge", 100'000));
  std::chrono::steady_clock::duration longest{0};
  for (bool more = true; more;) {
    const auto begin = std::chrono::steady_clock::now();
    more = cluster.step();
    longest = std::max(longest, std::chrono::steady_clock::now() - begin);
  }
  EXPECT_EQ(cluster.store.count("pods"), ReplicaSetController::kMostPods);
  EXPECT_LT(longest, milliseconds(400)) << "a turn of the loop";  // about 30 ms on an idle machine
  size_t assigned = 0;
  for (const ObjectPtr& each : cluster.pods()) assigned += string_at(*each, {"spec", "nodeName"}).empty() ? 0 : 1;
  EXPECT_EQ(assigned, 110U);
  bool told = false;
  for (const ObjectPtr& event : cluster.store.list("events")) {
    told = told || (string_at(*event, {"reason"}) == "FailedCreate" &&
                    string_at(*event, {"message"}).find("exceeded quota: rehearsal-of-one-replicaset, requested: pods=99500, used: pods=500") != std::string::npos);
  }
  EXPECT_TRUE(told);
  EXPECT_LE(cluster.store.count("events"), 5'000U);
}

}  // namespace
}  // namespace zdt::rehearsal
