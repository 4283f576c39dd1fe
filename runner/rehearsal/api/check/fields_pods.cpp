// Written by tests/schemas/types: go run . pods. Do not edit.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const kPodFields = R"(
v1.AWSElasticBlockStoreVolumeSource: volumeID fsType partition:int32 readOnly:bool
v1.Affinity: nodeAffinity:v1.NodeAffinity podAffinity:v1.PodAffinity podAntiAffinity:v1.PodAntiAffinity
v1.AppArmorProfile: type:$v1.AppArmorProfileType localhostProfile
v1.AzureDiskVolumeSource: diskName diskURI cachingMode:$v1.AzureDataDiskCachingMode fsType readOnly:bool
  kind:$v1.AzureDataDiskKind
v1.AzureFileVolumeSource: secretName shareName readOnly:bool
v1.Binding: kind apiVersion metadata:v1.ObjectMeta target:v1.ObjectReference
v1.CSIVolumeSource: driver readOnly:bool fsType volumeAttributes:{}string
  nodePublishSecretRef:v1.LocalObjectReference
v1.Capabilities: add:[]$v1.Capability drop:[]$v1.Capability
v1.CephFSVolumeSource: monitors:[]string path user secretFile secretRef:v1.LocalObjectReference readOnly:bool
v1.CinderVolumeSource: volumeID fsType readOnly:bool secretRef:v1.LocalObjectReference
v1.ClusterTrustBundleProjection: name signerName labelSelector:v1.LabelSelector optional:bool path
v1.ConfigMapEnvSource: name optional:bool
v1.ConfigMapKeySelector: name key optional:bool
v1.ConfigMapProjection: name items:[]v1.KeyToPath optional:bool
v1.ConfigMapVolumeSource: name items:[]v1.KeyToPath defaultMode:int32 optional:bool
v1.Container: name image command:[]string args:[]string workingDir ports:[]v1.ContainerPort
  envFrom:[]v1.EnvFromSource env:[]v1.EnvVar resources:v1.ResourceRequirements
  resizePolicy:[]v1.ContainerResizePolicy restartPolicy:$v1.ContainerRestartPolicy volumeMounts:[]v1.VolumeMount
  volumeDevices:[]v1.VolumeDevice livenessProbe:v1.Probe readinessProbe:v1.Probe startupProbe:v1.Probe
  lifecycle:v1.Lifecycle terminationMessagePath terminationMessagePolicy:$v1.TerminationMessagePolicy
  imagePullPolicy:$v1.PullPolicy securityContext:v1.SecurityContext stdin:bool stdinOnce:bool tty:bool
v1.ContainerPort: name hostPort:int32 containerPort:int32 protocol:$v1.Protocol hostIP
v1.ContainerResizePolicy: resourceName:$v1.ResourceName restartPolicy:$v1.ResourceResizeRestartPolicy
v1.ContainerState: waiting:v1.ContainerStateWaiting running:v1.ContainerStateRunning
  terminated:v1.ContainerStateTerminated
v1.ContainerStateRunning: startedAt:Time
v1.ContainerStateTerminated: exitCode:int32 signal:int32 reason message startedAt:Time finishedAt:Time containerID
v1.ContainerStateWaiting: reason message
v1.ContainerStatus: name state:v1.ContainerState lastState:v1.ContainerState ready:bool restartCount:int32 image
  imageID containerID started:bool allocatedResources:v1.ResourceList resources:v1.ResourceRequirements
  volumeMounts:[]v1.VolumeMountStatus user:v1.ContainerUser allocatedResourcesStatus:[]v1.ResourceStatus
  stopSignal:$v1.Signal
v1.ContainerUser: linux:v1.LinuxContainerUser
v1.DeleteOptions: kind apiVersion gracePeriodSeconds:int64 preconditions:v1.Preconditions orphanDependents:bool
  propagationPolicy:$v1.DeletionPropagation dryRun:[]string ignoreStoreReadErrorWithClusterBreakingPotential:bool
