"""What the API server demands of ConfigMaps, Secrets, nodes and Events, and which of their changes it allows.

Mirrors pkg/apis/core/validation (ValidateConfigMap, ValidateSecret, ValidateNode and their updates; events.go).
"""

from __future__ import annotations

from harness.api.problems import FieldProblem, forbidden, invalid, too_long
from harness.api.validation.fields import complaints
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import config_key, dns_subdomain
from harness.api.validation.resources import amounts_problems
from harness.api.validation.scheduling import taint_problems
from harness.objects.config import ConfigMap, Secret
from harness.objects.event import Event
from harness.objects.node import Node

SIZE_LIMIT_BYTES = 1024 * 1024


def config_map_problems(config: ConfigMap) -> list[FieldProblem]:
    return metadata_problems(config.metadata, True, dns_subdomain, "metadata") + _config_map_data_problems(config)


def config_map_update_problems(new: ConfigMap, old: ConfigMap) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if old.immutable:
        text = "field is immutable when `immutable` is set"
        if not new.immutable:
            problems.append(forbidden("immutable", text))
        if new.data != old.data:
            problems.append(forbidden("data", text))
        if new.binary_data != old.binary_data:
            problems.append(forbidden("binaryData", text))
    if (new.data, new.binary_data) != (old.data, old.binary_data):
        problems += _config_map_data_problems(new)
    return problems


def _config_map_data_problems(config: ConfigMap) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    size = 0
    for key in sorted(config.data):
        problems += complaints(f"data[{key}]", key, config_key(key))
        if key in config.binary_data:
            problems.append(invalid(f"data[{key}]", key, "duplicate of key present in binaryData"))
        size += len(config.data[key].encode())
    for key in sorted(config.binary_data):
        problems += complaints(f"binaryData[{key}]", key, config_key(key))
        size += _decoded_size(config.binary_data[key])
    if size > SIZE_LIMIT_BYTES:
        problems.append(too_long("", SIZE_LIMIT_BYTES))
    return problems


def secret_problems(secret: Secret) -> list[FieldProblem]:
    return metadata_problems(secret.metadata, True, dns_subdomain, "metadata") + _secret_data_problems(secret)


def secret_update_problems(new: Secret, old: Secret) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.type != old.type:
        problems.append(invalid("type", new.type, IMMUTABLE))
    if old.immutable:
        text = "field is immutable when `immutable` is set"
        if not new.immutable:
            problems.append(forbidden("immutable", text))
        if new.data != old.data:
            problems.append(forbidden("data", text))
    return problems if new.data == old.data else problems + _secret_data_problems(new)


def _secret_data_problems(secret: Secret) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for key in sorted(secret.data):
        problems += complaints(f"data[{key}]", key, config_key(key))
    if sum(_decoded_size(text) for text in secret.data.values()) > SIZE_LIMIT_BYTES:
        problems.append(too_long("data", SIZE_LIMIT_BYTES))
    return problems


def _decoded_size(text: str) -> int:
    """Bytes behind a text in base64."""
    return len(text) * 3 // 4 - text.count("=", -2)


def node_problems(node: Node) -> list[FieldProblem]:
    problems = metadata_problems(node.metadata, False, dns_subdomain, "metadata")
    problems += taint_problems(node.spec.taints, "spec.taints")
    return problems + _node_status_problems(node)


def node_update_problems(new: Node, old: Node) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec.taints is not old.spec.taints and new.spec.taints != old.spec.taints:
        problems += taint_problems(new.spec.taints, "spec.taints")
    if (new.status.capacity, new.status.allocatable) != (old.status.capacity, old.status.allocatable):
        problems += _node_status_problems(new)
    if old.spec.pod_cidrs and new.spec.pod_cidrs != old.spec.pod_cidrs:
        problems.append(forbidden("spec.podCIDRs", 'node updates may not change podCIDR except from "" to valid'))
    if old.spec.provider_id and new.spec.provider_id != old.spec.provider_id:
        text = 'node updates may not change providerID except from "" to valid'
        problems.append(forbidden("spec.providerID", text))
    return problems


def _node_status_problems(node: Node) -> list[FieldProblem]:
    problems = amounts_problems(node.status.capacity, "status.capacity")
    return problems + amounts_problems(node.status.allocatable, "status.allocatable")


def event_problems(event: Event) -> list[FieldProblem]:
    problems = metadata_problems(event.metadata, True, dns_subdomain, "metadata")
    about, own = event.involved_object.namespace, event.metadata.namespace
    if about != own and (about or own != "default"):
        problems.append(invalid("involvedObject.namespace", about, "does not match event.namespace"))
    return problems


def event_update_problems(new: Event, old: Event) -> list[FieldProblem]:
    return metadata_update_problems(new.metadata, old.metadata)
