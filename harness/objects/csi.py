"""What drivers of storage say about themselves, and where volumes are attached.

CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment and VolumeAttributesClass of storage.k8s.io/v1. Fields, names
and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is not served. This file
owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import LabelSelector, Object
from harness.objects.storage import PersistentVolumeSpec
from harness.objects.value import Quantity, Time, Value


class TokenRequest(Value, frozen=True):
    audience: str = field(default_factory=str)
    expiration_seconds: int | None = None


class CSIDriverSpec(Value, frozen=True):
    attach_required: bool | None = None
    pod_info_on_mount: bool | None = None
    volume_lifecycle_modes: tuple[str, ...] = ()
    storage_capacity: bool | None = None
    fs_group_policy: str | None = None
    token_requests: tuple[TokenRequest, ...] = ()
    requires_republish: bool | None = None
    se_linux_mount: bool | None = None
    node_allocatable_update_period_seconds: int | None = None
    service_account_token_in_secrets: bool | None = None
    prevent_pod_scheduling_if_missing: bool | None = None


class CSIDriver(Object, frozen=True):
    api_version: ClassVar[str] = "storage.k8s.io/v1"
    kind: ClassVar[str] = "CSIDriver"

    spec: CSIDriverSpec = field(default_factory=CSIDriverSpec)


class VolumeNodeResources(Value, frozen=True):
    count: int | None = None


class CSINodeDriver(Value, frozen=True):
    name: str = field(default_factory=str)
    node_id: str = field(default_factory=str, name="nodeID")
    topology_keys: tuple[str, ...] = field(default_factory=tuple)
    allocatable: VolumeNodeResources | None = None


class CSINodeSpec(Value, frozen=True):
    drivers: tuple[CSINodeDriver, ...] = field(default_factory=tuple)


class CSINode(Object, frozen=True):
    api_version: ClassVar[str] = "storage.k8s.io/v1"
    kind: ClassVar[str] = "CSINode"

    spec: CSINodeSpec = field(default_factory=CSINodeSpec)


class CSIStorageCapacity(Object, frozen=True):
    api_version: ClassVar[str] = "storage.k8s.io/v1"
    kind: ClassVar[str] = "CSIStorageCapacity"

    node_topology: LabelSelector | None = None
    storage_class_name: str = field(default_factory=str)
    capacity: Quantity | None = None
    maximum_volume_size: Quantity | None = None


class VolumeAttachmentSource(Value, frozen=True):
    persistent_volume_name: str | None = None
    inline_volume_spec: PersistentVolumeSpec | None = None


class VolumeAttachmentSpec(Value, frozen=True):
    attacher: str = field(default_factory=str)
    source: VolumeAttachmentSource = field(default_factory=VolumeAttachmentSource)
    node_name: str = field(default_factory=str)


class VolumeError(Value, frozen=True):
    time: Time | None = None
    message: str = ""
    error_code: int | None = None


class VolumeAttachmentStatus(Value, frozen=True):
    attached: bool = field(default_factory=bool)
    attachment_metadata: dict[str, str] = {}
    attach_error: VolumeError | None = None
    detach_error: VolumeError | None = None


class VolumeAttachment(Object, frozen=True):
    api_version: ClassVar[str] = "storage.k8s.io/v1"
    kind: ClassVar[str] = "VolumeAttachment"

    spec: VolumeAttachmentSpec = field(default_factory=VolumeAttachmentSpec)
    status: VolumeAttachmentStatus = field(default_factory=VolumeAttachmentStatus)


class VolumeAttributesClass(Object, frozen=True):
    api_version: ClassVar[str] = "storage.k8s.io/v1"
    kind: ClassVar[str] = "VolumeAttributesClass"

    driver_name: str = field(default_factory=str)
    parameters: dict[str, str] = {}
