"""Metadata every object carries, and the references between objects.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import Any, ClassVar

from msgspec import field

from harness.objects.resources import Resource
from harness.objects.value import Time, Value


class OwnerReference(Value, frozen=True):
    api_version: str = ""
    kind: str = ""
    name: str = ""
    uid: str = ""
    controller: bool | None = None
    block_owner_deletion: bool | None = None


class ObjectMeta(Value, frozen=True):
    name: str = ""
    generate_name: str = ""
    namespace: str = ""
    uid: str = ""
    resource_version: str = ""
    generation: int = 0
    creation_timestamp: Time | None = None
    deletion_timestamp: Time | None = None
    deletion_grace_period_seconds: int | None = None
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}
    owner_references: tuple[OwnerReference, ...] = ()
    finalizers: tuple[str, ...] = ()


class ObjectReference(Value, frozen=True):
    kind: str = ""
    namespace: str = ""
    name: str = ""
    uid: str = ""
    api_version: str = ""
    resource_version: str = ""
    field_path: str = ""


class LocalObjectReference(Value, frozen=True):
    name: str = ""


class Condition(Value, frozen=True):
    type: str = ""
    status: str = ""
    observed_generation: int = 0
    last_transition_time: Time | None = None
    reason: str = ""
    message: str = ""


class LabelSelectorRequirement(Value, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class LabelSelector(Value, frozen=True):
    match_labels: dict[str, str] = {}
    match_expressions: tuple[LabelSelectorRequirement, ...] = ()


class TypedLocalObjectReference(Value, frozen=True):
    api_group: str | None = None
    kind: str = ""
    name: str = ""


class TypedObjectReference(Value, frozen=True):
    api_group: str | None = None
    kind: str = ""
    name: str = ""
    namespace: str | None = None


class SecretReference(Value, frozen=True):
    name: str = ""
    namespace: str = ""


class Object(Value, frozen=True):
    """A thing the API serves: a kind, and metadata. The kind is a fact of the class, not of the instance."""

    api_version: ClassVar[str] = ""
    kind: ClassVar[str] = ""

    metadata: ObjectMeta = field(default_factory=ObjectMeta)


class CustomObject(Object, frozen=True):
    """An object of a kind that a CustomResourceDefinition brings; everything but its metadata is plain JSON data.

    `resource` is what the definition calls the kind, None where nobody said; it is no part of what is served.
    """

    group_version: str = ""
    kind_name: str = ""
    content: dict[str, Any] = {}
    resource: Resource | None = None


def kind_of(obj: Object) -> str:
    """The kind's name: `StatefulSet`, or that of a custom kind."""
    return obj.kind_name if isinstance(obj, CustomObject) else obj.kind


def api_version_of(obj: Object) -> str:
    """The apiVersion the object is served under."""
    return obj.group_version if isinstance(obj, CustomObject) else obj.api_version


def controller_of(obj: Object) -> OwnerReference | None:
    """The reference to the object's managing owner, if it has one."""
    for reference in obj.metadata.owner_references:
        if reference.controller:
            return reference
    return None


def owned_by(obj: Object) -> OwnerReference:
    """The reference that makes something else owned and managed by `obj`."""
    return OwnerReference(
        api_version=api_version_of(obj),
        kind=kind_of(obj),
        name=obj.metadata.name,
        uid=obj.metadata.uid,
        controller=True,
        block_owner_deletion=True,
    )
