// Written by tests/schemas/types: go run . workloads. Do not edit.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const kWorkloadFields = R"(
v1.ControllerRevision: kind apiVersion metadata:v1.ObjectMeta data:any revision:int64
v1.CronJob: kind apiVersion metadata:v1.ObjectMeta spec:v1.CronJobSpec status:v1.CronJobStatus
v1.CronJobSpec: schedule timeZone startingDeadlineSeconds:int64 concurrencyPolicy:$v1.ConcurrencyPolicy
  suspend:bool jobTemplate:v1.JobTemplateSpec successfulJobsHistoryLimit:int32 failedJobsHistoryLimit:int32
v1.CronJobStatus: active:[]v1.ObjectReference lastScheduleTime:Time lastSuccessfulTime:Time
v1.DaemonSet: kind apiVersion metadata:v1.ObjectMeta spec:v1.DaemonSetSpec status:v1.DaemonSetStatus
v1.DaemonSetCondition: type:$v1.DaemonSetConditionType status:$v1.ConditionStatus lastTransitionTime:Time reason
  message
v1.DaemonSetSpec: selector:v1.LabelSelector template:v1.PodTemplateSpec updateStrategy:v1.DaemonSetUpdateStrategy
  minReadySeconds:int32 revisionHistoryLimit:int32
v1.DaemonSetStatus: currentNumberScheduled:int32 numberMisscheduled:int32 desiredNumberScheduled:int32
  numberReady:int32 observedGeneration:int64 updatedNumberScheduled:int32 numberAvailable:int32
  numberUnavailable:int32 collisionCount:int32 conditions:[]v1.DaemonSetCondition
v1.DaemonSetUpdateStrategy: type:$v1.DaemonSetUpdateStrategyType rollingUpdate:v1.RollingUpdateDaemonSet
v1.Deployment: kind apiVersion metadata:v1.ObjectMeta spec:v1.DeploymentSpec status:v1.DeploymentStatus
v1.DeploymentCondition: type:$v1.DeploymentConditionType status:$v1.ConditionStatus lastUpdateTime:Time
  lastTransitionTime:Time reason message
v1.DeploymentSpec: replicas:int32 selector:v1.LabelSelector template:v1.PodTemplateSpec
  strategy:v1.DeploymentStrategy minReadySeconds:int32 revisionHistoryLimit:int32 paused:bool
  progressDeadlineSeconds:int32
v1.DeploymentStatus: observedGeneration:int64 replicas:int32 updatedReplicas:int32 readyReplicas:int32
  availableReplicas:int32 unavailableReplicas:int32 terminatingReplicas:int32 conditions:[]v1.DeploymentCondition
  collisionCount:int32
v1.DeploymentStrategy: type:$v1.DeploymentStrategyType rollingUpdate:v1.RollingUpdateDeployment
v1.Job: kind apiVersion metadata:v1.ObjectMeta spec:v1.JobSpec status:v1.JobStatus
v1.JobCondition: type:$v1.JobConditionType status:$v1.ConditionStatus lastProbeTime:Time lastTransitionTime:Time
  reason message
v1.JobSpec: parallelism:int32 completions:int32 activeDeadlineSeconds:int64 podFailurePolicy:v1.PodFailurePolicy
  successPolicy:v1.SuccessPolicy backoffLimit:int32 backoffLimitPerIndex:int32 maxFailedIndexes:int32
  selector:v1.LabelSelector manualSelector:bool template:v1.PodTemplateSpec ttlSecondsAfterFinished:int32
  completionMode:$v1.CompletionMode suspend:bool podReplacementPolicy:$v1.PodReplacementPolicy managedBy
v1.JobStatus: conditions:[]v1.JobCondition startTime:Time completionTime:Time active:int32 succeeded:int32
  failed:int32 terminating:int32 completedIndexes failedIndexes uncountedTerminatedPods:v1.UncountedTerminatedPods
  ready:int32
v1.JobTemplateSpec: metadata:v1.ObjectMeta spec:v1.JobSpec
v1.PodDisruptionBudget: kind apiVersion metadata:v1.ObjectMeta spec:v1.PodDisruptionBudgetSpec
  status:v1.PodDisruptionBudgetStatus