v1.DownwardAPIProjection: items:[]v1.DownwardAPIVolumeFile
v1.DownwardAPIVolumeFile: path fieldRef:v1.ObjectFieldSelector resourceFieldRef:v1.ResourceFieldSelector mode:int32
v1.DownwardAPIVolumeSource: items:[]v1.DownwardAPIVolumeFile defaultMode:int32
v1.EmptyDirVolumeSource: medium:$v1.StorageMedium sizeLimit:Quantity
v1.EnvFromSource: prefix configMapRef:v1.ConfigMapEnvSource secretRef:v1.SecretEnvSource
v1.EnvVar: name value valueFrom:v1.EnvVarSource
v1.EnvVarSource: fieldRef:v1.ObjectFieldSelector resourceFieldRef:v1.ResourceFieldSelector
  configMapKeyRef:v1.ConfigMapKeySelector secretKeyRef:v1.SecretKeySelector
v1.EphemeralContainer: name image command:[]string args:[]string workingDir ports:[]v1.ContainerPort
  envFrom:[]v1.EnvFromSource env:[]v1.EnvVar resources:v1.ResourceRequirements
  resizePolicy:[]v1.ContainerResizePolicy restartPolicy:$v1.ContainerRestartPolicy volumeMounts:[]v1.VolumeMount
  volumeDevices:[]v1.VolumeDevice livenessProbe:v1.Probe readinessProbe:v1.Probe startupProbe:v1.Probe
  lifecycle:v1.Lifecycle terminationMessagePath terminationMessagePolicy:$v1.TerminationMessagePolicy
  imagePullPolicy:$v1.PullPolicy securityContext:v1.SecurityContext stdin:bool stdinOnce:bool tty:bool
  targetContainerName
v1.EphemeralVolumeSource: volumeClaimTemplate:v1.PersistentVolumeClaimTemplate
v1.Eviction: kind apiVersion metadata:v1.ObjectMeta deleteOptions:v1.DeleteOptions
v1.ExecAction: command:[]string
v1.FCVolumeSource: targetWWNs:[]string lun:int32 fsType readOnly:bool wwids:[]string
v1.FlexVolumeSource: driver fsType secretRef:v1.LocalObjectReference readOnly:bool options:{}string
v1.FlockerVolumeSource: datasetName datasetUUID
v1.GCEPersistentDiskVolumeSource: pdName fsType partition:int32 readOnly:bool
v1.GRPCAction: port:int32 service
v1.GitRepoVolumeSource: repository revision directory
v1.GlusterfsVolumeSource: endpoints path readOnly:bool
v1.HTTPGetAction: path port:IntOrString host scheme:$v1.URIScheme httpHeaders:[]v1.HTTPHeader
v1.HTTPHeader: name value
v1.HostAlias: ip hostnames:[]string
v1.HostIP: ip
v1.HostPathVolumeSource: path type:$v1.HostPathType
v1.ISCSIVolumeSource: targetPortal iqn lun:int32 iscsiInterface fsType readOnly:bool portals:[]string
  chapAuthDiscovery:bool chapAuthSession:bool secretRef:v1.LocalObjectReference initiatorName
v1.ImageVolumeSource: reference pullPolicy:$v1.PullPolicy
v1.KeyToPath: key path mode:int32
v1.LabelSelector: matchLabels:{}string matchExpressions:[]v1.LabelSelectorRequirement
v1.LabelSelectorRequirement: key operator:$v1.LabelSelectorOperator values:[]string
v1.Lifecycle: postStart:v1.LifecycleHandler preStop:v1.LifecycleHandler stopSignal:$v1.Signal
v1.LifecycleHandler: exec:v1.ExecAction httpGet:v1.HTTPGetAction tcpSocket:v1.TCPSocketAction sleep:v1.SleepAction
v1.LinuxContainerUser: uid:int64 gid:int64 supplementalGroups:[]int64
v1.LocalObjectReference: name
v1.ManagedFieldsEntry: manager operation:$v1.ManagedFieldsOperationType apiVersion time:Time fieldsType
  fieldsV1:any subresource
