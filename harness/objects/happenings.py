"""What happened to an object, in a word: `created`, `terminating`, `ready`, `bound`, `deleted`.

Owns the words that questions about the past use, and the states they stand for. Knows no storage and no time.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.conditions import is_true
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume


def _phase(*kinds: type[Any]) -> Callable[[str], Callable[[Any], bool]]:
    def of(phase: str) -> Callable[[Any], bool]:
        return lambda obj: isinstance(obj, kinds) and obj.status.phase == phase

    return of


_storage_phase = _phase(PersistentVolume, PersistentVolumeClaim)
_pod_phase = _phase(Pod)

# A word, and whether an object is in the state it names. An object that comes to be in it has had it happen.
STATES: dict[str, Callable[[Any], bool]] = {
    "terminating": lambda obj: obj.metadata.deletion_timestamp is not None,
    "scheduled": lambda obj: isinstance(obj, Pod) and obj.spec.node_name != "",
    "pending": lambda obj: _storage_phase("Pending")(obj) or _pod_phase("Pending")(obj),
    "running": _pod_phase("Running"),
    "succeeded": _pod_phase("Succeeded"),
    "failed": lambda obj: _storage_phase("Failed")(obj) or _pod_phase("Failed")(obj),
    "ready": lambda obj: isinstance(obj, (Pod, Node)) and is_true(obj.status.conditions, "Ready"),
    "unready": lambda obj: isinstance(obj, (Pod, Node)) and not is_true(obj.status.conditions, "Ready"),
    "available": _storage_phase("Available"),
    "bound": _storage_phase("Bound"),
    "released": _storage_phase("Released"),
    "lost": _storage_phase("Lost"),
    "cordoned": lambda obj: isinstance(obj, Node) and obj.spec.unschedulable,
}
CREATED = "created"
DELETED = "deleted"
WORDS = (CREATED, *STATES, DELETED)


def happened(word: str, type_: str, previous: Object | None, subject: Object) -> bool:
    """Whether a change (ADDED, MODIFIED or DELETED, from `previous` to `subject`) is what the word says."""
    if type_ == "DELETED":
        return word == DELETED
    if word == CREATED:
        return previous is None
    state = STATES.get(word)
    if state is None or not state(subject):
        return False
    return not state(previous) if previous is not None else word != "unready"
