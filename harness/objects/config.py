"""ConfigMap, Secret, ServiceAccount and Namespace.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import LocalObjectReference, Object, ObjectReference
from harness.objects.value import Time, Value


class NamespaceSpec(Value, frozen=True):
    finalizers: tuple[str, ...] = ()


class NamespaceCondition(Value, frozen=True):
    type: str = ""
    status: str = ""
    last_transition_time: Time | None = None
    reason: str = ""
    message: str = ""


class NamespaceStatus(Value, frozen=True):
    phase: str = ""
    conditions: tuple[NamespaceCondition, ...] = ()


class Namespace(Object, frozen=True):
    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Namespace"

    spec: NamespaceSpec = field(default_factory=NamespaceSpec)
    status: NamespaceStatus = field(default_factory=NamespaceStatus)


class ConfigMap(Object, frozen=True):
    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "ConfigMap"

    immutable: bool | None = None
    data: dict[str, str] = {}
    binary_data: dict[str, str] = {}


class Secret(Object, frozen=True):
    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "Secret"

    immutable: bool | None = None
    data: dict[str, str] = {}
    string_data: dict[str, str] = {}
    type: str = ""


class ServiceAccount(Object, frozen=True):
    api_version: ClassVar[str] = "v1"
    kind: ClassVar[str] = "ServiceAccount"

    secrets: tuple[ObjectReference, ...] = ()
    image_pull_secrets: tuple[LocalObjectReference, ...] = ()
    automount_service_account_token: bool | None = None
