// Written by tests/schemas/types: go run . core. Do not edit.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const kCoreFields = R"(
v1.AttachedVolume: name:$v1.UniqueVolumeName devicePath
v1.AzureFilePersistentVolumeSource: secretName shareName readOnly:bool secretNamespace
v1.CSIPersistentVolumeSource: driver volumeHandle readOnly:bool fsType volumeAttributes:{}string
  controllerPublishSecretRef:v1.SecretReference nodeStageSecretRef:v1.SecretReference
  nodePublishSecretRef:v1.SecretReference controllerExpandSecretRef:v1.SecretReference
  nodeExpandSecretRef:v1.SecretReference
v1.CephFSPersistentVolumeSource: monitors:[]string path user secretFile secretRef:v1.SecretReference readOnly:bool
v1.CinderPersistentVolumeSource: volumeID fsType readOnly:bool secretRef:v1.SecretReference
v1.ClientIPConfig: timeoutSeconds:int32
v1.Condition: type status:$v1.ConditionStatus observedGeneration:int64 lastTransitionTime:Time reason message
v1.ConfigMap: kind apiVersion metadata:v1.ObjectMeta immutable:bool data:{}string binaryData:{}bytes
v1.ConfigMapNodeConfigSource: namespace name uid:$types.UID resourceVersion kubeletConfigKey
v1.ContainerImage: names:[]string sizeBytes:int64
v1.DaemonEndpoint: Port:int32
v1.EndpointAddress: ip hostname nodeName targetRef:v1.ObjectReference
v1.EndpointPort: name port:int32 protocol:$v1.Protocol appProtocol
v1.EndpointSubset: addresses:[]v1.EndpointAddress notReadyAddresses:[]v1.EndpointAddress ports:[]v1.EndpointPort
v1.Endpoints: kind apiVersion metadata:v1.ObjectMeta subsets:[]v1.EndpointSubset
v1.Event: kind apiVersion metadata:v1.ObjectMeta involvedObject:v1.ObjectReference reason message
  source:v1.EventSource firstTimestamp:Time lastTimestamp:Time count:int32 type eventTime:MicroTime
  series:v1.EventSeries action related:v1.ObjectReference reportingComponent reportingInstance
v1.EventSeries: count:int32 lastObservedTime:MicroTime
v1.EventSource: component host
v1.FlexPersistentVolumeSource: driver fsType secretRef:v1.SecretReference readOnly:bool options:{}string
v1.GlusterfsPersistentVolumeSource: endpoints path readOnly:bool endpointsNamespace
v1.ISCSIPersistentVolumeSource: targetPortal iqn lun:int32 iscsiInterface fsType readOnly:bool portals:[]string
  chapAuthDiscovery:bool chapAuthSession:bool secretRef:v1.SecretReference initiatorName
v1.LimitRange: kind apiVersion metadata:v1.ObjectMeta spec:v1.LimitRangeSpec
v1.LimitRangeItem: type:$v1.LimitType max:v1.ResourceList min:v1.ResourceList default:v1.ResourceList
  defaultRequest:v1.ResourceList maxLimitRequestRatio:v1.ResourceList
v1.LimitRangeSpec: limits:[]v1.LimitRangeItem
v1.LoadBalancerIngress: ip hostname ipMode:$v1.LoadBalancerIPMode ports:[]v1.PortStatus
v1.LoadBalancerStatus: ingress:[]v1.LoadBalancerIngress
v1.LocalVolumeSource: path fsType
v1.ModifyVolumeStatus: targetVolumeAttributesClassName status:$v1.PersistentVolumeClaimModifyVolumeStatus
v1.Namespace: kind apiVersion metadata:v1.ObjectMeta spec:v1.NamespaceSpec status:v1.NamespaceStatus
v1.NamespaceCondition: type:$v1.NamespaceConditionType status:$v1.ConditionStatus lastTransitionTime:Time reason
  message
