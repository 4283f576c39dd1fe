// Written by tests/schemas/types: go run . cluster. Do not edit.
#include "rehearsal/api/check/field_types.h"

namespace zdt::rehearsal::api {

const char* const kClusterFields = R"(
v1.APIService: kind apiVersion metadata:v1.ObjectMeta spec:v1.APIServiceSpec status:v1.APIServiceStatus
v1.APIServiceCondition: type:$v1.APIServiceConditionType status:$v1.ConditionStatus lastTransitionTime:Time reason
  message
v1.APIServiceSpec: service:v1.ServiceReference group version insecureSkipTLSVerify:bool caBundle:bytes
  groupPriorityMinimum:int32 versionPriority:int32
v1.APIServiceStatus: conditions:[]v1.APIServiceCondition
v1.AggregationRule: clusterRoleSelectors:[]v1.LabelSelector
v1.BoundObjectReference: kind apiVersion name uid:$types.UID
v1.ClusterRole: kind apiVersion metadata:v1.ObjectMeta rules:[]v1.PolicyRule aggregationRule:v1.AggregationRule
v1.ClusterRoleBinding: kind apiVersion metadata:v1.ObjectMeta subjects:[]v1.Subject roleRef:v1.RoleRef
v1.CustomResourceColumnDefinition: name type format description priority:int32 jsonPath
v1.CustomResourceConversion: strategy:$v1.ConversionStrategyType webhook:v1.WebhookConversion
v1.CustomResourceDefinition: kind apiVersion metadata:v1.ObjectMeta spec:v1.CustomResourceDefinitionSpec
  status:v1.CustomResourceDefinitionStatus
v1.CustomResourceDefinitionCondition: type:$v1.CustomResourceDefinitionConditionType status:$v1.ConditionStatus
  lastTransitionTime:Time reason message
v1.CustomResourceDefinitionNames: plural singular shortNames:[]string kind listKind categories:[]string
v1.CustomResourceDefinitionSpec: group names:v1.CustomResourceDefinitionNames scope:$v1.ResourceScope
  versions:[]v1.CustomResourceDefinitionVersion conversion:v1.CustomResourceConversion preserveUnknownFields:bool
v1.CustomResourceDefinitionStatus: conditions:[]v1.CustomResourceDefinitionCondition
  acceptedNames:v1.CustomResourceDefinitionNames storedVersions:[]string
v1.CustomResourceDefinitionVersion: name served:bool storage:bool deprecated:bool deprecationWarning
  schema:v1.CustomResourceValidation subresources:v1.CustomResourceSubresources
  additionalPrinterColumns:[]v1.CustomResourceColumnDefinition selectableFields:[]v1.SelectableField
v1.CustomResourceSubresourceScale: specReplicasPath statusReplicasPath labelSelectorPath
v1.CustomResourceSubresourceStatus:
v1.CustomResourceSubresources: status:v1.CustomResourceSubresourceStatus scale:v1.CustomResourceSubresourceScale
v1.CustomResourceValidation: openAPIV3Schema:v1.JSONSchemaProps
v1.Endpoint: addresses:[]string conditions:v1.EndpointConditions hostname targetRef:v1.ObjectReference
  deprecatedTopology:{}string nodeName zone hints:v1.EndpointHints
v1.EndpointConditions: ready:bool serving:bool terminating:bool
v1.EndpointHints: forZones:[]v1.ForZone forNodes:[]v1.ForNode
v1.EndpointPort#discovery: name protocol:$v1.Protocol port:int32 appProtocol
v1.EndpointSlice: kind apiVersion metadata:v1.ObjectMeta addressType:$v1.AddressType endpoints:[]v1.Endpoint
  ports:[]v1.EndpointPort#discovery
v1.Event#events: kind apiVersion metadata:v1.ObjectMeta eventTime:MicroTime series:v1.EventSeries#events
  reportingController reportingInstance action reason regarding:v1.ObjectReference related:v1.ObjectReference note
  type deprecatedSource:v1.EventSource deprecatedFirstTimestamp:Time deprecatedLastTimestamp:Time
  deprecatedCount:int32
v1.EventSeries#events: count:int32 lastObservedTime:MicroTime
v1.ExternalDocumentation: description url
v1.ExtraValue = []string
v1.ExtraValue#authentication = []string
v1.FieldSelectorAttributes: rawSelector requirements:[]v1.FieldSelectorRequirement
v1.FieldSelectorRequirement: key operator:$v1.FieldSelectorOperator values:[]string
v1.ForNode: name
v1.ForZone: name
v1.HTTPIngressPath: path pathType:$v1.PathType backend:v1.IngressBackend
v1.HTTPIngressRuleValue: paths:[]v1.HTTPIngressPath
v1.IPBlock: cidr except:[]string
v1.Ingress: kind apiVersion metadata:v1.ObjectMeta spec:v1.IngressSpec status:v1.IngressStatus
v1.IngressBackend: service:v1.IngressServiceBackend resource:v1.TypedLocalObjectReference
v1.IngressClass: kind apiVersion metadata:v1.ObjectMeta spec:v1.IngressClassSpec
v1.IngressClassParametersReference: apiGroup kind name scope namespace
v1.IngressClassSpec: controller parameters:v1.IngressClassParametersReference
v1.IngressLoadBalancerIngress: ip hostname ports:[]v1.IngressPortStatus
v1.IngressLoadBalancerStatus: ingress:[]v1.IngressLoadBalancerIngress
v1.IngressPortStatus: port:int32 protocol:$v1.Protocol error
v1.IngressRule: host http:v1.HTTPIngressRuleValue
v1.IngressServiceBackend: name port:v1.ServiceBackendPort
v1.IngressSpec: ingressClassName defaultBackend:v1.IngressBackend tls:[]v1.IngressTLS rules:[]v1.IngressRule
v1.IngressStatus: loadBalancer:v1.IngressLoadBalancerStatus
v1.IngressTLS: hosts:[]string secretName
v1.JSONSchemaDefinitions = {}v1.JSONSchemaProps
v1.JSONSchemaDependencies = {}any
v1.JSONSchemaProps: id $schema:$v1.JSONSchemaURL $ref description type format title default:any maximum:float64
  exclusiveMaximum:bool minimum:float64 exclusiveMinimum:bool maxLength:int64 minLength:int64 pattern maxItems:int64
  minItems:int64 uniqueItems:bool multipleOf:float64 enum:[]any maxProperties:int64 minProperties:int64
  required:[]string items:SchemaOrArray allOf:[]v1.JSONSchemaProps oneOf:[]v1.JSONSchemaProps
  anyOf:[]v1.JSONSchemaProps not:v1.JSONSchemaProps properties:{}v1.JSONSchemaProps
  additionalProperties:SchemaOrBool patternProperties:{}v1.JSONSchemaProps dependencies:v1.JSONSchemaDependencies
  additionalItems:SchemaOrBool definitions:v1.JSONSchemaDefinitions externalDocs:v1.ExternalDocumentation
  example:any nullable:bool x-kubernetes-preserve-unknown-fields:bool x-kubernetes-embedded-resource:bool
  x-kubernetes-int-or-string:bool x-kubernetes-list-map-keys:[]string x-kubernetes-list-type x-kubernetes-map-type
  x-kubernetes-validations:v1.ValidationRules
v1.LabelSelectorAttributes: rawSelector requirements:[]v1.LabelSelectorRequirement
v1.Lease: kind apiVersion metadata:v1.ObjectMeta spec:v1.LeaseSpec
v1.LeaseSpec: holderIdentity leaseDurationSeconds:int32 acquireTime:MicroTime renewTime:MicroTime
  leaseTransitions:int32 strategy:$v1.CoordinatedLeaseStrategy preferredHolder
v1.LocalSubjectAccessReview: kind apiVersion metadata:v1.ObjectMeta spec:v1.SubjectAccessReviewSpec
  status:v1.SubjectAccessReviewStatus
v1.NetworkPolicy: kind apiVersion metadata:v1.ObjectMeta spec:v1.NetworkPolicySpec
v1.NetworkPolicyEgressRule: ports:[]v1.NetworkPolicyPort to:[]v1.NetworkPolicyPeer
v1.NetworkPolicyIngressRule: ports:[]v1.NetworkPolicyPort from:[]v1.NetworkPolicyPeer
v1.NetworkPolicyPeer: podSelector:v1.LabelSelector namespaceSelector:v1.LabelSelector ipBlock:v1.IPBlock
v1.NetworkPolicyPort: protocol:$v1.Protocol port:IntOrString endPort:int32
v1.NetworkPolicySpec: podSelector:v1.LabelSelector ingress:[]v1.NetworkPolicyIngressRule
  egress:[]v1.NetworkPolicyEgressRule policyTypes:[]$v1.PolicyType
v1.NonResourceAttributes: path verb
v1.NonResourceRule: verbs:[]string nonResourceURLs:[]string
v1.PolicyRule: verbs:[]string apiGroups:[]string resources:[]string resourceNames:[]string nonResourceURLs:[]string
v1.PriorityClass: kind apiVersion metadata:v1.ObjectMeta value:int32 globalDefault:bool description
  preemptionPolicy:$v1.PreemptionPolicy
v1.ResourceAttributes: namespace verb group version resource subresource name
  fieldSelector:v1.FieldSelectorAttributes labelSelector:v1.LabelSelectorAttributes
v1.ResourceRule: verbs:[]string apiGroups:[]string resources:[]string resourceNames:[]string
v1.Role: kind apiVersion metadata:v1.ObjectMeta rules:[]v1.PolicyRule
v1.RoleBinding: kind apiVersion metadata:v1.ObjectMeta subjects:[]v1.Subject roleRef:v1.RoleRef
v1.RoleRef: apiGroup kind name
v1.SelectableField: jsonPath
v1.SelfSubjectAccessReview: kind apiVersion metadata:v1.ObjectMeta spec:v1.SelfSubjectAccessReviewSpec
  status:v1.SubjectAccessReviewStatus
v1.SelfSubjectAccessReviewSpec: resourceAttributes:v1.ResourceAttributes
  nonResourceAttributes:v1.NonResourceAttributes
v1.SelfSubjectReview: kind apiVersion metadata:v1.ObjectMeta status:v1.SelfSubjectReviewStatus
v1.SelfSubjectReviewStatus: userInfo:v1.UserInfo
v1.SelfSubjectRulesReview: kind apiVersion metadata:v1.ObjectMeta spec:v1.SelfSubjectRulesReviewSpec
  status:v1.SubjectRulesReviewStatus
v1.SelfSubjectRulesReviewSpec: namespace
v1.ServiceBackendPort: name number:int32
v1.ServiceReference#apiextensions: namespace name path port:int32
v1.ServiceReference: namespace name port:int32
v1.StorageClass: kind apiVersion metadata:v1.ObjectMeta provisioner parameters:{}string
  reclaimPolicy:$v1.PersistentVolumeReclaimPolicy mountOptions:[]string allowVolumeExpansion:bool
  volumeBindingMode:$v1.VolumeBindingMode allowedTopologies:[]v1.TopologySelectorTerm
v1.Subject: kind apiGroup name namespace
v1.SubjectAccessReview: kind apiVersion metadata:v1.ObjectMeta spec:v1.SubjectAccessReviewSpec
  status:v1.SubjectAccessReviewStatus
v1.SubjectAccessReviewSpec: resourceAttributes:v1.ResourceAttributes nonResourceAttributes:v1.NonResourceAttributes
  user groups:[]string extra:{}v1.ExtraValue uid
v1.SubjectAccessReviewStatus: allowed:bool denied:bool reason evaluationError
v1.SubjectRulesReviewStatus: resourceRules:[]v1.ResourceRule nonResourceRules:[]v1.NonResourceRule incomplete:bool
  evaluationError
v1.TokenRequest: kind apiVersion metadata:v1.ObjectMeta spec:v1.TokenRequestSpec status:v1.TokenRequestStatus
v1.TokenRequestSpec: audiences:[]string expirationSeconds:int64 boundObjectRef:v1.BoundObjectReference
v1.TokenRequestStatus: token expirationTimestamp:Time
v1.TokenReview: kind apiVersion metadata:v1.ObjectMeta spec:v1.TokenReviewSpec status:v1.TokenReviewStatus
v1.TokenReviewSpec: token audiences:[]string
v1.TokenReviewStatus: authenticated:bool user:v1.UserInfo audiences:[]string error
v1.TopologySelectorLabelRequirement: key values:[]string
v1.TopologySelectorTerm: matchLabelExpressions:[]v1.TopologySelectorLabelRequirement
v1.UserInfo: username uid groups:[]string extra:{}v1.ExtraValue#authentication
v1.ValidationRule: rule message messageExpression reason:$v1.FieldValueErrorReason fieldPath optionalOldSelf:bool
v1.ValidationRules = []v1.ValidationRule
v1.WebhookClientConfig: url service:v1.ServiceReference#apiextensions caBundle:bytes
v1.WebhookConversion: clientConfig:v1.WebhookClientConfig conversionReviewVersions:[]string
)";

}  // namespace zdt::rehearsal::api
