"""Which type each kind of the API has, and where it is written.

Owns the table of typed kinds. A type is imported when it is first asked for, so that a run pays only for the kinds it
uses. A kind that is not here is one that a definition brought (`CustomObject`).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from typing import cast

from harness.objects.meta import Object

# (file of harness/objects, apiVersion, kinds); "Kind=Class" where the class has another name than the kind
_FILES = (
    (
        "admission_registration",
        "admissionregistration.k8s.io/v1",
        "MutatingAdmissionPolicy MutatingAdmissionPolicyBinding MutatingWebhookConfiguration "
        "ValidatingAdmissionPolicy ValidatingAdmissionPolicyBinding ValidatingWebhookConfiguration",
    ),
    ("api_registration", "apiregistration.k8s.io/v1", "APIService"),
    ("apps", "apps/v1", "DaemonSet Deployment ReplicaSet"),
    ("autoscaling", "autoscaling/v2", "HorizontalPodAutoscaler"),
    ("batch", "batch/v1", "CronJob Job"),
    ("certificates", "certificates.k8s.io/v1", "CertificateSigningRequest"),
    ("claim", "v1", "PersistentVolumeClaim"),
    ("config", "v1", "ConfigMap Namespace Secret ServiceAccount"),
    ("csi", "storage.k8s.io/v1", "CSIDriver CSINode CSIStorageCapacity VolumeAttachment VolumeAttributesClass"),
    ("custom_definition", "apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    (
        "dynamic_resources",
        "resource.k8s.io/v1",
        "DeviceClass ResourceClaim=DeviceResourceClaim ResourceClaimTemplate ResourceSlice",
    ),
    ("endpoints", "v1", "Endpoints"),
    ("event", "v1", "Event"),
    ("flow_control", "flowcontrol.apiserver.k8s.io/v1", "FlowSchema PriorityLevelConfiguration"),
    ("lease", "coordination.k8s.io/v1", "Lease"),
    ("networking", "networking.k8s.io/v1", "Ingress IngressClass IPAddress NetworkPolicy ServiceCIDR"),
    ("node", "v1", "Node"),
    ("pod", "v1", "Pod"),
    ("policy", "policy/v1", "PodDisruptionBudget"),
    ("policy", "scheduling.k8s.io/v1", "PriorityClass"),
    ("quota", "v1", "LimitRange ResourceQuota"),
    ("rbac", "rbac.authorization.k8s.io/v1", "ClusterRole ClusterRoleBinding Role RoleBinding"),
    ("replication", "v1", "PodTemplate ReplicationController"),
    ("runtime_class", "node.k8s.io/v1", "RuntimeClass"),
    ("service", "discovery.k8s.io/v1", "EndpointSlice"),
    ("service", "v1", "Service"),
    ("statefulset", "apps/v1", "ControllerRevision StatefulSet"),
    ("storage", "storage.k8s.io/v1", "StorageClass"),
    ("storage", "v1", "PersistentVolume"),
)

TYPES: Mapping[tuple[str, str], tuple[str, str]] = {
    (api_version, kind): (f"harness.objects.{file}", name or kind)
    for file, api_version, words in _FILES
    for kind, _, name in (word.partition("=") for word in words.split())
}
"""(apiVersion, kind) -> (module, class), for every kind whose fields are known."""


@cache
def type_of(api_version: str, kind: str) -> type[Object] | None:
    """The type of a manifest's apiVersion and kind; None for a kind or version that has none."""
    found = TYPES.get((api_version, kind))
    if found is None:
        return None
    module, name = found
    return cast("type[Object]", getattr(import_module(module), name))
