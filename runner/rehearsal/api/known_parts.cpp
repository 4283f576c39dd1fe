#include "base/text.h"
#include "rehearsal/api/known_fields.h"

namespace zdt::rehearsal::api {
namespace {

/// "containers:Container" is a list or an object of Container.
KnownPart part(const char* words) {
  KnownPart fields;
  for (const std::string& word : split(words, ' ')) {
    const size_t colon = word.find(':');
    fields[word.substr(0, colon)] = colon == std::string::npos ? "" : word.substr(colon + 1);
  }
  return fields;
}

}  // namespace

const std::map<std::string, KnownPart>& known_parts() {
  static const std::map<std::string, KnownPart> table = {
      {"ObjectMeta",
       part("name generateName namespace selfLink uid resourceVersion generation creationTimestamp "
            "deletionTimestamp "
            "deletionGracePeriodSeconds labels annotations ownerReferences finalizers managedFields")},
      {"Pod", part("apiVersion kind metadata:ObjectMeta spec:PodSpec status")},
      {"Template", part("metadata:ObjectMeta spec:PodSpec")},
      {"PodSpec",
       part(
           "volumes:Volume initContainers:Container containers:Container ephemeralContainers restartPolicy "
           "terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector serviceAccountName "
           "serviceAccount automountServiceAccountToken nodeName hostNetwork hostPID hostIPC "
           "shareProcessNamespace "
           "securityContext imagePullSecrets hostname subdomain affinity schedulerName tolerations "
           "hostAliases "
           "priorityClassName priority dnsConfig readinessGates runtimeClassName enableServiceLinks "
           "preemptionPolicy "
           "overhead topologySpreadConstraints setHostnameAsFQDN os hostUsers schedulingGates resourceClaims "
           "resources")},
      {"Container",
       part("name image command args workingDir ports:ContainerPort envFrom env:EnvVar resources:Resources "
            "resizePolicy restartPolicy volumeMounts:VolumeMount volumeDevices livenessProbe:Probe "
            "readinessProbe:Probe "
            "startupProbe:Probe lifecycle:Lifecycle terminationMessagePath terminationMessagePolicy "
            "imagePullPolicy "
            "securityContext stdin stdinOnce tty")},
      {"ContainerPort", part("name hostPort containerPort protocol hostIP")},
      {"EnvVar", part("name value valueFrom")},
      {"Resources", part("limits requests claims")},
      {"VolumeMount", part("name readOnly recursiveReadOnly mountPath subPath mountPropagation subPathExpr")},
      {"Probe",
       part("exec:Exec httpGet:HttpGet tcpSocket grpc initialDelaySeconds timeoutSeconds periodSeconds "
            "successThreshold failureThreshold terminationGracePeriodSeconds")},
      {"Lifecycle", part("postStart:Handler preStop:Handler stopSignal")},
      {"Handler", part("exec:Exec httpGet:HttpGet tcpSocket sleep:Sleep")},
      {"Exec", part("command")},
      {"HttpGet", part("path port host scheme httpHeaders")},
      {"Sleep", part("seconds")},
      {"Deployment", part("apiVersion kind metadata:ObjectMeta spec:DeploymentSpec status")},
      {"DeploymentSpec", part("replicas selector:Selector template:Template strategy:Strategy "
                              "minReadySeconds revisionHistoryLimit paused "
                              "progressDeadlineSeconds")},
      {"Strategy", part("type rollingUpdate:RollingUpdate")},
      {"RollingUpdate", part("maxUnavailable maxSurge")},
      {"Selector", part("matchLabels matchExpressions")},
      {"ReplicaSet", part("apiVersion kind metadata:ObjectMeta spec:ReplicaSetSpec status")},
      {"ReplicaSetSpec", part("replicas minReadySeconds selector:Selector template:Template")},
      {"Service", part("apiVersion kind metadata:ObjectMeta spec:ServiceSpec status")},
      {"ServiceSpec",
       part("ports:ServicePort selector clusterIP clusterIPs type externalIPs sessionAffinity loadBalancerIP "
            "loadBalancerSourceRanges externalName externalTrafficPolicy healthCheckNodePort "
            "publishNotReadyAddresses "
            "sessionAffinityConfig ipFamilies ipFamilyPolicy allocateLoadBalancerNodePorts loadBalancerClass "
            "internalTrafficPolicy trafficDistribution")},
      {"ServicePort", part("name protocol appProtocol port targetPort nodePort")},
      {"ConfigMap", part("apiVersion kind metadata:ObjectMeta immutable data binaryData")},
      {"Secret", part("apiVersion kind metadata:ObjectMeta immutable data stringData type")},
      {"Namespace", part("apiVersion kind metadata:ObjectMeta spec status")},
      {"PodDisruptionBudget",
       part("apiVersion kind metadata:ObjectMeta spec:PodDisruptionBudgetSpec status")},
      {"PodDisruptionBudgetSpec",
       part("minAvailable selector:Selector maxUnavailable unhealthyPodEvictionPolicy")},
  };
  return table;
}

}  // namespace zdt::rehearsal::api
