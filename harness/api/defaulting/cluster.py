"""What the API server fills into nodes, namespaces, secrets, priority classes and limit ranges.

Mirrors pkg/apis/core/v1/defaults.go and conversion.go (a secret's texts), and pkg/apis/scheduling/v1/defaults.go.
"""

from __future__ import annotations

from base64 import b64encode

from msgspec.structs import replace

from harness.api.defaulting.filling import each, filled
from harness.objects.config import Namespace, Secret
from harness.objects.node import Node
from harness.objects.policy import PriorityClass
from harness.objects.quota import LimitRange, LimitRangeItem

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


def default_limit_range(limit_range: LimitRange) -> LimitRange:
    """A container gets the maximum as its limit, and that or the minimum as its request, where nothing else is said."""
    limits = each(limit_range.spec.limits, _default_limits)
    return (
        limit_range
        if limits is limit_range.spec.limits
        else replace(limit_range, spec=replace(limit_range.spec, limits=limits))
    )


def _default_limits(item: LimitRangeItem) -> LimitRangeItem:
    if item.type != "Container":
        return item
    limit = {**item.max, **item.default}
    request = {**item.min, **limit, **item.default_request}
    if limit == item.default and request == item.default_request:
        return item
    return replace(item, default=limit, default_request=request)