v1.NFSVolumeSource: server path readOnly:bool
v1.NodeAffinity: requiredDuringSchedulingIgnoredDuringExecution:v1.NodeSelector
  preferredDuringSchedulingIgnoredDuringExecution:[]v1.PreferredSchedulingTerm
v1.NodeSelector: nodeSelectorTerms:[]v1.NodeSelectorTerm
v1.NodeSelectorRequirement: key operator:$v1.NodeSelectorOperator values:[]string
v1.NodeSelectorTerm: matchExpressions:[]v1.NodeSelectorRequirement matchFields:[]v1.NodeSelectorRequirement
v1.ObjectFieldSelector: apiVersion fieldPath
v1.ObjectMeta: name generateName namespace selfLink uid:$types.UID resourceVersion generation:int64
  creationTimestamp:Time deletionTimestamp:Time deletionGracePeriodSeconds:int64 labels:{}string
  annotations:{}string ownerReferences:[]v1.OwnerReference finalizers:[]string managedFields:[]v1.ManagedFieldsEntry
v1.ObjectReference: kind namespace name uid:$types.UID apiVersion resourceVersion fieldPath
v1.OwnerReference: apiVersion kind name uid:$types.UID controller:bool blockOwnerDeletion:bool
v1.PersistentVolumeClaimSpec: accessModes:[]$v1.PersistentVolumeAccessMode selector:v1.LabelSelector
  resources:v1.VolumeResourceRequirements volumeName storageClassName volumeMode:$v1.PersistentVolumeMode
  dataSource:v1.TypedLocalObjectReference dataSourceRef:v1.TypedObjectReference volumeAttributesClassName
v1.PersistentVolumeClaimTemplate: metadata:v1.ObjectMeta spec:v1.PersistentVolumeClaimSpec
v1.PersistentVolumeClaimVolumeSource: claimName readOnly:bool
v1.PhotonPersistentDiskVolumeSource: pdID fsType
v1.Pod: kind apiVersion metadata:v1.ObjectMeta spec:v1.PodSpec status:v1.PodStatus
v1.PodAffinity: requiredDuringSchedulingIgnoredDuringExecution:[]v1.PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution:[]v1.WeightedPodAffinityTerm
v1.PodAffinityTerm: labelSelector:v1.LabelSelector namespaces:[]string topologyKey
  namespaceSelector:v1.LabelSelector matchLabelKeys:[]string mismatchLabelKeys:[]string
v1.PodAntiAffinity: requiredDuringSchedulingIgnoredDuringExecution:[]v1.PodAffinityTerm
  preferredDuringSchedulingIgnoredDuringExecution:[]v1.WeightedPodAffinityTerm
v1.PodCondition: type:$v1.PodConditionType observedGeneration:int64 status:$v1.ConditionStatus lastProbeTime:Time
  lastTransitionTime:Time reason message
v1.PodDNSConfig: nameservers:[]string searches:[]string options:[]v1.PodDNSConfigOption
v1.PodDNSConfigOption: name value
v1.PodIP: ip
v1.PodOS: name:$v1.OSName
v1.PodReadinessGate: conditionType:$v1.PodConditionType
v1.PodResourceClaim: name resourceClaimName resourceClaimTemplateName
v1.PodResourceClaimStatus: name resourceClaimName
v1.PodSchedulingGate: name
v1.PodSecurityContext: seLinuxOptions:v1.SELinuxOptions windowsOptions:v1.WindowsSecurityContextOptions
  runAsUser:int64 runAsGroup:int64 runAsNonRoot:bool supplementalGroups:[]int64
  supplementalGroupsPolicy:$v1.SupplementalGroupsPolicy fsGroup:int64 sysctls:[]v1.Sysctl
  fsGroupChangePolicy:$v1.PodFSGroupChangePolicy seccompProfile:v1.SeccompProfile appArmorProfile:v1.AppArmorProfile
  seLinuxChangePolicy:$v1.PodSELinuxChangePolicy
