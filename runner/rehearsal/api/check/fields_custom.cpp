// The custom kinds that controllers here read, written by hand after the Go types of Argo Rollouts 1.8, KEDA 2.17,
// Gateway API 1.3 and prometheus-operator 0.83: the fields that are read, and their neighbours. Others are taken as they are.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const kCustomFields = R"(
Rollout@argoproj.io: kind apiVersion metadata:v1.ObjectMeta spec:ro.Spec status:ro.Status
ro.Spec: replicas:int32 selector:v1.LabelSelector template:v1.PodTemplateSpec workloadRef:ro.ObjectRef
  minReadySeconds:int32 strategy:ro.Strategy revisionHistoryLimit:int32 paused:bool progressDeadlineSeconds:int32
  progressDeadlineAbort:bool restartAt:Time
ro.ObjectRef: apiVersion kind name scaleDown
ro.Strategy: blueGreen:{}any canary:ro.Canary
ro.Canary: canaryService stableService steps:[]ro.Step trafficRouting:{}any maxUnavailable:IntOrString
  maxSurge:IntOrString analysis:{}any antiAffinity:{}any canaryMetadata:ro.Metadata stableMetadata:ro.Metadata
  scaleDownDelaySeconds:int32 scaleDownDelayRevisionLimit:int32 abortScaleDownDelaySeconds:int32
  dynamicStableScale:bool pingPong:{}any minPodsPerReplicaSet:int32
ro.Metadata: labels:{}string annotations:{}string
ro.Step: setWeight:int32 pause:ro.Pause experiment:{}any analysis:{}any setCanaryScale:ro.SetCanaryScale
  setHeaderRoute:{}any setMirrorRoute:{}any plugin:{}any
ro.SetCanaryScale: weight:int32 replicas:int32 matchTrafficWeight:bool
ro.Pause: duration:IntOrString
ro.Status: abort:bool pauseConditions:[]ro.PauseCondition controllerPause:bool abortedAt:Time currentPodHash
  currentStepHash replicas:int32 updatedReplicas:int32 readyReplicas:int32 availableReplicas:int32
  currentStepIndex:int32 collisionCount:int32 observedGeneration conditions:[]ro.Condition canary:{}any
  blueGreen:{}any HPAReplicas:int32 selector stableRS restartedAt:Time promoteFull:bool phase message
  workloadObservedGeneration
ro.PauseCondition: reason startTime:Time
ro.Condition: type status lastUpdateTime:Time lastTransitionTime:Time reason message
ScaledObject@keda.sh: kind apiVersion metadata:v1.ObjectMeta spec:so.Spec status:so.Status
so.Spec: scaleTargetRef:so.Target pollingInterval:int32 initialCooldownPeriod:int32 cooldownPeriod:int32
  idleReplicaCount:int32 minReplicaCount:int32 maxReplicaCount:int32 advanced:so.Advanced triggers:[]so.Trigger
  fallback:so.Fallback
so.Target: name apiVersion kind envSourceContainerName
so.Advanced: horizontalPodAutoscalerConfig:so.AutoscalerConfig restoreToOriginalReplicaCount:bool scalingModifiers:{}any
so.AutoscalerConfig: behavior:v2.HorizontalPodAutoscalerBehavior name
so.Trigger: type name useCachedMetrics:bool metadata:{}string authenticationRef:so.AuthenticationRef metricType
so.AuthenticationRef: name kind
so.Fallback: failureThreshold:int32 replicas:int32 behavior
so.Status: scaleTargetKind scaleTargetGVKR:{}any originalReplicaCount:int32 lastActiveTime:Time
  externalMetricNames:[]string resourceMetricNames:[]string conditions:[]so.Condition pausedReplicaCount:int32 hpaName
