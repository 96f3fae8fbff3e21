"""The disruption controller: counts the pods of each disruption budget, and writes what it allows.

Owns the status of a budget, but for what evictions spend of it. Who evicts is not known here.
Source: pkg/controller/disruption/disruption.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from msgspec.structs import replace

from harness.api import kinds
from harness.api.client import Client
from harness.api.store import Change, Key
from harness.control.controller import Controller, Process
from harness.control.events import NORMAL, WARNING
from harness.objects import selector
from harness.objects.budgets import guarding, rounded_up, with_failure, with_verdict
from harness.objects.conditions import is_ready
from harness.objects.meta import Object, OwnerReference, controller_of
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetSpec, PodDisruptionBudgetStatus
from harness.objects.value import Time

_DELETION_TIMEOUT_MS = 120_000
_UNMANAGED = (
    "Pods selected by this PodDisruptionBudget (selector: {selector}) were found to be unmanaged. As a result, the "
    "status of the PDB cannot be calculated correctly, which may result in undefined behavior. To account for these "
    'pods please set ".spec.minAvailable" field of the PDB to an integer value.'
)


class _Uncounted(Exception):
    """How many pods there ought to be cannot be said."""


class _Expected(NamedTuple):
    """How many pods there ought to be, how many of them healthy, and whether some have nobody to ask about them."""

    pods: int
    healthy: int
    unmanaged: bool = False


class DisruptionController(Controller[Key]):
    """Keys are budgets. A pod that several select wakes one of them."""

    name = "disruption-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=1)
        # The component that its Events name.
        self.recorder = process.recorders.recorder("controllermanager")
        self._loop = process.loop
        self._budgets = process.informers.of(PodDisruptionBudget)
        self._budgets_by = self._budgets.index(_asked_label)
        # Indexed where that is asked for first: in most clusters there is no budget.
        self._pods = process.informers.of(Pod)
        self._budgets.subscribe(self._budget_changed)
        self._pods.subscribe(self._pod_changed)

    def _budget_changed(self, change: Change) -> None:
        self.queue.add(_key(change.object), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        if not self._budgets.objects:
            return
        found = guarding(pod, [budget for label in _labels(pod) for budget in self._budgets_by.of(label)])
        if found:
            budget = self.process.chance.choose("disruption budget", found)
            if len(found) > 1:
                namespace, name = pod.metadata.namespace, pod.metadata.name
                message = (
                    f'Pod "{namespace}"/"{name}" matches multiple PodDisruptionBudgets.  '
                    f'Chose "{budget.metadata.name}" arbitrarily.'
                )
                self.recorder.event(pod, WARNING, "MultiplePodDisruptionBudgets", message)
            self.queue.add(_key(budget), change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        budget = self._budgets.get(*key)
        if budget is None:
            return None
        stamp = self._loop.clock.stamp()
        pods = self._selected(budget)
        if not pods:
            self.recorder.event(budget, NORMAL, "NoPods", "No matching pods found", cause=client.cause)
        try:
            expected = self._expected(budget, pods)
        except _Uncounted as problem:
            message = f"Failed to calculate the number of expected pods: {problem}"
            self.recorder.event(budget, WARNING, "CalculateExpectedPodCountFailed", message, cause=client.cause)
            await client.update_status(replace(budget, status=with_failure(budget.status, str(problem), stamp)))
            return None
        if expected.unmanaged:
            assert budget.spec.selector is not None
            message = _UNMANAGED.format(selector=selector.go_string(budget.spec.selector))
            self.recorder.event(budget, WARNING, "UnmanagedPods", message, cause=client.cause)
        disrupted, again_ms = self._disrupted(budget, pods, client)
        healthy = sum([is_ready(pod) and not self._leaves(pod, disrupted) for pod in pods])
        status = PodDisruptionBudgetStatus(
            observed_generation=budget.metadata.generation,
            disrupted_pods=disrupted,
            disruptions_allowed=max(0, healthy - expected.healthy) if expected.pods > 0 else 0,
            current_healthy=healthy,
            desired_healthy=expected.healthy,
            expected_pods=expected.pods,
            conditions=budget.status.conditions,
        )
        await client.update_status(replace(budget, status=with_verdict(status, stamp)))
        return again_ms

    def _selected(self, budget: PodDisruptionBudget) -> list[Pod]:
        """The pods the budget is about, by name."""
        selected = budget.spec.selector
        if selected is None:
            return []
        found = self._pods.index(_labels).of(*_asked_label(budget))
        if len(selected.match_labels) > 1 or selected.match_expressions:
            found = [pod for pod in found if selector.matches(selected, pod.metadata.labels)]
        return sorted(found, key=lambda pod: pod.metadata.name)

    # How many there ought to be

    def _expected(self, budget: PodDisruptionBudget, pods: Sequence[Pod]) -> _Expected:
        """What the budget asks for. Raises _Uncounted."""
        spec = budget.spec
        if isinstance(spec.min_available, int):
            return _Expected(len(pods), spec.min_available)
        if spec.min_available is None and spec.max_unavailable is None:
            return _Expected(0, 0)
        scales, unmanaged = self._scales(pods)
        total = sum(scales.values())
        return _Expected(total, desired_healthy(spec, total), unmanaged)

    def _scales(self, pods: Iterable[Pod]) -> tuple[Mapping[str, int], bool]:
        """What each owner of these pods is scaled to, by uid, and whether some pods have none. Raises _Uncounted."""
        scales: dict[str, int] = {}
        asked: dict[str, None] = {}
        unmanaged = False
        for pod in pods:
            reference = controller_of(pod)
            if reference is None:
                unmanaged = True
            elif reference.uid not in asked:
                asked[reference.uid] = None
                owner = self._owner(reference, pod.metadata.namespace)
                if owner is None:
                    raise _Uncounted(f'found no controllers for pod "{pod.metadata.name}"')
                scales[owner.metadata.uid] = owner.spec.replicas
        return scales, unmanaged

    def _owner(self, reference: OwnerReference, namespace: str) -> Any:
        """Who is scaled to make this owner's pods: a Deployment stands for its ReplicaSets. None if it is gone."""
        kind = kinds.of_manifest(reference.api_version, reference.kind)
        if not kind.scalable:
            raise _Uncounted(f"{kind.resource.group_resource} does not implement the scale subresource")
        owner = self.process.informers.of_resource(kind.key).get(namespace, reference.name)
        if owner is None or owner.metadata.uid != reference.uid:
            return None
        above = controller_of(owner)
        if above is not None and (reference.kind, above.kind) == ("ReplicaSet", "Deployment"):
            return self._owner(above, namespace) or owner
        return owner

    # How many there are

    def _disrupted(
        self, budget: PodDisruptionBudget, pods: Iterable[Pod], client: Client
    ) -> tuple[dict[str, Time | None], int | None]:
        """The pods whose eviction was granted and not seen yet, and in how many ms to look at them again."""
        now_ms, namespace = self._loop.now_ms, budget.metadata.namespace
        kept: dict[str, Time | None] = {}
        due_ms: list[int] = []
        for pod in pods:
            stamp = budget.status.disrupted_pods.get(pod.metadata.name)
            if stamp is None or pod.metadata.deletion_timestamp is not None:
                continue
            expected_ms = self._loop.clock.at(stamp) + _DELETION_TIMEOUT_MS
            if expected_ms < now_ms:
                # Upstream names the namespace twice, and not the budget.
                message = f"Pod was expected by PDB {namespace}/{namespace} to be deleted but it wasn't"
                self.recorder.event(pod, WARNING, "NotDeleted", message, cause=client.cause)
            else:
                kept[pod.metadata.name] = stamp
                due_ms.append(expected_ms)
        return kept, max(1, min(due_ms) - now_ms) if due_ms else None

    def _leaves(self, pod: Pod, disrupted: Mapping[str, Time | None]) -> bool:
        """Whether the pod is on its way out, or about to be."""
        if pod.metadata.deletion_timestamp is not None:
            return True
        stamp = disrupted.get(pod.metadata.name)
        return stamp is not None and self._loop.clock.at(stamp) + _DELETION_TIMEOUT_MS > self._loop.now_ms


def desired_healthy(spec: PodDisruptionBudgetSpec, total: int) -> int:
    """How many of `total` pods a budget wants healthy, if its bound is a share, or one of those that are missing."""
    if spec.max_unavailable is not None:
        return max(0, total - rounded_up(spec.max_unavailable, total))
    return rounded_up(spec.min_available, total) if spec.min_available is not None else 0


def _key(obj: Object) -> Key:
    return (obj.metadata.namespace, obj.metadata.name)


def _asked_label(budget: PodDisruptionBudget) -> tuple[tuple[str, ...], ...]:
    """The budget's namespace, with one of the labels it asks for if there are any: this leaves few pods to compare."""
    asked = budget.spec.selector.match_labels if budget.spec.selector is not None else {}
    return ((budget.metadata.namespace, *next(iter(asked.items()), ())),)


def _labels(pod: Pod) -> tuple[tuple[str, ...], ...]:
    """The pod's namespace alone, and with each of its labels."""
    metadata = pod.metadata
    namespace = metadata.namespace
    return ((namespace,), *((namespace, key, value) for key, value in metadata.labels.items()))
