"""What the API server demands of a PersistentVolumeClaim, and which of its changes it allows.

Mirrors pkg/apis/core/validation (ValidatePersistentVolumeClaim, ValidatePersistentVolumeClaimUpdate). Whether a class
allows growth is for admission to say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec.structs import replace

from harness.api.problems import FieldProblem, Verbatim, forbidden, invalid, required, unsupported
from harness.api.validation.fields import complaints, selector_problems
from harness.api.validation.internal_form import difference
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_subdomain
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION

ACCESS_MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")
VOLUME_MODES = ("Block", "Filesystem")

# The server means to show the path of the other field, which as JSON is an empty object.
_NOTHING_SHOWN = Verbatim("{}")
_SPEC_IS_FIXED = (
    "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"
)


def claim_problems(claim: PersistentVolumeClaim) -> list[FieldProblem]:
    problems = metadata_problems(claim.metadata, True, dns_subdomain, "metadata")
    return problems + claim_spec_problems(claim.spec, "spec")


def claim_spec_problems(spec: PersistentVolumeClaimSpec, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.access_modes:
        problems.append(required(f"{path}.accessModes", "at least 1 access mode is required"))
    problems += selector_problems(spec.selector, f"{path}.selector")
    problems += access_mode_problems(spec.access_modes, f"{path}.accessModes")
    problems += _request_problems(spec, f"{path}.resources[storage]")
    if spec.storage_class_name:
        wrong = dns_subdomain(spec.storage_class_name)
        problems += complaints(f"{path}.storageClassName", spec.storage_class_name, wrong)
    if spec.volume_mode is not None and spec.volume_mode not in VOLUME_MODES:
        problems.append(unsupported(f"{path}.volumeMode", spec.volume_mode, VOLUME_MODES))
    problems += _data_source_problems(spec, path)
    if spec.volume_attributes_class_name:
        name = spec.volume_attributes_class_name
        problems += complaints(f"{path}.volumeAttributesClassName", name, dns_subdomain(name))
    return problems


def access_mode_problems(modes: Sequence[str], path: str) -> list[FieldProblem]:
    problems = [unsupported(path, mode, ACCESS_MODES) for mode in modes if mode not in ACCESS_MODES]
    known = [mode for mode in modes if mode in ACCESS_MODES]
    if "ReadWriteOncePod" in known and any(mode != "ReadWriteOncePod" for mode in known):
        problems.append(forbidden(path, "may not use ReadWriteOncePod with other access modes"))
    return problems


def _request_problems(spec: PersistentVolumeClaimSpec, path: str) -> list[FieldProblem]:
    storage = spec.resources.requests.get("storage")
    if storage is None:
        return [required(path)]
    if quantity.parse(storage) <= 0:
        return [invalid(path, storage, "must be greater than zero")]
    return []


def _data_source_problems(spec: PersistentVolumeClaimSpec, path: str) -> list[FieldProblem]:
    source, reference = spec.data_source, spec.data_source_ref
    problems: list[FieldProblem] = []
    for name, part in (("dataSource", source), ("dataSourceRef", reference)):
        if part is None:
            continue
        at = f"{path}.{name}"
        if not part.name:
            problems.append(required(f"{at}.name"))
        if not part.kind:
            problems.append(required(f"{at}.kind"))
        if not part.api_group and part.kind != "PersistentVolumeClaim":
            text = "must be 'PersistentVolumeClaim' when referencing the default apiGroup"
            problems.append(invalid(at, part.kind, text))
        elif part.api_group:
            problems += complaints(f"{at}.apiGroup", part.api_group, dns_subdomain(part.api_group))
    if source is not None and reference is not None:
        same = (source.api_group, source.kind, source.name) == (reference.api_group, reference.kind, reference.name)
        if not same:
            problems.append(invalid(path, _NOTHING_SHOWN, "must match dataSourceRef"))
    return problems


def claim_update_problems(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec != old.spec or new.metadata.annotations != old.metadata.annotations:
        problems += claim_spec_problems(new.spec, "spec")
        problems += _change_problems(new, old)
    return problems


def _change_problems(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    was, becomes = (claim.metadata.annotations.get(BETA_CLASS_ANNOTATION) for claim in (old, new))
    if (was or "") != (becomes or "") and not _moves_class_to_field(new, old):
        problems.append(invalid(f"metadata.annotations.{BETA_CLASS_ANNOTATION}", becomes or "", IMMUTABLE))
    before = old.spec if old.spec.volume_name else replace(old.spec, volume_name=new.spec.volume_name)
    after = _with_allowed_changes(new, old)
    if after != before:
        problems.append(forbidden("spec", f"{_SPEC_IS_FIXED}\n{difference(before, after)}"))
    problems += _shrink_problems(new, old)
    if new.spec.volume_mode != old.spec.volume_mode:
        problems.append(invalid("volumeMode", new.spec.volume_mode, IMMUTABLE))
    if new.spec.volume_attributes_class_name != old.spec.volume_attributes_class_name:
        problems += _attributes_class_problems(new, old)
    return problems


def _with_allowed_changes(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> PersistentVolumeClaimSpec:
    """The new spec with every change undone that an old claim allows; what still differs is refused."""
    spec, was = new.spec, old.spec
    if _class_may_change(new, old):
        spec = replace(spec, storage_class_name=was.storage_class_name)
    requests = _as_written(spec.resources.requests, was.resources.requests)
    if old.status.phase == "Bound":
        spec = replace(spec, volume_attributes_class_name=was.volume_attributes_class_name)
        if requests:
            requests["storage"] = was.resources.requests.get("storage", "0")
    limits = _as_written(spec.resources.limits, was.resources.limits)
    return replace(spec, resources=replace(spec.resources, requests=requests, limits=limits))


def _as_written(amounts: Mapping[str, str], before: Mapping[str, str]) -> dict[str, str]:
    """The amounts, each in the words it had before if it has not changed: 1024Mi is 1Gi."""
    return {
        name: before[name] if name in before and quantity.parse(before[name]) == quantity.parse(text) else text
        for name, text in amounts.items()
    }


def _class_may_change(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> bool:
    """A class may be given once, to a claim that never had one, or taken over from the legacy annotation."""
    becomes = new.spec.storage_class_name
    if old.spec.storage_class_name is not None or becomes is None:
        return False
    return old.metadata.annotations.get(BETA_CLASS_ANNOTATION, becomes) == becomes


def _moves_class_to_field(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> bool:
    """Whether the class of the legacy annotation moves to the field; the annotation may then go."""
    annotated = old.metadata.annotations.get(BETA_CLASS_ANNOTATION)
    stays = new.metadata.annotations.get(BETA_CLASS_ANNOTATION, annotated) == annotated
    return annotated is not None and annotated == new.spec.storage_class_name and stays and _class_may_change(new, old)


def _shrink_problems(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> list[FieldProblem]:
    wanted = new.spec.resources.requests.get("storage")
    had = old.spec.resources.requests.get("storage")
    if wanted is None or had is None or quantity.parse(wanted) >= quantity.parse(had):
        return []
    if quantity.parse(wanted) > quantity.parse(old.status.capacity.get("storage", "0")):
        return []
    return [forbidden("spec.resources.requests.storage", "field can not be less than status.capacity")]


def _attributes_class_problems(new: PersistentVolumeClaim, old: PersistentVolumeClaim) -> list[FieldProblem]:
    if old.status.current_volume_attributes_class_name is None:
        return []
    becomes = new.spec.volume_attributes_class_name
    if becomes:
        return []
    what = "nil" if becomes is None else "empty string"
    text = f"update to {what} is forbidden when status.currentVolumeAttributesClassName is not nil"
    return [forbidden("spec.volumeAttributesClassName", text)]
