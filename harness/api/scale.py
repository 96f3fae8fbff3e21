"""The scale subresource: how many replicas a workload has, as an object of its own that can be patched.

Owns what a Scale says and what may be written into one. Mirrors pkg/registry/apps/*/storage (ScaleREST) and
pkg/apis/autoscaling/validation (ValidateScale).
"""

from __future__ import annotations

from typing import Any

from harness.api.kinds import Kind
from harness.api.problems import ApiError, invalid
from harness.objects.autoscaling import Scale, ScaleSpec, ScaleStatus
from harness.objects.meta import Object, ObjectMeta
from harness.objects.resources import Resource
from harness.objects.selector import label_selector_text

RESOURCE = Resource(kind="Scale", group="autoscaling", version="v1", plural="scales", singular="scale", namespaced=True)


def scale_of(workload: Any, kind: Kind) -> Scale:
    """The scale of a workload whose kind has one."""
    metadata = workload.metadata
    if kind.custom is not None:
        replicas, observed, selector = kind.custom.scaled(workload)
    else:
        replicas, observed = workload.spec.replicas or 0, workload.status.replicas
        selector = label_selector_text(workload.spec.selector)
    return Scale(
        metadata=ObjectMeta(
            name=metadata.name,
            namespace=metadata.namespace,
            uid=metadata.uid,
            resource_version=metadata.resource_version,
            creation_timestamp=metadata.creation_timestamp,
        ),
        spec=ScaleSpec(replicas=replicas),
        status=ScaleStatus(replicas=observed, selector=selector),
    )


def wanted_replicas(scale: Scale, workload: Object, resource: Resource) -> int:
    """What a changed scale asks for. Raises `ApiError`: Conflict for an old version, Invalid for a negative number."""
    version, name = scale.metadata.resource_version, workload.metadata.name
    if version and version != workload.metadata.resource_version:
        raise ApiError.conflict(resource, name)
    replicas = scale.spec.replicas
    if replicas < 0:
        problem = invalid("spec.replicas", replicas, "must be greater than or equal to 0")
        raise ApiError.invalid(RESOURCE, name, (problem,))
    return replicas
