"""What the API server warns of while it accepts a request: fields and values that are on their way out.

Owns the texts, by kind. A warning changes nothing; a client shows it. Source: pkg/api/persistentvolume/util.go,
pkg/api/persistentvolumeclaim/util.go, pkg/registry/apps/statefulset/strategy.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.api.problems import quoted
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import Object, ObjectMeta
from harness.objects.statefulset import StatefulSet
from harness.objects.storage import PersistentVolume
from harness.objects.storage_classes import BETA_CLASS_ANNOTATION

_BETA_CLASS = (
    f'metadata.annotations[{BETA_CLASS_ANNOTATION}]: deprecated since v1.8; use "storageClassName" attribute instead'
)
_RECYCLE = (
    "spec.persistentVolumeReclaimPolicy: The Recycle reclaim policy is deprecated. "
    "Instead, the recommended approach is to use dynamic provisioning."
)
_NEGATIVE_HISTORY = (
    "spec.revisionHistoryLimit: a negative value retains all historical revisions; a value >= 0 is recommended"
)


def warnings(obj: Object) -> tuple[str, ...]:
    """What a create or an update of this object is warned of, in order."""
    find = _WARNINGS.get(type(obj))
    return tuple(find(obj)) if find is not None else ()


def _of_metadata(metadata: ObjectMeta) -> Iterator[str]:
    if BETA_CLASS_ANNOTATION in metadata.annotations:
        yield _BETA_CLASS


def _of_bytes(field: str, amounts: Mapping[str, str]) -> Iterator[str]:
    """Storage in fractions of a byte."""
    storage = amounts.get("storage", "")
    if storage.endswith("m"):
        yield f"{field}[storage]: fractional byte value {quoted(storage)} is invalid, must be an integer"


def _of_volume(volume: PersistentVolume) -> Iterator[str]:
    yield from _of_metadata(volume.metadata)
    if volume.spec.persistent_volume_reclaim_policy == "Recycle":
        yield _RECYCLE
    yield from _of_bytes("spec.capacity", volume.spec.capacity)


def _of_claim(claim: PersistentVolumeClaim) -> Iterator[str]:
    yield from _of_metadata(claim.metadata)
    yield from _of_bytes("spec.resources.requests", claim.spec.resources.requests)
    yield from _of_bytes("spec.resources.limits", claim.spec.resources.limits)


def _of_stateful_set(stateful_set: StatefulSet) -> Iterator[str]:
    limit = stateful_set.spec.revision_history_limit
    if limit is not None and limit < 0:
        yield _NEGATIVE_HISTORY


_WARNINGS: dict[type[Object], Callable[[Any], Iterator[str]]] = {
    PersistentVolume: _of_volume,
    PersistentVolumeClaim: _of_claim,
    StatefulSet: _of_stateful_set,
}
