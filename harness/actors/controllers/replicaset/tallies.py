"""The active pods of each owner, and how many it has in each state and on each node, kept as they change.

Owns speed and no rule: a pass over a thousand pods that only has to count them takes the count as it is kept, so that a
thousand pods starting cost a thousand times one pod and not its square.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

import msgspec

from harness.api.store import DELETED, Change
from harness.control.informer import Informer
from harness.objects.conditions import find
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.pods import is_active, is_terminating

_Labels: TypeAlias = tuple[tuple[str, str], ...]


class Group(msgspec.Struct):
    """The pods of one owner that have the very same labels.

    `ready` are the ready ones among the active, by the instant since when they are.
    """

    labels: Mapping[str, str]
    ready: Counter[str]
    active: int = 0
    terminating: int = 0

    def add(self, pod: Pod, sign: int) -> None:
        if is_active(pod):
            self.active += sign
            condition = find(pod.status.conditions, "Ready")
            if condition is not None and condition.status == "True":
                since = condition.last_transition_time or ""
                self.ready[since] += sign
                if not self.ready[since]:
                    del self.ready[since]
        elif is_terminating(pod):
            self.terminating += sign

    @property
    def is_empty(self) -> bool:
        return not (self.active or self.terminating)


class Tallies:
    """The counts of every owner of one kind in the process's view."""

    def __init__(self, pods: Informer[Pod], kind: str) -> None:
        self._kind = kind
        self._groups: dict[str, dict[_Labels, Group]] = {}
        self._active: dict[str, dict[str, Pod]] = {}
        self._nodes: dict[str, Counter[str]] = {}
        # Of owners that were asked for.
        self._changes: dict[str, dict[str, Pod | None]] = {}
        for pod in pods.objects.values():
            self._add(pod, 1)
        pods.subscribe(self._changed)

    def of(self, uid: str) -> Iterable[Group]:
        """The groups of the owner's pods that are active or terminating."""
        return self._groups.get(uid, {}).values()

    def active(self, uid: str) -> Collection[Pod]:
        """The active pods that the owner manages."""
        return self._active.get(uid, {}).values()

    def changes(self, uid: str) -> Mapping[str, Pod | None]:
        """The owner's active pods that changed since this was last asked, None for one that is no longer active.

        All of them when it is asked for the first time.
        """
        changes = self._changes.get(uid)
        self._changes[uid] = {}
        return dict(self._active.get(uid, {})) if changes is None else changes

    def nodes(self, uid: str) -> Mapping[str, int]:
        """How many active pods of the owner are on each node, those without a node under the empty name."""
        return self._nodes.get(uid, {})

    def _changed(self, change: Change) -> None:
        if self._is_of_others(change):
            return
        if change.previous is not None:
            self._add(change.previous, -1)
        if change.type != DELETED:
            self._add(change.object, 1)

    def _is_of_others(self, change: Change) -> bool:
        """Whether the pod has, and had, one owner of another kind: what most pods are to most controllers."""
        owners, previous = change.object.metadata.owner_references, change.previous
        if len(owners) != 1 or owners[0].kind == self._kind:
            return False
        return previous is None or previous.metadata.owner_references is owners

    def _add(self, pod: Pod, sign: int) -> None:
        owner = controller_of(pod)
        if owner is None or owner.kind != self._kind:
            return
        groups = self._groups.setdefault(owner.uid, {})
        labels = tuple(sorted(pod.metadata.labels.items()))
        group = groups.get(labels)
        if group is None:
            group = groups[labels] = Group(pod.metadata.labels, Counter())
        group.add(pod, sign)
        if is_active(pod):
            self._place(owner.uid, pod, sign)
        if group.is_empty:
            del groups[labels]
            if not groups:
                del self._groups[owner.uid]

    def _place(self, uid: str, pod: Pod, sign: int) -> None:
        """Note or forget an active pod."""
        pods = self._active.setdefault(uid, {})
        nodes = self._nodes.setdefault(uid, Counter())
        nodes[pod.spec.node_name] += sign
        changes = self._changes.get(uid)
        if changes is not None:
            changes[pod.metadata.uid] = pod if sign > 0 else None
        if sign > 0:
            pods[pod.metadata.uid] = pod
            return
        del pods[pod.metadata.uid]
        if not nodes[pod.spec.node_name]:
            del nodes[pod.spec.node_name]
        if not pods:
            del self._active[uid], self._nodes[uid]