v1.NamespaceSpec: finalizers:[]$v1.FinalizerName
v1.NamespaceStatus: phase:$v1.NamespacePhase conditions:[]v1.NamespaceCondition
v1.Node: kind apiVersion metadata:v1.ObjectMeta spec:v1.NodeSpec status:v1.NodeStatus
v1.NodeAddress: type:$v1.NodeAddressType address
v1.NodeCondition: type:$v1.NodeConditionType status:$v1.ConditionStatus lastHeartbeatTime:Time
  lastTransitionTime:Time reason message
v1.NodeConfigSource: configMap:v1.ConfigMapNodeConfigSource
v1.NodeConfigStatus: assigned:v1.NodeConfigSource active:v1.NodeConfigSource lastKnownGood:v1.NodeConfigSource
  error
v1.NodeDaemonEndpoints: kubeletEndpoint:v1.DaemonEndpoint
v1.NodeFeatures: supplementalGroupsPolicy:bool
v1.NodeRuntimeHandler: name features:v1.NodeRuntimeHandlerFeatures
v1.NodeRuntimeHandlerFeatures: recursiveReadOnlyMounts:bool userNamespaces:bool
v1.NodeSpec: podCIDR podCIDRs:[]string providerID unschedulable:bool taints:[]v1.Taint
  configSource:v1.NodeConfigSource externalID
v1.NodeStatus: capacity:v1.ResourceList allocatable:v1.ResourceList phase:$v1.NodePhase
  conditions:[]v1.NodeCondition addresses:[]v1.NodeAddress daemonEndpoints:v1.NodeDaemonEndpoints
  nodeInfo:v1.NodeSystemInfo images:[]v1.ContainerImage volumesInUse:[]$v1.UniqueVolumeName
  volumesAttached:[]v1.AttachedVolume config:v1.NodeConfigStatus runtimeHandlers:[]v1.NodeRuntimeHandler
  features:v1.NodeFeatures
v1.NodeSwapStatus: capacity:int64
v1.NodeSystemInfo: machineID systemUUID bootID kernelVersion osImage containerRuntimeVersion kubeletVersion
  kubeProxyVersion operatingSystem architecture swap:v1.NodeSwapStatus
v1.PersistentVolume: kind apiVersion metadata:v1.ObjectMeta spec:v1.PersistentVolumeSpec
  status:v1.PersistentVolumeStatus
v1.PersistentVolumeClaim: kind apiVersion metadata:v1.ObjectMeta spec:v1.PersistentVolumeClaimSpec
  status:v1.PersistentVolumeClaimStatus
v1.PersistentVolumeClaimCondition: type:$v1.PersistentVolumeClaimConditionType status:$v1.ConditionStatus
  lastProbeTime:Time lastTransitionTime:Time reason message
v1.PersistentVolumeClaimStatus: phase:$v1.PersistentVolumeClaimPhase accessModes:[]$v1.PersistentVolumeAccessMode
  capacity:v1.ResourceList conditions:[]v1.PersistentVolumeClaimCondition allocatedResources:v1.ResourceList
  allocatedResourceStatuses:{}$v1.ClaimResourceStatus currentVolumeAttributesClassName
  modifyVolumeStatus:v1.ModifyVolumeStatus
v1.PersistentVolumeSpec: capacity:v1.ResourceList gcePersistentDisk:v1.GCEPersistentDiskVolumeSource
  awsElasticBlockStore:v1.AWSElasticBlockStoreVolumeSource hostPath:v1.HostPathVolumeSource
  glusterfs:v1.GlusterfsPersistentVolumeSource nfs:v1.NFSVolumeSource rbd:v1.RBDPersistentVolumeSource
  iscsi:v1.ISCSIPersistentVolumeSource cinder:v1.CinderPersistentVolumeSource cephfs:v1.CephFSPersistentVolumeSource
  fc:v1.FCVolumeSource flocker:v1.FlockerVolumeSource flexVolume:v1.FlexPersistentVolumeSource
  azureFile:v1.AzureFilePersistentVolumeSource vsphereVolume:v1.VsphereVirtualDiskVolumeSource
  quobyte:v1.QuobyteVolumeSource azureDisk:v1.AzureDiskVolumeSource
  photonPersistentDisk:v1.PhotonPersistentDiskVolumeSource portworxVolume:v1.PortworxVolumeSource
  scaleIO:v1.ScaleIOPersistentVolumeSource local:v1.LocalVolumeSource storageos:v1.StorageOSPersistentVolumeSource
  csi:v1.CSIPersistentVolumeSource accessModes:[]$v1.PersistentVolumeAccessMode claimRef:v1.ObjectReference
  persistentVolumeReclaimPolicy:$v1.PersistentVolumeReclaimPolicy storageClassName mountOptions:[]string
  volumeMode:$v1.PersistentVolumeMode nodeAffinity:v1.VolumeNodeAffinity volumeAttributesClassName
