"""What the API server demands of any object's metadata.

Owns names, labels, annotations, owners and finalizers, at creation and at a change. Which rule a name follows is told
by the kind. Mirrors k8s.io/apimachinery pkg/api/validation/objectmeta.go.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, forbidden, invalid, required, too_long
from harness.api.validation.names import NameRule, as_prefix, dns_label, label_value, qualified_name
from harness.objects.meta import ObjectMeta, OwnerReference

IMMUTABLE = "field is immutable"
ANNOTATIONS_LIMIT_BYTES = 256 * 1024
_STANDARD_FINALIZERS = ("kubernetes", "orphan", "foregroundDeletion")
_AT_LEAST_ZERO = "must be greater than or equal to 0"


def metadata_problems(
    metadata: ObjectMeta, namespaced: bool, rule: NameRule, path: str, *, any_finalizer: bool = False
) -> list[FieldProblem]:
    """Of a new object. `any_finalizer`: a finalizer may lack a domain, as those of custom objects."""
    problems: list[FieldProblem] = []
    if metadata.generate_name:
        problems += [
            invalid(f"{path}.generateName", metadata.generate_name, wrong)
            for wrong in as_prefix(rule, metadata.generate_name)
        ]
    if metadata.name:
        problems += [invalid(f"{path}.name", metadata.name, wrong) for wrong in rule(metadata.name)]
    else:
        problems.append(required(f"{path}.name", "name or generateName is required"))
    problems += _namespace_problems(metadata.namespace, namespaced, path)
    problems += _shared_problems(metadata, path)
    problems += _finalizer_problems(metadata.finalizers, f"{path}.finalizers", any_finalizer)
    return problems


def _namespace_problems(namespace: str, namespaced: bool, path: str) -> list[FieldProblem]:
    if not namespaced:
        return [forbidden(f"{path}.namespace", "not allowed on this type")] if namespace else []
    if not namespace:
        return [required(f"{path}.namespace")]
    return [invalid(f"{path}.namespace", namespace, wrong) for wrong in dns_label(namespace)]


def metadata_update_problems(
    new: ObjectMeta, old: ObjectMeta, path: str = "metadata", *, any_finalizer: bool = False
) -> list[FieldProblem]:
    """Of a changed object. What only the server writes is restored before, so it is not looked at here."""
    if new is old:
        return []
    problems: list[FieldProblem] = []
    if old.deletion_timestamp is not None and new.finalizers is not old.finalizers:
        added = sorted(set(new.finalizers) - set(old.finalizers))
        if added:
            listed = ", ".join(f'"{finalizer}"' for finalizer in added)
            text = (
                "no new finalizers can be added if the object is being deleted, "
                f"found new finalizers []string{{{listed}}}"
            )
            problems.append(forbidden(f"{path}.finalizers", text))
    if new.finalizers and new.finalizers != old.finalizers and not any_finalizer:
        problems += _unqualified_finalizer_problems(new.finalizers, f"{path}.finalizers")
    if new.generation < old.generation:
        problems.append(invalid(f"{path}.generation", new.generation, "must not be decremented"))
    if new.name != old.name:
        problems.append(invalid(f"{path}.name", new.name, IMMUTABLE))
    if new.namespace != old.namespace:
        problems.append(invalid(f"{path}.namespace", new.namespace, IMMUTABLE))
    if (new.labels, new.annotations, new.owner_references) != (old.labels, old.annotations, old.owner_references):
        problems += _shared_problems(new, path)
    return problems


def _shared_problems(metadata: ObjectMeta, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if metadata.generation < 0:
        problems.append(invalid(f"{path}.generation", metadata.generation, _AT_LEAST_ZERO))
    if metadata.labels:
        problems += label_problems(metadata.labels, f"{path}.labels")
    if metadata.annotations:
        problems += annotation_problems(metadata.annotations, f"{path}.annotations")
    if metadata.owner_references:
        problems += _owner_problems(metadata.owner_references, f"{path}.ownerReferences")
    return problems


def label_problems(labels: Mapping[str, str], path: str) -> list[FieldProblem]:
    """Wrong keys and values are all reported on the map itself. In order of keys, where the real order is chance."""
    problems: list[FieldProblem] = []
    for key, value in labels.items():
        if qualified_name(key) or label_value(value):
            break
    else:
        return problems
    for key in sorted(labels):
        problems += [invalid(path, key, wrong) for wrong in qualified_name(key)]
        problems += [invalid(path, labels[key], wrong) for wrong in label_value(labels[key])]
    return problems


def annotation_problems(annotations: Mapping[str, str], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    size = 0
    for key, text in annotations.items():
        size += len(key) + len(text)
        if qualified_name(key.lower()):
            problems += [invalid(path, key, wrong) for wrong in qualified_name(key.lower())]
    # A character takes four bytes at most, so most objects need no exact count.
    if size * 4 > ANNOTATIONS_LIMIT_BYTES:
        exact = sum(len(key.encode()) + len(text.encode()) for key, text in annotations.items())
        if exact > ANNOTATIONS_LIMIT_BYTES:
            problems.append(too_long(path, ANNOTATIONS_LIMIT_BYTES))
    return problems


def _owner_problems(owners: tuple[OwnerReference, ...], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    controller = ""
    for index, owner in enumerate(owners):
        needed = (
            ("apiVersion", owner.api_version),
            ("kind", owner.kind),
            ("name", owner.name),
            ("uid", owner.uid),
        )
        problems += [required(f"{path}[{index}].{name}", "must not be empty") for name, value in needed if not value]
        if owner.api_version.count("/") > 1 or owner.api_version.endswith("/"):
            text = "must be <group>/<version> or <version>"
            problems.append(invalid(f"{path}[{index}].apiVersion", owner.api_version, text))
        if (owner.api_version, owner.kind) == ("v1", "Event"):
            problems.append(invalid(f"{path}[{index}]", owner, "/v1, Kind=Event is disallowed from being an owner"))
        if not owner.controller:
            continue
        named = f"{owner.kind}/{owner.name}"
        if controller:
            text = (
                "Only one reference can have Controller set to true. "
                f'Found "true" in references for {controller} and {named}'
            )
            problems.append(invalid(path, owners, text))
        else:
            controller = named
    return problems


def _finalizer_problems(finalizers: tuple[str, ...], path: str, any_finalizer: bool) -> list[FieldProblem]:
    problems = [invalid(path, finalizer, wrong) for finalizer in finalizers for wrong in qualified_name(finalizer)]
    if not any_finalizer:
        problems += _unqualified_finalizer_problems(finalizers, path)
    if "orphan" in finalizers and "foregroundDeletion" in finalizers:
        text = "finalizer orphan and foregroundDeletion cannot be both set"
        problems.append(invalid(path, finalizers, text))
    return problems


def _unqualified_finalizer_problems(finalizers: tuple[str, ...], path: str) -> list[FieldProblem]:
    text = "name is neither a standard finalizer name nor is it fully qualified"
    return [
        invalid(f"{path}[{index}]", finalizer, text)
        for index, finalizer in enumerate(finalizers)
        if "/" not in finalizer and finalizer not in _STANDARD_FINALIZERS
    ]