v1.PodSpec: volumes:[]v1.Volume initContainers:[]v1.Container containers:[]v1.Container
  ephemeralContainers:[]v1.EphemeralContainer restartPolicy:$v1.RestartPolicy terminationGracePeriodSeconds:int64
  activeDeadlineSeconds:int64 dnsPolicy:$v1.DNSPolicy nodeSelector:{}string serviceAccountName serviceAccount
  automountServiceAccountToken:bool nodeName hostNetwork:bool hostPID:bool hostIPC:bool shareProcessNamespace:bool
  securityContext:v1.PodSecurityContext imagePullSecrets:[]v1.LocalObjectReference hostname subdomain
  affinity:v1.Affinity schedulerName tolerations:[]v1.Toleration hostAliases:[]v1.HostAlias priorityClassName
  priority:int32 dnsConfig:v1.PodDNSConfig readinessGates:[]v1.PodReadinessGate runtimeClassName
  enableServiceLinks:bool preemptionPolicy:$v1.PreemptionPolicy overhead:v1.ResourceList
  topologySpreadConstraints:[]v1.TopologySpreadConstraint setHostnameAsFQDN:bool os:v1.PodOS hostUsers:bool
  schedulingGates:[]v1.PodSchedulingGate resourceClaims:[]v1.PodResourceClaim resources:v1.ResourceRequirements
v1.PodStatus: observedGeneration:int64 phase:$v1.PodPhase conditions:[]v1.PodCondition message reason
  nominatedNodeName hostIP hostIPs:[]v1.HostIP podIP podIPs:[]v1.PodIP startTime:Time
  initContainerStatuses:[]v1.ContainerStatus containerStatuses:[]v1.ContainerStatus qosClass:$v1.PodQOSClass
  ephemeralContainerStatuses:[]v1.ContainerStatus resize:$v1.PodResizeStatus
  resourceClaimStatuses:[]v1.PodResourceClaimStatus
v1.PodTemplate: kind apiVersion metadata:v1.ObjectMeta template:v1.PodTemplateSpec
v1.PodTemplateSpec: metadata:v1.ObjectMeta spec:v1.PodSpec
v1.PortworxVolumeSource: volumeID fsType readOnly:bool
v1.Preconditions: uid:$types.UID resourceVersion
v1.PreferredSchedulingTerm: weight:int32 preference:v1.NodeSelectorTerm
v1.Probe: exec:v1.ExecAction httpGet:v1.HTTPGetAction tcpSocket:v1.TCPSocketAction grpc:v1.GRPCAction
  initialDelaySeconds:int32 timeoutSeconds:int32 periodSeconds:int32 successThreshold:int32 failureThreshold:int32
  terminationGracePeriodSeconds:int64
v1.ProjectedVolumeSource: sources:[]v1.VolumeProjection defaultMode:int32
v1.QuobyteVolumeSource: registry volume readOnly:bool user group tenant
v1.RBDVolumeSource: monitors:[]string image fsType pool user keyring secretRef:v1.LocalObjectReference
  readOnly:bool
v1.ResourceClaim: name request
v1.ResourceFieldSelector: containerName resource divisor:Quantity
v1.ResourceHealth: resourceID:$v1.ResourceID health:$v1.ResourceHealthStatus
v1.ResourceList = {}Quantity
v1.ResourceRequirements: limits:v1.ResourceList requests:v1.ResourceList claims:[]v1.ResourceClaim
v1.ResourceStatus: name:$v1.ResourceName resources:[]v1.ResourceHealth
v1.SELinuxOptions: user role type level
v1.ScaleIOVolumeSource: gateway system secretRef:v1.LocalObjectReference sslEnabled:bool protectionDomain
  storagePool storageMode volumeName fsType readOnly:bool
v1.SeccompProfile: type:$v1.SeccompProfileType localhostProfile
v1.SecretEnvSource: name optional:bool
v1.SecretKeySelector: name key optional:bool
v1.SecretProjection: name items:[]v1.KeyToPath optional:bool
v1.SecretVolumeSource: secretName items:[]v1.KeyToPath defaultMode:int32 optional:bool
v1.SecurityContext: capabilities:v1.Capabilities privileged:bool seLinuxOptions:v1.SELinuxOptions
  windowsOptions:v1.WindowsSecurityContextOptions runAsUser:int64 runAsGroup:int64 runAsNonRoot:bool
  readOnlyRootFilesystem:bool allowPrivilegeEscalation:bool procMount:$v1.ProcMountType
  seccompProfile:v1.SeccompProfile appArmorProfile:v1.AppArmorProfile
