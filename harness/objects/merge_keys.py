"""How the lists and structs of each kind merge: the API's patchStrategy and patchMergeKey tags, as one table.

Owns facts only. A list that is not here is replaced as a whole. Source: the field tags of k8s.io/api v1.36.
"""

from __future__ import annotations

# A list merged by value rather than by a key of its items.
PRIMITIVES = ""

_CONTAINER = "env:name ports:containerPort volumeDevices:devicePath volumeMounts:mountPath"
_CONDITIONS = "conditions:type"

# Struct -> its merging lists, "field:key"; nothing after the colon means a list of primitives.
_LISTS = {
    "APIServiceStatus": _CONDITIONS,
    "CSINodeSpec": "drivers:name",
    "Container": _CONTAINER,
    "ContainerStatus": "allocatedResourcesStatus:name volumeMounts:mountPath",
    "DaemonSetStatus": _CONDITIONS,
    "DeploymentStatus": _CONDITIONS,
    "EphemeralContainer": _CONTAINER,
    "FlowSchemaStatus": _CONDITIONS,
    "HorizontalPodAutoscalerStatus": _CONDITIONS,
    "JobStatus": _CONDITIONS,
    "MutatingAdmissionPolicySpec": "matchConditions:name",
    "MutatingWebhook": "matchConditions:name",
    "MutatingWebhookConfiguration": "webhooks:name",
    "NamespaceStatus": _CONDITIONS,
    "NodeSpec": "podCIDRs:",
    "NodeStatus": f"addresses:type {_CONDITIONS}",
    "ObjectMeta": "finalizers: ownerReferences:uid",
    "PersistentVolumeClaimStatus": _CONDITIONS,
    "PodDisruptionBudgetStatus": _CONDITIONS,
    "PodSpec": "containers:name ephemeralContainers:name hostAliases:ip imagePullSecrets:name initContainers:name "
    "resourceClaims:name schedulingGates:name topologySpreadConstraints:topologyKey volumes:name",
    "PodStatus": f"{_CONDITIONS} hostIPs:ip podIPs:ip resourceClaimStatuses:name",
    "PriorityLevelConfigurationStatus": _CONDITIONS,
    "ReplicaSetStatus": _CONDITIONS,
    "ReplicationControllerStatus": _CONDITIONS,
    "ResourceClaimStatus": "reservedFor:uid",
    "ServiceAccount": "secrets:name",
    "ServiceCIDRStatus": _CONDITIONS,
    "ServiceSpec": "ports:port",
    "ServiceStatus": _CONDITIONS,
    "StatefulSetStatus": _CONDITIONS,
    "ValidatingAdmissionPolicySpec": "matchConditions:name variables:name",
    "ValidatingWebhook": "matchConditions:name",
    "ValidatingWebhookConfiguration": "webhooks:name",
}

MERGE_KEYS: dict[tuple[str, str], str] = {
    (struct, field): key
    for struct, fields in _LISTS.items()
    for field, _, key in (entry.partition(":") for entry in fields.split())
}
"""(struct, wire field) -> the merge key of the list's items, or PRIMITIVES."""

RETAIN_KEYS = frozenset(
    {
        ("DeploymentSpec", "strategy"),
        ("PodSpec", "resourceClaims"),
        ("PodSpec", "volumes"),
        ("PodStatus", "resourceClaimStatuses"),
    }
)
"""Fields whose patches name the keys to keep (`$retainKeys`): an item is one of several alternatives."""

REPLACED = frozenset({("PodDisruptionBudgetSpec", "selector")})
"""Structs that a patch replaces as a whole."""
