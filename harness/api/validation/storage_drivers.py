"""What the API server demands of what drivers of storage say: CSIDriver, CSINode, CSIStorageCapacity, VolumeAttachment.

Owns their rules, at creation and at a change. Mirrors pkg/apis/storage/validation/validation.go, and the strategies in
pkg/registry/storage for what is checked when.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, required, too_long, unsupported
from harness.api.validation.fields import AT_LEAST_ZERO, at_least_zero, complaints, selector_problems
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import between, dns_subdomain, qualified_name
from harness.api.validation.persistent_volumes import inline_spec_problems
from harness.api.validation.volume_sources import driver_name_problems
from harness.objects import quantity
from harness.objects.csi import (
    CSIDriver,
    CSIDriverSpec,
    CSINode,
    CSINodeDriver,
    CSIStorageCapacity,
    TokenRequest,
    VolumeAttachment,
    VolumeAttachmentSource,
    VolumeError,
)

_MAX_INT32 = 2**31 - 1
_MIN_UPDATE_PERIOD_SECONDS = 10
_MIN_TOKEN_SECONDS = 600
_MAX_TOKEN_SECONDS = 2**32
_MAX_NODE_ID_BYTES = 256
_MAX_ATTACHMENT_BYTES = 256 * 1024
_MAX_ERROR_BYTES = 1024
_GROUP_POLICIES = ("File", "None", "ReadWriteOnceWithFSType")
_LIFECYCLE_MODES = ("Persistent", "Ephemeral")


def driver_problems(driver: CSIDriver) -> list[FieldProblem]:
    problems = metadata_problems(driver.metadata, False, dns_subdomain, "metadata")
    return problems + _driver_spec_problems(driver.spec)


def driver_update_problems(new: CSIDriver, old: CSIDriver) -> list[FieldProblem]:
    problems = driver_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    if new.spec.attach_required != old.spec.attach_required:
        problems.append(invalid("spec.attachedRequired", new.spec.attach_required, IMMUTABLE))
    if new.spec.volume_lifecycle_modes != old.spec.volume_lifecycle_modes:
        problems.append(invalid("spec.volumeLifecycleModes", new.spec.volume_lifecycle_modes, IMMUTABLE))
    return problems


def _driver_spec_problems(spec: CSIDriverSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.fs_group_policy is not None and spec.fs_group_policy not in _GROUP_POLICIES:
        problems.append(unsupported("spec.fsGroupPolicy", spec.fs_group_policy, _GROUP_POLICIES))
    problems += _token_problems(spec.token_requests, "spec.tokenRequests")
    problems += [
        unsupported("spec.volumeLifecycleModes", mode, _LIFECYCLE_MODES)
        for mode in spec.volume_lifecycle_modes
        if mode not in _LIFECYCLE_MODES
    ]
    period = spec.node_allocatable_update_period_seconds
    if period is not None and period < _MIN_UPDATE_PERIOD_SECONDS:
        text = "must be greater than or equal to 10 seconds"
        problems.append(invalid("spec.nodeAllocatableUpdatePeriodSeconds", period, text))
    if spec.service_account_token_in_secrets is not None and not spec.token_requests:
        text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified"
        at = "spec.serviceAccountTokenInSecrets"
        problems.append(invalid(at, spec.service_account_token_in_secrets, text))
    return problems


def _token_problems(requests: Sequence[TokenRequest], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    audiences: set[str] = set()
    for index, request in enumerate(requests):
        if request.audience in audiences:
            problems.append(duplicate(f"{path}[{index}].audience", request.audience))
            continue
        audiences.add(request.audience)
        seconds, at = request.expiration_seconds, f"{path}[{index}].expirationSeconds"
        if seconds is not None and seconds < _MIN_TOKEN_SECONDS:
            problems.append(invalid(at, seconds, "may not specify a duration less than 10 minutes"))
        if seconds is not None and seconds > _MAX_TOKEN_SECONDS:
            problems.append(invalid(at, seconds, "may not specify a duration larger than 2^32 seconds"))
    return problems


def node_problems(node: CSINode) -> list[FieldProblem]:
    problems = metadata_problems(node.metadata, False, dns_subdomain, "metadata")
    names: set[str] = set()
    for index, driver in enumerate(node.spec.drivers):
        at = f"spec.drivers[{index}]"
        problems += _node_driver_problems(driver, at)
        if driver.name in names:
            problems.append(duplicate(f"{at}.name", driver.name))
        names.add(driver.name)
        problems += _topology_key_problems(driver.topology_keys, at)
    return problems


def node_update_problems(new: CSINode, old: CSINode) -> list[FieldProblem]:
    """A driver may come and go, and its limits may change; where it says it is may not."""
    problems = node_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    for before in old.spec.drivers:
        for after in new.spec.drivers:
            fixed = replace(after, allocatable=None)
            if after.name == before.name and fixed != replace(before, allocatable=None):
                problems.append(invalid("spec.drivers", shown(fixed), IMMUTABLE))
    return problems


def _node_driver_problems(driver: CSINodeDriver, path: str) -> list[FieldProblem]:
    problems = driver_name_problems(driver.name, f"{path}.name")
    if not driver.node_id:
        problems.append(required(f"{path}.nodeID"))
    if len(driver.node_id.encode()) > _MAX_NODE_ID_BYTES:
        text = f"must be {_MAX_NODE_ID_BYTES} characters or less"
        problems.append(invalid(f"{path}.nodeID", driver.node_id, text))
    if driver.allocatable is not None:
        problems += at_least_zero(driver.allocatable.count, f"{path}.allocatable.count")
    return problems


def _topology_key_problems(keys: Sequence[str], path: str) -> list[FieldProblem]:
    """Reported on the driver: the server does not say which of its keys is meant."""
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for key in keys:
        if not key:
            problems.append(required(path))
        if key in seen:
            problems.append(duplicate(path, key))
        seen.add(key)
        problems += complaints(path, key, qualified_name(key))
    return problems


def capacity_problems(capacity: CSIStorageCapacity) -> list[FieldProblem]:
    problems = metadata_problems(capacity.metadata, True, dns_subdomain, "metadata")
    problems += selector_problems(capacity.node_topology, "nodeTopology")
    problems += complaints("storageClassName", capacity.storage_class_name, dns_subdomain(capacity.storage_class_name))
    if capacity.capacity is not None and quantity.parse(capacity.capacity) < 0:
        problems.append(invalid("capacity", capacity.capacity, AT_LEAST_ZERO))
    return problems


def capacity_update_problems(new: CSIStorageCapacity, old: CSIStorageCapacity) -> list[FieldProblem]:
    problems = capacity_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    if new.node_topology != old.node_topology:
        problems.append(invalid("nodeTopology", new.node_topology, IMMUTABLE))
    if new.storage_class_name != old.storage_class_name:
        problems.append(invalid("storageClassName", new.storage_class_name, IMMUTABLE))
    return problems


def attachment_problems(attachment: VolumeAttachment) -> list[FieldProblem]:
    problems = _attachment_problems(attachment)
    problems += driver_name_problems(attachment.spec.attacher, "spec.attacher")
    volume = attachment.spec.source.persistent_volume_name
    if volume is not None:
        problems += complaints("spec.source.persistentVolumeName", volume, dns_subdomain(volume))
    return problems


def attachment_update_problems(new: VolumeAttachment, old: VolumeAttachment) -> list[FieldProblem]:
    problems = _attachment_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec:
        problems.append(invalid("spec", shown(new.spec), IMMUTABLE))
    return problems


def _attachment_problems(attachment: VolumeAttachment) -> list[FieldProblem]:
    spec, status = attachment.spec, attachment.status
    problems = metadata_problems(attachment.metadata, False, dns_subdomain, "metadata")
    if not spec.attacher:
        problems.append(required("spec.attacher"))
    problems += _attached_problems(spec.source, "spec.source")
    problems += complaints("spec.nodeName", spec.node_name, dns_subdomain(spec.node_name))
    problems += _attachment_metadata_problems(status.attachment_metadata)
    problems += _error_problems(status.attach_error, "status.attachError")
    return problems + _error_problems(status.detach_error, "status.detachError")


def _attached_problems(source: VolumeAttachmentSource, path: str) -> list[FieldProblem]:
    name, inline = source.persistent_volume_name, source.inline_volume_spec
    text = "must specify exactly one of inlineVolumeSpec and persistentVolumeName"
    if name is None and inline is None:
        return [required(path, text)]
    if name is not None and inline is not None:
        return [forbidden(path, text)]
    if inline is not None:
        return inline_spec_problems(inline, f"{path}.inlineVolumeSpec")
    return [] if name else [required(f"{path}.persistentVolumeName", "must specify non empty persistentVolumeName")]


def _attachment_metadata_problems(metadata: Mapping[str, str]) -> list[FieldProblem]:
    size = sum(len(key.encode()) + len(value.encode()) for key, value in metadata.items())
    return [too_long("status.attachmentMetadata", _MAX_ATTACHMENT_BYTES)] if size > _MAX_ATTACHMENT_BYTES else []


def _error_problems(error: VolumeError | None, path: str) -> list[FieldProblem]:
    if error is None:
        return []
    problems: list[FieldProblem] = []
    # The server names the limit of the metadata, not the one it holds the message to.
    if len(error.message.encode()) > _MAX_ERROR_BYTES:
        problems.append(too_long(f"{path}.message", _MAX_ATTACHMENT_BYTES))
    if error.error_code is not None and error.error_code < 0:
        problems.append(invalid(f"{path}.errorCode", error.error_code, between(0, _MAX_INT32)))
    return problems
