"""What the API's Go source calls its types where a user can see it: in the text of a decoding error.

Owns names only. A field is named by the struct that has it and by its wire name. What is not listed is a plain
`string`, an `int32`, or a struct of the same name as ours in package v1.
"""

from __future__ import annotations

# Structs that embed another one, whose name Go then shows in the path: name of the embedded one, and its fields.
# With "-", every field but those listed.
EMBEDDED: dict[str, tuple[str, str]] = {
    "PersistentVolumeSpec": (
        "PersistentVolumeSource",
        "- capacity accessModes claimRef persistentVolumeReclaimPolicy storageClassName mountOptions volumeMode "
        "nodeAffinity volumeAttributesClassName",
    ),
    "Volume": ("VolumeSource", "- name"),
    "EphemeralContainer": ("EphemeralContainerCommon", "- targetContainerName"),
    "Probe": ("ProbeHandler", "exec httpGet tcpSocket grpc"),
    "ConfigMapEnvSource": ("LocalObjectReference", "name"),
    "SecretEnvSource": ("LocalObjectReference", "name"),
    "ConfigMapKeySelector": ("LocalObjectReference", "name"),
    "SecretKeySelector": ("LocalObjectReference", "name"),
    "ConfigMapProjection": ("LocalObjectReference", "name"),
    "SecretProjection": ("LocalObjectReference", "name"),
    "ConfigMapVolumeSource": ("LocalObjectReference", "name"),
}

_INT64_FIELDS = (
    "activeDeadlineSeconds capacity deletionGracePeriodSeconds expirationSeconds fsGroup generation gid "
    "observedGeneration revision runAsGroup runAsUser seconds sizeBytes supplementalGroups "
    "terminationGracePeriodSeconds tolerationSeconds uid"
)
INT64_FIELDS = frozenset(_INT64_FIELDS.split())

# Strings with a type of their own: (struct, field) -> type, or (field) -> type where every struct agrees.
STRING_TYPES: dict[str, str] = {
    "accessModes": "v1.PersistentVolumeAccessMode",
    "dnsPolicy": "v1.DNSPolicy",
    "imagePullPolicy": "v1.PullPolicy",
    "internalTrafficPolicy": "v1.ServiceInternalTrafficPolicy",
    "externalTrafficPolicy": "v1.ServiceExternalTrafficPolicy",
    "ipFamilies": "v1.IPFamily",
    "ipFamilyPolicy": "v1.IPFamilyPolicy",
    "mountPropagation": "v1.MountPropagationMode",
    "persistentVolumeReclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "podManagementPolicy": "v1.PodManagementPolicyType",
    "preemptionPolicy": "v1.PreemptionPolicy",
    "procMount": "v1.ProcMountType",
    "protocol": "v1.Protocol",
    "reclaimPolicy": "v1.PersistentVolumeReclaimPolicy",
    "recursiveReadOnly": "v1.RecursiveReadOnlyMode",
    "scheme": "v1.URIScheme",
    "sessionAffinity": "v1.ServiceAffinity",
    "terminationMessagePolicy": "v1.TerminationMessagePolicy",
    "uid": "types.UID",
    "volumeBindingMode": "v1.VolumeBindingMode",
    "volumeMode": "v1.PersistentVolumeMode",
    "whenDeleted": "v1.PersistentVolumeClaimRetentionPolicyType",
    "whenScaled": "v1.PersistentVolumeClaimRetentionPolicyType",
    "whenUnsatisfiable": "v1.UnsatisfiableConstraintAction",
    "Container.restartPolicy": "v1.ContainerRestartPolicy",
    "EphemeralContainer.restartPolicy": "v1.ContainerRestartPolicy",
    "EmptyDirVolumeSource.medium": "v1.StorageMedium",
    "HostPathVolumeSource.type": "v1.HostPathType",
    "LabelSelectorRequirement.operator": "v1.LabelSelectorOperator",
    "NodeSelectorRequirement.operator": "v1.NodeSelectorOperator",
    "NamespaceSpec.finalizers": "v1.FinalizerName",
    "PodSpec.restartPolicy": "v1.RestartPolicy",
    "Secret.type": "v1.SecretType",
    "ServiceSpec.type": "v1.ServiceType",
    "StatefulSetUpdateStrategy.type": "v1.StatefulSetUpdateStrategyType",
    "Taint.effect": "v1.TaintEffect",
    "Toleration.effect": "v1.TaintEffect",
    "Toleration.operator": "v1.TolerationOperator",
}

# Our own names for what is one Go struct.
STRUCTS = {"VolumeClaimTemplate": "PersistentVolumeClaim"}

# Fields the API has and the simulator does not keep: accepted, and forgotten.
UNKEPT_FIELDS = frozenset({("ObjectMeta", "managedFields"), ("ObjectMeta", "selfLink")})


def string_type(struct: str, field: str) -> str:
    return STRING_TYPES.get(f"{struct}.{field}") or STRING_TYPES.get(field, "string")


def embedded_in(struct: str, field: str) -> str:
    """The name of the embedded struct that brings `field` to `struct`; "" for a field of its own."""
    name, fields = EMBEDDED.get(struct, ("", ""))
    return name if (field in fields.split()) != fields.startswith("-") else ""
