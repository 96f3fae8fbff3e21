"""The namespace controller: empties a namespace that is being deleted, and then lets it go.

Owns the order (pods first, everything else once they are gone), the waiting, and the conditions that say what is left.
Says no Events. Source: pkg/controller/namespace/namespace_controller.go, deletion/namespaced_resources_deleter.go and
deletion/status_condition_utils.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from msgspec.structs import replace

from harness.api import kinds
from harness.api.client import Client
from harness.api.kinds import Kind
from harness.api.problems import ApiError
from harness.api.store import DELETED, Change
from harness.control.controller import Controller, Process, Retry
from harness.control.workqueue import Backoff
from harness.objects.conditions import find
from harness.objects.config import Namespace, NamespaceCondition
from harness.objects.pod import Pod
from harness.objects.value import Time

# Others may be about to create something that they were still allowed to.
_GRACE_MS = 5_000
_FINALIZER_SECONDS = 15
_FINALIZER = "kubernetes"

_CONTENT_FAILURE = "NamespaceDeletionContentFailure"
_CONTENT_REMAINING = "NamespaceContentRemaining"
_FINALIZERS_REMAINING = "NamespaceFinalizersRemaining"
# Type -> (reason, message) where all is well, in the order in which they are written.
_WELL: Mapping[str, tuple[str, str]] = {
    "NamespaceDeletionDiscoveryFailure": ("ResourcesDiscovered", "All resources successfully discovered"),
    "NamespaceDeletionGroupVersionParsingFailure": ("ParsedGroupVersions", "All legacy kube types successfully parsed"),
    _CONTENT_FAILURE: ("ContentDeleted", "All content successfully deleted, may be waiting on finalization"),
    _CONTENT_REMAINING: ("ContentRemoved", "All content successfully removed"),
    _FINALIZERS_REMAINING: ("ContentHasNoFinalizers", "All content-preserving finalizers finished"),
}

Trouble = dict[str, tuple[str, str]]
"""Type of a condition that is true -> its reason and message."""


class Left(NamedTuple):
    """What is left of a kind after its deletion was asked for."""

    kind: Kind
    number: int = 0
    finalizers: Mapping[str, int] = {}
    wait_seconds: int = 0

    @property
    def is_unexpected(self) -> bool:
        """Whether nothing is known that keeps what is left."""
        return self.number > 0 and not self.wait_seconds


class NamespaceController(Controller[str]):
    """Keys are names of namespaces."""

    name = "namespace-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=10, backoff=Backoff(5, 60_000))
        self._clock = process.loop.clock
        self._namespaces = process.informers.of(Namespace)
        self._namespaces.subscribe(self._changed)

    def _changed(self, change: Change) -> None:
        metadata = change.object.metadata
        if change.type != DELETED and metadata.deletion_timestamp is not None:
            self.queue.add_after(metadata.name, _GRACE_MS)

    async def reconcile(self, key: str, client: Client) -> int | None:
        namespace = await client.get(Namespace, "", key)
        if namespace is None or namespace.metadata.deletion_timestamp is None:
            return None
        if _FINALIZER in namespace.spec.finalizers:
            wait_seconds = await self._empty(namespace, client)
            if wait_seconds:
                return (wait_seconds // 2 + 1) * 1000
        await self._let_go(namespace, client)
        return None

    async def _let_go(self, namespace: Namespace, client: Client) -> None:
        kept = tuple(name for name in namespace.spec.finalizers if name != _FINALIZER)
        try:
            await client.finalize(replace(namespace, spec=replace(namespace.spec, finalizers=kept)))
        except ApiError as problem:
            if problem.reason != "NotFound":
                raise

    async def _empty(self, namespace: Namespace, client: Client) -> int:
        """Delete what is in the namespace; how many seconds to wait for it, 0 if nothing is left. Raises Retry."""
        pods = await self._delete_all(kinds.BY_TYPE[Pod], namespace, client)
        if pods.number:
            # What comes after the pods is not looked at, and so nothing is said of it.
            await self._tell(namespace, _failures(namespace, [pods]), client)
            return _waiting([pods])
        found = await client.kinds_in(namespace.metadata.name)
        left = [await self._delete_all(kind, namespace, client) for kind in found]
        await self._tell(namespace, _failures(namespace, left) | _remainders(left), client)
        return _waiting(left)

    async def _delete_all(self, kind: Kind, namespace: Namespace, client: Client) -> Left:
        name = namespace.metadata.name
        present = await client.list(kind, name)
        if not present:
            return Left(kind)
        wait_seconds = self._grace_seconds(namespace, [obj for obj in present if isinstance(obj, Pod)])
        await client.delete_collection(kind, name)
        remaining = await client.list(kind, name)
        finalizers: dict[str, int] = {}
        for obj in remaining:
            for finalizer in obj.metadata.finalizers:
                finalizers[finalizer] = finalizers.get(finalizer, 0) + 1
        if not remaining:
            return Left(kind)
        return Left(kind, len(remaining), finalizers, wait_seconds or (_FINALIZER_SECONDS if finalizers else 0))

    def _grace_seconds(self, namespace: Namespace, pods: list[Pod]) -> int:
        """How long the slowest pod may take; 0 if the deletion of the namespace is as long ago."""
        running = (pod.spec for pod in pods if pod.status.phase not in ("Succeeded", "Failed"))
        longest = max((spec.termination_grace_period_seconds or 0 for spec in running), default=0)
        deleted = namespace.metadata.deletion_timestamp
        since_ms = self._clock.now_ms - self._clock.at(deleted) if deleted is not None else 0
        return 0 if since_ms >= longest * 1000 else longest

    async def _tell(self, namespace: Namespace, trouble: Trouble, client: Client) -> None:
        before = namespace.status.conditions
        after = told(before, trouble, self._clock.stamp())
        if after == before:
            return

        def change(stored: Namespace) -> Namespace:
            return replace(stored, status=replace(stored.status, conditions=after))

        await client.modify(namespace, change, status=True)


def told(before: tuple[NamespaceCondition, ...], trouble: Trouble, now: Time) -> tuple[NamespaceCondition, ...]:
    """The conditions after a pass that met this trouble. One that says all is well keeps its words."""
    conditions = list(before)
    for type_, well in _WELL.items():
        old = find(before, type_)
        bad = trouble.get(type_)
        if old is not None and bad is None and old.status == "False":
            continue
        status = "False" if bad is None else "True"
        reason, message = bad or well
        kept = old.last_transition_time if old is not None and old.status == status else now
        new = NamespaceCondition(type=type_, status=status, last_transition_time=kept, reason=reason, message=message)
        if old is None:
            conditions.append(new)
        else:
            conditions[conditions.index(old)] = new
    return tuple(conditions)


def _waiting(left: list[Left]) -> int:
    """How many seconds what is left may take. Raises Retry for what should be gone."""
    if any(one.is_unexpected for one in left):
        raise Retry
    return max((one.wait_seconds for one in left), default=0)


def _failures(namespace: Namespace, left: list[Left]) -> Trouble:
    """What of what is left nobody is known to hold."""
    texts = sorted(
        f"unexpected items still remain in namespace: {namespace.metadata.name} for gvr: "
        f"{one.kind.resource.group}/{one.kind.resource.version}, Resource={one.kind.resource.plural}"
        for one in left
        if one.is_unexpected
    )
    if not texts:
        return {}
    message = f"Failed to delete all resource types, {len(texts)} remaining: {', '.join(texts)}"
    return {_CONTENT_FAILURE: ("ContentDeletionFailed", message)}


def _remainders(left: list[Left]) -> Trouble:
    """What is left, and by which finalizers it is held."""
    trouble: Trouble = {}
    counts = sorted(
        f"{one.kind.resource.plural}.{one.kind.resource.group} has {one.number} resource instances"
        for one in left
        if one.number
    )
    if counts:
        trouble[_CONTENT_REMAINING] = ("SomeResourcesRemain", f"Some resources are remaining: {', '.join(counts)}")
    held: dict[str, int] = {}
    for one in left:
        for finalizer, count in one.finalizers.items():
            held[finalizer] = held.get(finalizer, 0) + count
    if held:
        listed = ", ".join(f"{name} in {held[name]} resource instances" for name in sorted(held))
        message = f"Some content in the namespace has finalizers remaining: {listed}"
        trouble[_FINALIZERS_REMAINING] = ("SomeFinalizersRemain", message)
    return trouble
