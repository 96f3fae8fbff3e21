"""What becomes of a definition: the kinds it brings, one for each version that is served, and how it goes.

Loaded when the first definition comes.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from msgspec.structs import replace

from harness.api.custom.version import CustomVersion
from harness.api.kinds import Kind
from harness.kernel.clock import Clock
from harness.objects.conditions import with_condition
from harness.objects.custom_definition import CLEANUP, TERMINATING, CustomResourceDefinition
from harness.objects.meta import Condition, CustomObject
from harness.objects.resources import Resource
from harness.objects.value import Time


def kinds_of(definition: CustomResourceDefinition) -> dict[str, Kind]:
    """Version -> kind."""
    spec, names = definition.spec, definition.spec.names
    storage = next((version.name for version in spec.versions if version.storage), "")
    made = {}
    for version in spec.versions:
        if not version.served:
            continue
        resource = Resource(
            kind=names.kind,
            group=spec.group,
            version=version.name,
            plural=names.plural,
            singular=names.singular,
            short_names=names.short_names,
            namespaced=spec.scope != "Cluster",
        )
        subresources = version.subresources
        custom = CustomVersion(
            resource=resource,
            storage=f"{spec.group}/{storage}",
            schema=version.schema.open_api_v3_schema if version.schema is not None else None,
            preserves=spec.preserve_unknown_fields,
            has_status=subresources is not None and subresources.status is not None,
            scale=subresources.scale if subresources is not None else None,
        )
        made[version.name] = Kind(
            definition.metadata.name,
            resource,
            CustomObject,
            status=custom.has_status,
            generation="content",
            begin=partial(_begun, custom),
            custom=custom,
        )
    return made


def _begun(custom: CustomVersion, obj: Any, _clock: Clock) -> Any:
    return custom.without_status(obj)


def terminating(definition: CustomResourceDefinition, now: Time) -> CustomResourceDefinition:
    """The definition marked for deletion, with the finalizer that its objects are waited for."""
    metadata = definition.metadata
    finalizers = metadata.finalizers if CLEANUP in metadata.finalizers else (*metadata.finalizers, CLEANUP)
    pending = Condition(
        type=TERMINATING,
        status="True",
        reason="InstanceDeletionPending",
        message="CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon",
    )
    conditions = with_condition(definition.status.conditions, pending, now)
    return replace(
        definition,
        metadata=replace(metadata, deletion_timestamp=now, finalizers=finalizers),
        status=replace(definition.status, conditions=conditions),
    )
