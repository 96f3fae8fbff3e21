"""What becomes of a definition: the kinds it brings, one for each version that is served, and how it goes.

Loaded when the first definition comes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

from msgspec.structs import replace

from harness.api.custom.formats import is_known
from harness.api.custom.version import CustomVersion
from harness.api.kinds import Kind
from harness.api.problems import quoted
from harness.kernel.clock import Clock
from harness.objects.conditions import with_condition
from harness.objects.custom_definition import (
    CLEANUP,
    TERMINATING,
    CustomResourceDefinition,
    CustomResourceDefinitionVersion,
    JSONSchemaProps,
)
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
            deprecation=_deprecation(version, resource),
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


def _deprecation(version: CustomResourceDefinitionVersion, resource: Resource) -> str:
    if not version.deprecated:
        return ""
    return version.deprecation_warning or f"{resource.api_version} {resource.kind} is deprecated"


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


def warnings_of(definition: CustomResourceDefinition) -> list[str]:
    """What a definition is warned of: formats that nobody knows, sets of things that are no scalars."""
    formats: list[str] = []
    sets: set[str] = set()
    schemas = [version.schema for version in definition.spec.versions]
    distinct = schemas[:1] if all(schema == schemas[0] for schema in schemas) else schemas
    for schema in distinct:
        root = schema.open_api_v3_schema if schema is not None else None
        for each in _schemas_in(root) if root is not None else ():
            if each.format and not is_known(each.format, each.type):
                formats.append(f"unrecognized format {quoted(each.format)}")
            items = each.items if isinstance(each.items, JSONSchemaProps) else None
            if each.list_type == "set" and items is not None and items.type in ("object", "array"):
                sets.add(
                    f"x-kubernetes-list-type: set for items of type {quoted(items.type)} is not supported by "
                    "server-side apply or CEL validation rules"
                )
    return [*formats, *sorted(sets)]


def _schemas_in(schema: JSONSchemaProps) -> Iterator[JSONSchemaProps]:
    """A schema and all those in it."""
    yield schema
    below = [*schema.all_of, *schema.one_of, *schema.any_of]
    below += [schema.properties[name] for name in sorted(schema.properties)]
    below += [
        each for each in (schema.not_, schema.items, schema.additional_properties) if isinstance(each, JSONSchemaProps)
    ]
    for each in below:
        yield from _schemas_in(each)
