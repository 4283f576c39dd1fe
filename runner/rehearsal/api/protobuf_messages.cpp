// Field numbers of the messages that kubectl encodes, from k8s.io/api's and k8s.io/apimachinery's
// generated.proto.
#include <map>

#include "rehearsal/api/protobuf.h"

namespace zdt::rehearsal::api {

const char* protobuf_fields(const std::string& message) {
  static const std::map<std::string, const char*> table = {
      {"ConfigMap", "1=metadata:ObjectMeta 2=data:{text 3=binaryData:{bytes 4=immutable:bool!"},
      {"Secret", "1=metadata:ObjectMeta 2=data:{bytes 3=type:text 4=stringData:{text 5=immutable:bool!"},
      {"Namespace", "1=metadata:ObjectMeta 2=spec:NamespaceSpec 3=status:ignored"},
      {"ServiceAccount",
       "1=metadata:ObjectMeta 2=secrets:[ObjectReference 3=imagePullSecrets:[LocalObjectReference "
       "4=automountServiceAccountToken:bool!"},
      {"Service", "1=metadata:ObjectMeta 2=spec:ServiceSpec 3=status:ignored"},
      {"ResourceQuota", "1=metadata:ObjectMeta 2=spec:ResourceQuotaSpec 3=status:ignored"},
      {"Event",
       "1=metadata:ObjectMeta 2=involvedObject:ObjectReference 3=reason:text 4=message:text "
       "5=source:EventSource 6=firstTimestamp:Time 7=lastTimestamp:Time 8=count:int 9=type:text "
       "10=eventTime:Time 11=series:EventSeries 12=action:text 13=related:ObjectReference "
       "14=reportingComponent:text 15=reportingInstance:text"},
      {"Pod", "1=metadata:ObjectMeta 2=spec:PodSpec 3=status:ignored"},
      {"Deployment", "1=metadata:ObjectMeta 2=spec:DeploymentSpec 3=status:ignored"},
      {"Job", "1=metadata:ObjectMeta 2=spec:JobSpec 3=status:ignored"},
      {"CronJob", "1=metadata:ObjectMeta 2=spec:CronJobSpec 3=status:ignored"},
      {"Role", "1=metadata:ObjectMeta 2=rules:[PolicyRule"},
      {"RoleBinding", "1=metadata:ObjectMeta 2=subjects:[Subject 3=roleRef:RoleRef"},
      {"ClusterRole", "1=metadata:ObjectMeta 2=rules:[PolicyRule 3=aggregationRule:AggregationRule"},
      {"ClusterRoleBinding", "1=metadata:ObjectMeta 2=subjects:[Subject 3=roleRef:RoleRef"},
      {"PodDisruptionBudget", "1=metadata:ObjectMeta 2=spec:PodDisruptionBudgetSpec 3=status:ignored"},
      {"Eviction", "1=metadata:ObjectMeta 2=deleteOptions:DeleteOptions"},
      {"PriorityClass",
       "1=metadata:ObjectMeta 2=value:int 3=globalDefault:bool 4=description:text "
       "5=preemptionPolicy:text!"},
      {"Ingress", "1=metadata:ObjectMeta 2=spec:IngressSpec 3=status:ignored"},
      {"HorizontalPodAutoscaler",
       "1=metadata:ObjectMeta 2=spec:HorizontalPodAutoscalerSpec 3=status:ignored"},
      {"SelfSubjectAccessReview",
       "1=metadata:ObjectMeta 2=spec:SelfSubjectAccessReviewSpec 3=status:SubjectAccessReviewStatus"},
      {"SelfSubjectReview", "1=metadata:ObjectMeta 2=status:ignored"},
      {"SelfSubjectRulesReview", "1=metadata:ObjectMeta 2=spec:SelfSubjectRulesReviewSpec 3=status:ignored"},
      {"TokenRequest", "1=metadata:ObjectMeta 2=spec:TokenRequestSpec 3=status:ignored"},
      {"DeleteOptions",
       "1=gracePeriodSeconds:int! 2=preconditions:Preconditions 3=orphanDependents:bool! "
       "4=propagationPolicy:text! 5=dryRun:[text"},
      {"ObjectMeta",
       "1=name:text 2=generateName:text 3=namespace:text 4=selfLink:text 5=uid:text "
       "6=resourceVersion:text 7=generation:int 8=creationTimestamp:Time 9=deletionTimestamp:Time "
       "10=deletionGracePeriodSeconds:int! 11=labels:{text 12=annotations:{text "
       "13=ownerReferences:[OwnerReference 14=finalizers:[text"},
      {"NamespaceSpec", "1=finalizers:[text"},
      {"ObjectReference",
       "1=kind:text 2=namespace:text 3=name:text 4=uid:text 5=apiVersion:text 6=resourceVersion:text "
       "7=fieldPath:text"},
      {"LocalObjectReference", "1=name:text"},
      {"ServiceSpec",
       "1=ports:[ServicePort 2=selector:{text 3=clusterIP:text 4=type:text 5=externalIPs:[text "
       "7=sessionAffinity:text 8=loadBalancerIP:text 9=loadBalancerSourceRanges:[text "
       "10=externalName:text 11=externalTrafficPolicy:text 12=healthCheckNodePort:int "
       "13=publishNotReadyAddresses:bool 17=ipFamilyPolicy:text! 18=clusterIPs:[text 19=ipFamilies:[text "
       "20=allocateLoadBalancerNodePorts:bool! 21=loadBalancerClass:text! 22=internalTrafficPolicy:text! "
       "23=trafficDistribution:text!"},
      {"ResourceQuotaSpec", "1=hard:{Quantity 2=scopes:[text"},
      {"EventSource", "1=component:text 2=host:text"},
      {"EventSeries", "1=count:int 2=lastObservedTime:Time"},
      {"PodSpec",
       "1=volumes:[Volume 2=containers:[Container 3=restartPolicy:text "
       "4=terminationGracePeriodSeconds:int! 5=activeDeadlineSeconds:int! 6=dnsPolicy:text "
       "7=nodeSelector:{text 8=serviceAccountName:text 9=serviceAccount:text 10=nodeName:text "
       "11=hostNetwork:bool 12=hostPID:bool 13=hostIPC:bool 15=imagePullSecrets:[LocalObjectReference "
       "16=hostname:text 17=subdomain:text 19=schedulerName:text 20=initContainers:[Container "
       "21=automountServiceAccountToken:bool! 22=tolerations:[Toleration 24=priorityClassName:text "
       "25=priority:int! 27=shareProcessNamespace:bool! 29=runtimeClassName:text! "
       "30=enableServiceLinks:bool! 31=preemptionPolicy:text! 32=overhead:{Quantity "
       "35=setHostnameAsFQDN:bool! 37=hostUsers:bool! 40=resources:ResourceRequirements"},
      {"DeploymentSpec",
       "1=replicas:int! 2=selector:LabelSelector 3=template:PodTemplateSpec "
       "4=strategy:DeploymentStrategy 5=minReadySeconds:int 6=revisionHistoryLimit:int! 7=paused:bool "
       "9=progressDeadlineSeconds:int!"},
      {"JobSpec",
       "1=parallelism:int! 2=completions:int! 3=activeDeadlineSeconds:int! 4=selector:LabelSelector "
       "5=manualSelector:bool! 6=template:PodTemplateSpec 7=backoffLimit:int! "
       "8=ttlSecondsAfterFinished:int! 9=completionMode:text! 10=suspend:bool! "
       "12=backoffLimitPerIndex:int! 13=maxFailedIndexes:int! 14=podReplacementPolicy:text! "
       "15=managedBy:text!"},
      {"CronJobSpec",
       "1=schedule:text 2=startingDeadlineSeconds:int! 3=concurrencyPolicy:text 4=suspend:bool! "
       "5=jobTemplate:JobTemplateSpec 6=successfulJobsHistoryLimit:int! 7=failedJobsHistoryLimit:int! "
       "8=timeZone:text!"},
      {"PolicyRule",
       "1=verbs:[text 2=apiGroups:[text 3=resources:[text 4=resourceNames:[text 5=nonResourceURLs:[text"},
      {"Subject", "1=kind:text 2=apiGroup:text 3=name:text 4=namespace:text"},
      {"RoleRef", "1=apiGroup:text 2=kind:text 3=name:text"},
      {"AggregationRule", "1=clusterRoleSelectors:[LabelSelector"},
      {"PodDisruptionBudgetSpec",
       "1=minAvailable:IntOrString 2=selector:LabelSelector 3=maxUnavailable:IntOrString "
       "4=unhealthyPodEvictionPolicy:text!"},
      {"IngressSpec",
       "1=defaultBackend:IngressBackend 2=tls:[IngressTLS 3=rules:[IngressRule 4=ingressClassName:text!"},
      {"HorizontalPodAutoscalerSpec",
       "1=scaleTargetRef:CrossVersionObjectReference 2=minReplicas:int! 3=maxReplicas:int "
       "4=metrics:[MetricSpec"},
      {"SelfSubjectAccessReviewSpec",
       "1=resourceAttributes:ResourceAttributes 2=nonResourceAttributes:NonResourceAttributes"},
      {"SelfSubjectRulesReviewSpec", "1=namespace:text"},
      {"TokenRequestSpec", "1=audiences:[text 3=boundObjectRef:BoundObjectReference 4=expirationSeconds:int!"},
      {"BoundObjectReference", "1=kind:text 2=apiVersion:text 3=name:text 4=uid:text"},
      {"SubjectAccessReviewStatus", "1=allowed:bool 2=reason:text 3=evaluationError:text 4=denied:bool"},
      {"Preconditions", "1=uid:text! 2=resourceVersion:text!"},
      {"Time", "1=seconds:int 2=nanos:int"},
      {"OwnerReference",
       "1=kind:text 3=name:text 4=uid:text 5=apiVersion:text 6=controller:bool! "
       "7=blockOwnerDeletion:bool!"},
      {"ServicePort",
       "1=name:text 2=protocol:text 3=port:int 4=targetPort:IntOrString 5=nodePort:int "
       "6=appProtocol:text!"},
      {"Volume", "1=name:text 2=:VolumeSource"},
      {"Container",
       "1=name:text 2=image:text 3=command:[text 4=args:[text 5=workingDir:text 6=ports:[ContainerPort "
       "7=env:[EnvVar 8=resources:ResourceRequirements 9=volumeMounts:[VolumeMount "
       "10=livenessProbe:Probe 11=readinessProbe:Probe 12=lifecycle:Lifecycle "
       "13=terminationMessagePath:text 14=imagePullPolicy:text 16=stdin:bool 17=stdinOnce:bool "
       "18=tty:bool 19=envFrom:[EnvFromSource 20=terminationMessagePolicy:text 22=startupProbe:Probe "
       "24=restartPolicy:text!"},
      {"Toleration", "1=key:text 2=operator:text 3=value:text 4=effect:text 5=tolerationSeconds:int!"},
      {"ResourceRequirements", "1=limits:{Quantity 2=requests:{Quantity"},
      {"LabelSelector", "1=matchLabels:{text 2=matchExpressions:[LabelSelectorRequirement"},
      {"PodTemplateSpec", "1=metadata:ObjectMeta 2=spec:PodSpec"},
      {"DeploymentStrategy", "1=type:text 2=rollingUpdate:RollingUpdateDeployment"},
      {"JobTemplateSpec", "1=metadata:ObjectMeta 2=spec:JobSpec"},
      {"IngressBackend", "3=resource:TypedLocalObjectReference 4=service:IngressServiceBackend"},
      {"IngressTLS", "1=hosts:[text 2=secretName:text"},
      {"IngressRule", "1=host:text 2=:IngressRuleValue"},
      {"CrossVersionObjectReference", "1=kind:text 2=name:text 3=apiVersion:text"},
      {"MetricSpec", "1=type:text 4=resource:ResourceMetricSource"},
      {"ResourceAttributes",
       "1=namespace:text 2=verb:text 3=group:text 4=version:text 5=resource:text 6=subresource:text "
       "7=name:text"},
      {"NonResourceAttributes", "1=path:text 2=verb:text"},
      {"VolumeSource",
       "1=hostPath:HostPathVolumeSource 2=emptyDir:EmptyDirVolumeSource 6=secret:SecretVolumeSource "
       "10=persistentVolumeClaim:PersistentVolumeClaimVolumeSource 19=configMap:ConfigMapVolumeSource"},
      {"ContainerPort", "1=name:text 2=hostPort:int 3=containerPort:int 4=protocol:text 5=hostIP:text"},
      {"EnvVar", "1=name:text 2=value:text 3=valueFrom:EnvVarSource"},
      {"VolumeMount",
       "1=name:text 2=readOnly:bool 3=mountPath:text 4=subPath:text 5=mountPropagation:text! "
       "6=subPathExpr:text 7=recursiveReadOnly:text!"},
      {"Probe",
       "1=:ProbeHandler 2=initialDelaySeconds:int 3=timeoutSeconds:int 4=periodSeconds:int "
       "5=successThreshold:int 6=failureThreshold:int 7=terminationGracePeriodSeconds:int!"},
      {"Lifecycle", "1=postStart:LifecycleHandler 2=preStop:LifecycleHandler 3=stopSignal:text!"},
      {"EnvFromSource", "1=prefix:text 2=configMapRef:ConfigMapEnvSource 3=secretRef:SecretEnvSource"},
      {"LabelSelectorRequirement", "1=key:text 2=operator:text 3=values:[text"},
      {"RollingUpdateDeployment", "1=maxUnavailable:IntOrString 2=maxSurge:IntOrString"},
      {"TypedLocalObjectReference", "1=apiGroup:text! 2=kind:text 3=name:text"},
      {"IngressServiceBackend", "1=name:text 2=port:ServiceBackendPort"},
      {"IngressRuleValue", "1=http:HTTPIngressRuleValue"},
      {"ResourceMetricSource", "1=name:text 2=target:MetricTarget"},
      {"HostPathVolumeSource", "1=path:text 2=type:text!"},
      {"EmptyDirVolumeSource", "1=medium:text 2=sizeLimit:Quantity"},
      {"SecretVolumeSource", "1=secretName:text 2=items:[KeyToPath 3=defaultMode:int! 4=optional:bool!"},
      {"PersistentVolumeClaimVolumeSource", "1=claimName:text 2=readOnly:bool"},
      {"ConfigMapVolumeSource",
       "1=:LocalObjectReference 2=items:[KeyToPath 3=defaultMode:int! 4=optional:bool!"},
      {"EnvVarSource",
       "1=fieldRef:ObjectFieldSelector 2=resourceFieldRef:ResourceFieldSelector "
       "3=configMapKeyRef:ConfigMapKeySelector 4=secretKeyRef:SecretKeySelector"},
      {"ProbeHandler", "1=exec:ExecAction 2=httpGet:HTTPGetAction 3=tcpSocket:TCPSocketAction"},
      {"LifecycleHandler",
       "1=exec:ExecAction 2=httpGet:HTTPGetAction 3=tcpSocket:TCPSocketAction 4=sleep:SleepAction"},
      {"ConfigMapEnvSource", "1=:LocalObjectReference 2=optional:bool!"},
      {"SecretEnvSource", "1=:LocalObjectReference 2=optional:bool!"},
      {"ServiceBackendPort", "1=name:text 2=number:int"},
      {"HTTPIngressRuleValue", "1=paths:[HTTPIngressPath"},
      {"MetricTarget", "1=type:text 2=value:Quantity 3=averageValue:Quantity 4=averageUtilization:int!"},
      {"KeyToPath", "1=key:text 2=path:text 3=mode:int!"},
      {"ObjectFieldSelector", "1=apiVersion:text 2=fieldPath:text"},
      {"ResourceFieldSelector", "1=containerName:text 2=resource:text 3=divisor:Quantity"},
      {"ConfigMapKeySelector", "1=:LocalObjectReference 2=key:text 3=optional:bool!"},
      {"SecretKeySelector", "1=:LocalObjectReference 2=key:text 3=optional:bool!"},
      {"ExecAction", "1=command:[text"},
      {"HTTPGetAction", "1=path:text 2=port:IntOrString 3=host:text 4=scheme:text 5=httpHeaders:[HTTPHeader"},
      {"TCPSocketAction", "1=port:IntOrString 2=host:text"},
      {"SleepAction", "1=seconds:int"},
      {"HTTPIngressPath", "1=path:text 2=backend:IngressBackend 3=pathType:text!"},
      {"HTTPHeader", "1=name:text 2=value:text"},
  };
  const auto found = table.find(message);
  return found == table.end() ? nullptr : found->second;
}

}  // namespace zdt::rehearsal::api
