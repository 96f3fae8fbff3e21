"""What the API server demands of a StorageClass, and which of its changes it allows.

Mirrors pkg/apis/storage/validation/validation.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, duplicate, invalid, required, too_long, unsupported
from harness.api.validation.fields import complaints
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain, qualified_name
from harness.objects.storage import StorageClass, TopologySelectorTerm

_RECLAIM_POLICIES = ("Delete", "Retain")
_BINDING_MODES = ("Immediate", "WaitForFirstConsumer")
_MAX_PARAMETERS = 512
_MAX_PARAMETERS_BYTES = 256 * 1024


def class_problems(storage_class: StorageClass) -> list[FieldProblem]:
    problems = metadata_problems(storage_class.metadata, False, dns_subdomain, "metadata")
    problems += _provisioner_problems(storage_class.provisioner)
    problems += _parameter_problems(storage_class.parameters)
    if storage_class.reclaim_policy is not None and storage_class.reclaim_policy not in _RECLAIM_POLICIES:
        problems.append(unsupported("reclaimPolicy", storage_class.reclaim_policy, _RECLAIM_POLICIES))
    if storage_class.volume_binding_mode is None:
        problems.append(required("volumeBindingMode"))
    elif storage_class.volume_binding_mode not in _BINDING_MODES:
        problems.append(unsupported("volumeBindingMode", storage_class.volume_binding_mode, _BINDING_MODES))
    for index, term in enumerate(storage_class.allowed_topologies):
        problems += _topology_problems(term, f"allowedTopologies[{index}]")
    return problems


def class_update_problems(new: StorageClass, old: StorageClass) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
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


def _provisioner_problems(provisioner: str) -> list[FieldProblem]:
    if not provisioner:
        return [required("provisioner", provisioner)]
    return complaints("provisioner", provisioner, qualified_name(provisioner.lower()))


def _parameter_problems(parameters: Mapping[str, str]) -> list[FieldProblem]:
    if len(parameters) > _MAX_PARAMETERS:
        return [too_long("parameters", _MAX_PARAMETERS)]
    problems: list[FieldProblem] = []
    if "" in parameters:
        problems.append(invalid("parameters", "", "field can not be empty."))
    if sum(len(key.encode()) + len(value.encode()) for key, value in parameters.items()) > _MAX_PARAMETERS_BYTES:
        problems.append(too_long("parameters", _MAX_PARAMETERS_BYTES))
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
