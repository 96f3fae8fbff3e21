"""What the API server demands of a StorageClass and of a VolumeAttributesClass, and which of their changes it allows.

Mirrors pkg/apis/storage/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.api.problems import FieldProblem, duplicate, forbidden, invalid, required, too_long, unsupported
from harness.api.validation.fields import complaints
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain, qualified_name
from harness.objects.csi import VolumeAttributesClass
from harness.objects.storage import StorageClass, TopologySelectorTerm

_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_MAX_PARAMETERS = 512
_MAX_PARAMETERS_BYTES = 256 * 1024


def class_problems(storage_class: StorageClass) -> list[FieldProblem]:
    problems = metadata_problems(storage_class.metadata, False, dns_subdomain, "metadata")
    problems += _driver_problems(storage_class.provisioner, "provisioner")
    problems += _parameter_problems(storage_class.parameters)
    if storage_class.reclaim_policy and storage_class.reclaim_policy not in _RECLAIM_POLICIES:
        problems.append(unsupported("reclaimPolicy", storage_class.reclaim_policy, _RECLAIM_POLICIES))
    if storage_class.volume_binding_mode is None:
        problems.append(required("volumeBindingMode"))
    elif storage_class.volume_binding_mode not in _BINDING_MODES:
        problems.append(unsupported("volumeBindingMode", storage_class.volume_binding_mode, _BINDING_MODES))
    return problems + _topologies_problems(storage_class.allowed_topologies)


def class_update_problems(new: StorageClass, old: StorageClass) -> list[FieldProblem]:
    problems = class_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    if new.parameters != old.parameters:
        problems.append(invalid("parameters", new.parameters or None, IMMUTABLE))
    for name, becomes, was in (
        ("provisioner", new.provisioner, old.provisioner),
        ("reclaimPolicy", new.reclaim_policy, old.reclaim_policy),
        ("volumeBindingMode", new.volume_binding_mode, old.volume_binding_mode),
    ):
        if becomes != was:
            problems.append(invalid(name, becomes, IMMUTABLE))
    return problems


def attributes_class_problems(attributes_class: VolumeAttributesClass) -> list[FieldProblem]:
    problems = metadata_problems(attributes_class.metadata, False, dns_subdomain, "metadata")
    problems += _driver_problems(attributes_class.driver_name, "driverName")
    problems += _parameter_problems(attributes_class.parameters)
    if not attributes_class.parameters:
        problems.append(required("parameters", "must contain at least one key/value pair"))
    return problems


def attributes_class_update_problems(new: VolumeAttributesClass, old: VolumeAttributesClass) -> list[FieldProblem]:
    problems = attributes_class_problems(new) + metadata_update_problems(new.metadata, old.metadata)
    for name, changed in (
        ("driverName", new.driver_name != old.driver_name),
        ("parameters", new.parameters != old.parameters),
    ):
        if changed:
            problems.append(forbidden(name, f"updates to {name} are forbidden."))
    return problems


def _driver_problems(name: str, path: str) -> list[FieldProblem]:
    """Whoever makes the volumes: a provisioner or a driver. A refused name is shown in small letters."""
    name = name.lower()
    return complaints(path, name, qualified_name(name)) if name else [required(path)]


def _parameter_problems(parameters: Mapping[str, str]) -> list[FieldProblem]:
    if len(parameters) > _MAX_PARAMETERS:
        return [too_long("parameters", _MAX_PARAMETERS)]
    problems: list[FieldProblem] = []
    if "" in parameters:
        problems.append(invalid("parameters", "", "field can not be empty."))
    if sum(len(key.encode()) + len(value.encode()) for key, value in parameters.items()) > _MAX_PARAMETERS_BYTES:
        problems.append(too_long("parameters", _MAX_PARAMETERS_BYTES))
    return problems


def _topologies_problems(terms: Sequence[TopologySelectorTerm]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: list[dict[str, set[str]]] = []
    for index, term in enumerate(terms):
        at = f"allowedTopologies[{index}]"
        problems += _topology_problems(term, at)
        wanted = {one.key: set(one.values) for one in term.match_label_expressions}
        # An empty term counts as seen before: the server compares with lists it has not filled yet.
        if not wanted or wanted in seen:
            problems.append(duplicate(f"{at}.matchLabelExpressions", ""))
        seen.append(wanted)
    return problems


def _topology_problems(term: TopologySelectorTerm, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    keys: set[str] = set()
    for index, expression in enumerate(term.match_label_expressions):
        at = f"{path}.matchLabelExpressions[{index}]"
        if not expression.values:
            problems.append(required(f"{at}.values"))
        seen: set[str] = set()
        for position, value in enumerate(expression.values):
            if value in seen:
                problems.append(duplicate(f"{at}.values[{position}]", value))
            seen.add(value)
        problems += complaints(f"{at}.key", expression.key, qualified_name(expression.key))
        if expression.key in keys:
            problems.append(duplicate(f"{at}.key", expression.key))
        keys.add(expression.key)
    return problems