v1.PersistentVolumeStatus: phase:$v1.PersistentVolumePhase message reason lastPhaseTransitionTime:Time
v1.PortStatus: port:int32 protocol:$v1.Protocol error
v1.RBDPersistentVolumeSource: monitors:[]string image fsType pool user keyring secretRef:v1.SecretReference
  readOnly:bool
v1.ResourceQuota: kind apiVersion metadata:v1.ObjectMeta spec:v1.ResourceQuotaSpec status:v1.ResourceQuotaStatus
v1.ResourceQuotaSpec: hard:v1.ResourceList scopes:[]$v1.ResourceQuotaScope scopeSelector:v1.ScopeSelector
v1.ResourceQuotaStatus: hard:v1.ResourceList used:v1.ResourceList
v1.ScaleIOPersistentVolumeSource: gateway system secretRef:v1.SecretReference sslEnabled:bool protectionDomain
  storagePool storageMode volumeName fsType readOnly:bool
v1.ScopeSelector: matchExpressions:[]v1.ScopedResourceSelectorRequirement
v1.ScopedResourceSelectorRequirement: scopeName:$v1.ResourceQuotaScope operator:$v1.ScopeSelectorOperator
  values:[]string
v1.Secret: kind apiVersion metadata:v1.ObjectMeta immutable:bool data:{}bytes stringData:{}string
  type:$v1.SecretType
v1.SecretReference: name namespace
v1.Service: kind apiVersion metadata:v1.ObjectMeta spec:v1.ServiceSpec status:v1.ServiceStatus
v1.ServiceAccount: kind apiVersion metadata:v1.ObjectMeta secrets:[]v1.ObjectReference
  imagePullSecrets:[]v1.LocalObjectReference automountServiceAccountToken:bool
v1.ServicePort: name protocol:$v1.Protocol appProtocol port:int32 targetPort:IntOrString nodePort:int32
v1.ServiceSpec: ports:[]v1.ServicePort selector:{}string clusterIP clusterIPs:[]string type:$v1.ServiceType
  externalIPs:[]string sessionAffinity:$v1.ServiceAffinity loadBalancerIP loadBalancerSourceRanges:[]string
  externalName externalTrafficPolicy:$v1.ServiceExternalTrafficPolicy healthCheckNodePort:int32
  publishNotReadyAddresses:bool sessionAffinityConfig:v1.SessionAffinityConfig ipFamilies:[]$v1.IPFamily
  ipFamilyPolicy:$v1.IPFamilyPolicy allocateLoadBalancerNodePorts:bool loadBalancerClass
  internalTrafficPolicy:$v1.ServiceInternalTrafficPolicy trafficDistribution
v1.ServiceStatus: loadBalancer:v1.LoadBalancerStatus conditions:[]v1.Condition
v1.SessionAffinityConfig: clientIP:v1.ClientIPConfig
v1.StorageOSPersistentVolumeSource: volumeName volumeNamespace fsType readOnly:bool secretRef:v1.ObjectReference
v1.Taint: key value effect:$v1.TaintEffect timeAdded:Time
v1.VolumeNodeAffinity: required:v1.NodeSelector
)";

}  // namespace zdt::rehearsal::api
