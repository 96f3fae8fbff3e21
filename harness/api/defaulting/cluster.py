"""What the API server fills into nodes, namespaces, secrets and priority classes.

Mirrors pkg/apis/core/v1/defaults.go and conversion.go (a secret's texts), and pkg/apis/scheduling/v1/defaults.go.
"""

from __future__ import annotations

from base64 import b64encode

from msgspec.structs import replace

from harness.api.defaulting.filling import filled
from harness.objects.config import Namespace, Secret
from harness.objects.node import Node
from harness.objects.policy import PriorityClass

NAME_LABEL = "kubernetes.io/metadata.name"

_PRIORITY_CLASS = (("preemption_policy", None, "PreemptLowerPriority"),)
_SECRET = (("type", "", "Opaque"),)
_NAMESPACE_STATUS = (("phase", "", "Active"),)


def default_node(node: Node) -> Node:
    if node.status.allocatable or not node.status.capacity:
        return node
    return replace(node, status=replace(node.status, allocatable=node.status.capacity))


def default_namespace(namespace: Namespace) -> Namespace:
    metadata = namespace.metadata
    if metadata.name and metadata.labels.get(NAME_LABEL) != metadata.name:
        metadata = replace(metadata, labels={**metadata.labels, NAME_LABEL: metadata.name})
    status = filled(namespace.status, _NAMESPACE_STATUS)
    if metadata is namespace.metadata and status is namespace.status:
        return namespace
    return replace(namespace, metadata=metadata, status=status)


def default_secret(secret: Secret) -> Secret:
    """The type, and texts given in clear moved to the encoded data, which is all that is kept."""
    if secret.string_data:
        encoded = {key: b64encode(text.encode()).decode() for key, text in secret.string_data.items()}
        secret = replace(secret, data={**secret.data, **encoded}, string_data={})
    return filled(secret, _SECRET)


def default_priority_class(priority_class: PriorityClass) -> PriorityClass:
    return filled(priority_class, _PRIORITY_CLASS)
