"""How lists, maps and structs of each kind are owned: the API's listType, mapType and structType markers, as tables.

Owns facts only. A list that is not here is owned as a whole, a map or struct field by field. Source: the markers of
k8s.io/api and k8s.io/apimachinery v1.36.
"""

from __future__ import annotations

_CONDITIONS = "conditions:type"
_CONTAINER = "env:name ports:containerPort,protocol volumeDevices:devicePath volumeMounts:mountPath"

# Struct -> its lists that are owned item by item, "field:key,key"; nothing after the colon means a set of scalars.
_LISTS = {
    "AllocatedDeviceStatus": _CONDITIONS,
    "APIServiceStatus": _CONDITIONS,
    "CSIDriverSpec": "volumeLifecycleModes:",
    "CSINodeSpec": "drivers:name",
    "CertificateSigningRequestStatus": _CONDITIONS,
    "Container": _CONTAINER,
    "ContainerRestartRuleOnExitCodes": "values:",
    "ContainerStatus": "allocatedResourcesStatus:name volumeMounts:mountPath",
    "DaemonSetStatus": _CONDITIONS,
    "DeploymentStatus": _CONDITIONS,
    "Endpoint": "addresses:",
    "EphemeralContainer": _CONTAINER,
    "FlowSchemaStatus": _CONDITIONS,
    "HorizontalPodAutoscalerStatus": _CONDITIONS,
    "MutatingAdmissionPolicySpec": "matchConditions:name",
    "MutatingWebhook": "matchConditions:name",
    "MutatingWebhookConfiguration": "webhooks:name",
    "NamespaceStatus": _CONDITIONS,
    "NodeSpec": "podCIDRs:",
    "NodeStatus": f"addresses:type {_CONDITIONS}",
    "NonResourcePolicyRule": "nonResourceURLs: verbs:",
    "ObjectMeta": "finalizers: ownerReferences:uid",
    "PersistentVolumeClaimStatus": _CONDITIONS,
    "PodDisruptionBudgetStatus": _CONDITIONS,
    "PodFailurePolicyOnExitCodesRequirement": "values:",
    "PodSpec": "containers:name ephemeralContainers:name hostAliases:ip imagePullSecrets:name initContainers:name "
    "resourceClaims:name schedulingGates:name topologySpreadConstraints:topologyKey,whenUnsatisfiable volumes:name",
    "PodStatus": f"{_CONDITIONS} podIPs:ip resourceClaimStatuses:name",
    "PriorityLevelConfigurationStatus": _CONDITIONS,
    "ReplicaSetStatus": _CONDITIONS,
    "ReplicationControllerStatus": _CONDITIONS,
    "ResourceClaimStatus": "devices:driver,device,pool,shareID reservedFor:uid",
    "ResourcePolicyRule": "apiGroups: namespaces: resources: verbs:",
    "ResourceRequirements": "claims:name",
    "ResourceStatus": "resources:resourceID",
    "ServiceAccount": "secrets:name",
    "ServiceCIDRStatus": _CONDITIONS,
    "ServiceSpec": "ports:port,protocol",
    "ServiceStatus": _CONDITIONS,
    "StatefulSetStatus": _CONDITIONS,
    "UncountedTerminatedPods": "failed: succeeded:",
    "ValidatingAdmissionPolicyBindingSpec": "validationActions:",
    "ValidatingAdmissionPolicySpec": "matchConditions:name variables:name",
    "ValidatingAdmissionPolicyStatus": _CONDITIONS,
    "ValidatingWebhook": "matchConditions:name",
    "ValidatingWebhookConfiguration": "webhooks:name",
}

LIST_KEYS: dict[tuple[str, str], tuple[str, ...]] = {
    (struct, field): tuple(key for key in keys.split(",") if key)
    for struct, fields in _LISTS.items()
    for field, _, keys in (entry.partition(":") for entry in fields.split())
}
"""(struct, wire field) -> the keys that tell the items of a list apart; none for a set of scalars."""

KEY_DEFAULTS = {("ContainerPort", "protocol"): "TCP", ("ServicePort", "protocol"): "TCP"}
"""(struct of the items, key) -> what an item without the key has."""

ATOMIC_MAPS = frozenset(
    {
        ("PodSpec", "nodeSelector"),
        ("ReplicationControllerSpec", "selector"),
        ("Scheduling", "nodeSelector"),
        ("ServiceSpec", "selector"),
    }
)
"""Maps that are owned as a whole."""

_ATOMIC_STRUCTS = """
    ConfigMapKeySelector EndpointAddress EndpointPort EndpointsPort FileKeySelector LabelSelector LocalObjectReference
    MatchResources NamedRuleWithOperations NodeSelector NodeSelectorTerm ObjectFieldSelector ObjectReference
    OwnerReference ParamKind ParamRef ResourceFieldSelector RoleRef ScopeSelector SecretKeySelector SecretReference
    ServiceBackendPort Subject TopologySelectorTerm TypedLocalObjectReference Variable
"""
ATOMIC_STRUCTS = frozenset(_ATOMIC_STRUCTS.split())
"""Structs that are owned as a whole …"""

GRANULAR_FIELDS = frozenset({("PersistentVolumeSpec", "claimRef")})
"""… but in these fields."""