so.Condition: type status reason message
GatewayClass@gateway.networking.k8s.io: kind apiVersion metadata:v1.ObjectMeta spec:gw.ClassSpec status:gw.Status
gw.ClassSpec: controllerName parametersRef:{}any description
Gateway@gateway.networking.k8s.io: kind apiVersion metadata:v1.ObjectMeta spec:gw.Spec status:gw.Status
gw.Spec: gatewayClassName listeners:[]gw.Listener addresses:[]gw.Address infrastructure:{}any backendTLS:{}any
gw.Listener: name hostname port:int32 protocol tls:{}any allowedRoutes:gw.AllowedRoutes
gw.AllowedRoutes: namespaces:gw.RouteNamespaces kinds:[]gw.RouteKind
gw.RouteNamespaces: from selector:v1.LabelSelector
gw.RouteKind: group kind
gw.Address: type value
gw.Status: addresses:[]gw.Address conditions:[]v1.Condition listeners:[]gw.ListenerStatus
gw.ListenerStatus: name supportedKinds:[]gw.RouteKind attachedRoutes:int32 conditions:[]v1.Condition
HTTPRoute@gateway.networking.k8s.io: kind apiVersion metadata:v1.ObjectMeta spec:hr.Spec status:hr.Status
hr.Spec: parentRefs:[]hr.Parent hostnames:[]string rules:[]hr.Rule
hr.Parent: group kind namespace name sectionName port:int32
hr.Rule: name matches:[]hr.Match filters:[]hr.Filter backendRefs:[]hr.Backend timeouts:hr.Timeouts retry:hr.Retry
hr.Match: path:hr.PathMatch headers:[]hr.ValueMatch queryParams:[]hr.ValueMatch method
hr.PathMatch: type value
hr.ValueMatch: type name value
hr.Timeouts: request backendRequest
hr.Retry: codes:[]int64 attempts:int64 backoff
hr.Filter: type requestHeaderModifier:hr.HeaderModifier responseHeaderModifier:hr.HeaderModifier
  requestMirror:hr.Mirror requestRedirect:hr.Redirect urlRewrite:hr.Rewrite cors:{}any extensionRef:{}any
hr.HeaderModifier: set:[]hr.Header add:[]hr.Header remove:[]string
hr.Header: name value
hr.Mirror: backendRef:hr.Backend percent:int32 fraction:{}any
hr.Redirect: scheme hostname path:hr.PathModifier port:int32 statusCode:int64
hr.Rewrite: hostname path:hr.PathModifier
hr.PathModifier: type replaceFullPath replacePrefixMatch
hr.Backend: group kind name namespace port:int32 weight:int32 filters:[]hr.Filter
hr.Status: parents:[]hr.ParentStatus
hr.ParentStatus: parentRef:hr.Parent controllerName conditions:[]v1.Condition
ReferenceGrant@gateway.networking.k8s.io: kind apiVersion metadata:v1.ObjectMeta spec:rg.Spec
rg.Spec: from:[]rg.Side to:[]rg.Side
rg.Side: group kind namespace name
ServiceMonitor@monitoring.coreos.com: kind apiVersion metadata:v1.ObjectMeta spec:mo.ServiceSpec
mo.ServiceSpec: jobLabel targetLabels:[]string podTargetLabels:[]string endpoints:[]mo.Endpoint
  selector:v1.LabelSelector namespaceSelector:mo.NamespaceSelector
PodMonitor@monitoring.coreos.com: kind apiVersion metadata:v1.ObjectMeta spec:mo.PodSpec
mo.PodSpec: jobLabel podTargetLabels:[]string podMetricsEndpoints:[]mo.Endpoint selector:v1.LabelSelector
  namespaceSelector:mo.NamespaceSelector
mo.NamespaceSelector: any:bool matchNames:[]string
mo.Endpoint: port portNumber:int32 targetPort:IntOrString path scheme params:{}[]string interval scrapeTimeout
  tlsConfig:mo.Tls bearerTokenFile honorLabels:bool honorTimestamps:bool metricRelabelings:[]mo.Relabeling
  relabelings:[]mo.Relabeling followRedirects:bool filterRunning:bool
mo.Tls: caFile certFile keyFile serverName insecureSkipVerify:bool
mo.Relabeling: sourceLabels:[]string separator targetLabel regex modulus:int64 replacement action
Prometheus@monitoring.coreos.com: kind apiVersion metadata:v1.ObjectMeta spec:mo.PrometheusSpec
mo.PrometheusSpec: scrapeInterval evaluationInterval externalLabels:{}string replicas:int32
  serviceMonitorSelector:v1.LabelSelector serviceMonitorNamespaceSelector:v1.LabelSelector
  podMonitorSelector:v1.LabelSelector podMonitorNamespaceSelector:v1.LabelSelector
)";

}  // namespace zdt::rehearsal::api