v1.PodDisruptionBudgetSpec: minAvailable:IntOrString selector:v1.LabelSelector maxUnavailable:IntOrString
  unhealthyPodEvictionPolicy:$v1.UnhealthyPodEvictionPolicyType
v1.PodDisruptionBudgetStatus: observedGeneration:int64 disruptedPods:{}Time disruptionsAllowed:int32
  currentHealthy:int32 desiredHealthy:int32 expectedPods:int32 conditions:[]v1.Condition
v1.PodFailurePolicy: rules:[]v1.PodFailurePolicyRule
v1.PodFailurePolicyOnExitCodesRequirement: containerName operator:$v1.PodFailurePolicyOnExitCodesOperator
  values:[]int32
v1.PodFailurePolicyOnPodConditionsPattern: type:$v1.PodConditionType status:$v1.ConditionStatus
v1.PodFailurePolicyRule: action:$v1.PodFailurePolicyAction onExitCodes:v1.PodFailurePolicyOnExitCodesRequirement
  onPodConditions:[]v1.PodFailurePolicyOnPodConditionsPattern
v1.ReplicaSet: kind apiVersion metadata:v1.ObjectMeta spec:v1.ReplicaSetSpec status:v1.ReplicaSetStatus
v1.ReplicaSetCondition: type:$v1.ReplicaSetConditionType status:$v1.ConditionStatus lastTransitionTime:Time reason
  message
v1.ReplicaSetSpec: replicas:int32 minReadySeconds:int32 selector:v1.LabelSelector template:v1.PodTemplateSpec
v1.ReplicaSetStatus: replicas:int32 fullyLabeledReplicas:int32 readyReplicas:int32 availableReplicas:int32
  terminatingReplicas:int32 observedGeneration:int64 conditions:[]v1.ReplicaSetCondition
v1.ReplicationController: kind apiVersion metadata:v1.ObjectMeta spec:v1.ReplicationControllerSpec
  status:v1.ReplicationControllerStatus
v1.ReplicationControllerCondition: type:$v1.ReplicationControllerConditionType status:$v1.ConditionStatus
  lastTransitionTime:Time reason message
v1.ReplicationControllerSpec: replicas:int32 minReadySeconds:int32 selector:{}string template:v1.PodTemplateSpec
v1.ReplicationControllerStatus: replicas:int32 fullyLabeledReplicas:int32 readyReplicas:int32
  availableReplicas:int32 observedGeneration:int64 conditions:[]v1.ReplicationControllerCondition
v1.RollingUpdateDaemonSet: maxUnavailable:IntOrString maxSurge:IntOrString
v1.RollingUpdateDeployment: maxUnavailable:IntOrString maxSurge:IntOrString
v1.RollingUpdateStatefulSetStrategy: partition:int32 maxUnavailable:IntOrString
v1.Scale: kind apiVersion metadata:v1.ObjectMeta spec:v1.ScaleSpec status:v1.ScaleStatus
v1.ScaleSpec: replicas:int32
v1.ScaleStatus: replicas:int32 selector
v1.StatefulSet: kind apiVersion metadata:v1.ObjectMeta spec:v1.StatefulSetSpec status:v1.StatefulSetStatus
v1.StatefulSetCondition: type:$v1.StatefulSetConditionType status:$v1.ConditionStatus lastTransitionTime:Time
  reason message
v1.StatefulSetOrdinals: start:int32
v1.StatefulSetPersistentVolumeClaimRetentionPolicy: whenDeleted:$v1.PersistentVolumeClaimRetentionPolicyType
  whenScaled:$v1.PersistentVolumeClaimRetentionPolicyType
v1.StatefulSetSpec: replicas:int32 selector:v1.LabelSelector template:v1.PodTemplateSpec
  volumeClaimTemplates:[]v1.PersistentVolumeClaim serviceName podManagementPolicy:$v1.PodManagementPolicyType
  updateStrategy:v1.StatefulSetUpdateStrategy revisionHistoryLimit:int32 minReadySeconds:int32
  persistentVolumeClaimRetentionPolicy:v1.StatefulSetPersistentVolumeClaimRetentionPolicy
  ordinals:v1.StatefulSetOrdinals