v1.ServiceAccountTokenProjection: audience expirationSeconds:int64 path
v1.SleepAction: seconds:int64
v1.StorageOSVolumeSource: volumeName volumeNamespace fsType readOnly:bool secretRef:v1.LocalObjectReference
v1.Sysctl: name value
v1.TCPSocketAction: port:IntOrString host
v1.Toleration: key operator:$v1.TolerationOperator value effect:$v1.TaintEffect tolerationSeconds:int64
v1.TopologySpreadConstraint: maxSkew:int32 topologyKey whenUnsatisfiable:$v1.UnsatisfiableConstraintAction
  labelSelector:v1.LabelSelector minDomains:int32 nodeAffinityPolicy:$v1.NodeInclusionPolicy
  nodeTaintsPolicy:$v1.NodeInclusionPolicy matchLabelKeys:[]string
v1.TypedLocalObjectReference: apiGroup kind name
v1.TypedObjectReference: apiGroup kind name namespace
v1.Volume: name hostPath:v1.HostPathVolumeSource emptyDir:v1.EmptyDirVolumeSource
  gcePersistentDisk:v1.GCEPersistentDiskVolumeSource awsElasticBlockStore:v1.AWSElasticBlockStoreVolumeSource
  gitRepo:v1.GitRepoVolumeSource secret:v1.SecretVolumeSource nfs:v1.NFSVolumeSource iscsi:v1.ISCSIVolumeSource
  glusterfs:v1.GlusterfsVolumeSource persistentVolumeClaim:v1.PersistentVolumeClaimVolumeSource
  rbd:v1.RBDVolumeSource flexVolume:v1.FlexVolumeSource cinder:v1.CinderVolumeSource cephfs:v1.CephFSVolumeSource
  flocker:v1.FlockerVolumeSource downwardAPI:v1.DownwardAPIVolumeSource fc:v1.FCVolumeSource
  azureFile:v1.AzureFileVolumeSource configMap:v1.ConfigMapVolumeSource
  vsphereVolume:v1.VsphereVirtualDiskVolumeSource quobyte:v1.QuobyteVolumeSource azureDisk:v1.AzureDiskVolumeSource
  photonPersistentDisk:v1.PhotonPersistentDiskVolumeSource projected:v1.ProjectedVolumeSource
  portworxVolume:v1.PortworxVolumeSource scaleIO:v1.ScaleIOVolumeSource storageos:v1.StorageOSVolumeSource
  csi:v1.CSIVolumeSource ephemeral:v1.EphemeralVolumeSource image:v1.ImageVolumeSource
v1.VolumeDevice: name devicePath
v1.VolumeMount: name readOnly:bool recursiveReadOnly:$v1.RecursiveReadOnlyMode mountPath subPath
  mountPropagation:$v1.MountPropagationMode subPathExpr
v1.VolumeMountStatus: name mountPath readOnly:bool recursiveReadOnly:$v1.RecursiveReadOnlyMode
v1.VolumeProjection: secret:v1.SecretProjection downwardAPI:v1.DownwardAPIProjection
  configMap:v1.ConfigMapProjection serviceAccountToken:v1.ServiceAccountTokenProjection
  clusterTrustBundle:v1.ClusterTrustBundleProjection
v1.VolumeResourceRequirements: limits:v1.ResourceList requests:v1.ResourceList
v1.VsphereVirtualDiskVolumeSource: volumePath fsType storagePolicyName storagePolicyID
v1.WeightedPodAffinityTerm: weight:int32 podAffinityTerm:v1.PodAffinityTerm
v1.WindowsSecurityContextOptions: gmsaCredentialSpecName gmsaCredentialSpec runAsUserName hostProcess:bool
)";

}  // namespace zdt::rehearsal::api
