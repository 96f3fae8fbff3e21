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
    "Container": _CONTAINER,
    "ContainerStatus": "allocatedResourcesStatus:name volumeMounts:mountPath",
    "EphemeralContainer": _CONTAINER,
    "NamespaceStatus": _CONDITIONS,
    "NodeSpec": "podCIDRs:",
    "NodeStatus": f"addresses:type {_CONDITIONS}",
    "ObjectMeta": "finalizers: ownerReferences:uid",
    "PersistentVolumeClaimStatus": _CONDITIONS,
    "PodDisruptionBudgetStatus": _CONDITIONS,
    "PodSpec": "containers:name ephemeralContainers:name hostAliases:ip imagePullSecrets:name initContainers:name "
    "resourceClaims:name schedulingGates:name topologySpreadConstraints:topologyKey volumes:name",
    "PodStatus": f"{_CONDITIONS} hostIPs:ip podIPs:ip resourceClaimStatuses:name",
    "ServiceAccount": "secrets:name",
    "ServiceSpec": "ports:port",
    "ServiceStatus": _CONDITIONS,
    "StatefulSetStatus": _CONDITIONS,
}

MERGE_KEYS: dict[tuple[str, str], str] = {
    (struct, field): key
    for struct, fields in _LISTS.items()
    for field, _, key in (entry.partition(":") for entry in fields.split())
}
"""(struct, wire field) -> the merge key of the list's items, or PRIMITIVES."""

RETAIN_KEYS = frozenset({("PodSpec", "resourceClaims"), ("PodSpec", "volumes"), ("PodStatus", "resourceClaimStatuses")})
"""Fields whose patches name the keys to keep (`$retainKeys`): an item is one of several alternatives."""

REPLACED = frozenset({("PodDisruptionBudgetSpec", "selector")})
"""Structs that a patch replaces as a whole."""