v1.StatefulSetStatus: observedGeneration:int64 replicas:int32 readyReplicas:int32 currentReplicas:int32
  updatedReplicas:int32 currentRevision updateRevision collisionCount:int32 conditions:[]v1.StatefulSetCondition
  availableReplicas:int32
v1.StatefulSetUpdateStrategy: type:$v1.StatefulSetUpdateStrategyType
  rollingUpdate:v1.RollingUpdateStatefulSetStrategy
v1.SuccessPolicy: rules:[]v1.SuccessPolicyRule
v1.SuccessPolicyRule: succeededIndexes succeededCount:int32
v1.UncountedTerminatedPods: succeeded:[]$types.UID failed:[]$types.UID
v2.ContainerResourceMetricSource: name:$v1.ResourceName target:v2.MetricTarget container
v2.ContainerResourceMetricStatus: name:$v1.ResourceName current:v2.MetricValueStatus container
v2.CrossVersionObjectReference: kind name apiVersion
v2.ExternalMetricSource: metric:v2.MetricIdentifier target:v2.MetricTarget
v2.ExternalMetricStatus: metric:v2.MetricIdentifier current:v2.MetricValueStatus
v2.HPAScalingPolicy: type:$v2.HPAScalingPolicyType value:int32 periodSeconds:int32
v2.HPAScalingRules: stabilizationWindowSeconds:int32 selectPolicy:$v2.ScalingPolicySelect
  policies:[]v2.HPAScalingPolicy tolerance:Quantity
v2.HorizontalPodAutoscaler: kind apiVersion metadata:v1.ObjectMeta spec:v2.HorizontalPodAutoscalerSpec
  status:v2.HorizontalPodAutoscalerStatus
v2.HorizontalPodAutoscalerBehavior: scaleUp:v2.HPAScalingRules scaleDown:v2.HPAScalingRules
v2.HorizontalPodAutoscalerCondition: type:$v2.HorizontalPodAutoscalerConditionType status:$v1.ConditionStatus
  lastTransitionTime:Time reason message
v2.HorizontalPodAutoscalerSpec: scaleTargetRef:v2.CrossVersionObjectReference minReplicas:int32 maxReplicas:int32
  metrics:[]v2.MetricSpec behavior:v2.HorizontalPodAutoscalerBehavior
v2.HorizontalPodAutoscalerStatus: observedGeneration:int64 lastScaleTime:Time currentReplicas:int32
  desiredReplicas:int32 currentMetrics:[]v2.MetricStatus conditions:[]v2.HorizontalPodAutoscalerCondition
v2.MetricIdentifier: name selector:v1.LabelSelector
v2.MetricSpec: type:$v2.MetricSourceType object:v2.ObjectMetricSource pods:v2.PodsMetricSource
  resource:v2.ResourceMetricSource containerResource:v2.ContainerResourceMetricSource
  external:v2.ExternalMetricSource
v2.MetricStatus: type:$v2.MetricSourceType object:v2.ObjectMetricStatus pods:v2.PodsMetricStatus
  resource:v2.ResourceMetricStatus containerResource:v2.ContainerResourceMetricStatus
  external:v2.ExternalMetricStatus
v2.MetricTarget: type:$v2.MetricTargetType value:Quantity averageValue:Quantity averageUtilization:int32
v2.MetricValueStatus: value:Quantity averageValue:Quantity averageUtilization:int32
v2.ObjectMetricSource: describedObject:v2.CrossVersionObjectReference target:v2.MetricTarget
  metric:v2.MetricIdentifier
v2.ObjectMetricStatus: metric:v2.MetricIdentifier current:v2.MetricValueStatus
  describedObject:v2.CrossVersionObjectReference
v2.PodsMetricSource: metric:v2.MetricIdentifier target:v2.MetricTarget
v2.PodsMetricStatus: metric:v2.MetricIdentifier current:v2.MetricValueStatus
v2.ResourceMetricSource: name:$v1.ResourceName target:v2.MetricTarget
v2.ResourceMetricStatus: name:$v1.ResourceName current:v2.MetricValueStatus
)";

}  // namespace zdt::rehearsal::api
