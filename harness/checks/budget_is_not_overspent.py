"""B1: no more healthy pods are evicted than their disruption budget allows.

Two acts spend a budget: an eviction, which must be booked in it, and a count that allows more than the pods that are
left bear out. A count may be late about everything but evictions, which the budget itself tells of. Pods whose owners
are no StatefulSets are not judged where the budget is a share of what these are scaled to. Deletions ask no budget.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED, Past, Scene, by_person
from harness.kernel.trace import Record
from harness.objects import selector
from harness.objects.conditions import find, is_ready, is_true
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget
from harness.objects.statefulset import StatefulSet

_TARGETED = "DisruptionTarget"
_EVICTED = "EvictionByEvictionAPI"


class Spending(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # Ready pods that were evicted, by uid.
        self._evicted: set[str] = set()

    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type == DELETED or record.previous is None:
            return
        if isinstance(record.subject, Pod):
            yield from self._evicts(record.subject, record.previous)
        else:
            yield from self._counts(record)

    def _evicts(self, pod: Pod, before: Pod) -> Iterator[Sighting]:
        condition = find(pod.status.conditions, _TARGETED)
        if condition is None or condition.reason != _EVICTED or is_true(before.status.conditions, _TARGETED):
            return
        if before.status.phase != "Running" or not is_ready(before) or before.metadata.deletion_timestamp is not None:
            return
        self._evicted.add(pod.metadata.uid)
        budgets = [budget for budget in self.scene.now.every(PodDisruptionBudget) if _guards(budget, pod)]
        if not budgets:
            return
        self.came_true += 1
        if len(budgets) > 1:
            yield Sighting(pod, f"is evicted though {len(budgets)} budgets guard it")
        elif pod.metadata.name not in budgets[0].status.disrupted_pods:
            yield Sighting(pod, f"is evicted, and the budget {budgets[0].metadata.name} does not know of it")

    def _counts(self, record: Record) -> Iterator[Sighting]:
        budget: PodDisruptionBudget = record.subject
        allowed = budget.status.disruptions_allowed
        if by_person(record) or not allowed:
            return
        self.came_true += 1
        wrong = self.scene.obstacle(record, lambda past: self._excess(budget, past))
        if wrong:
            yield Sighting(budget, wrong)

    def _excess(self, budget: PodDisruptionBudget, past: Past) -> str:
        """What is too much about what the budget allows; "" if it is not."""
        guarded = [pod for pod in past.every(Pod) if _guards(budget, pod)]
        healthy = [
            pod
            for pod in guarded
            if is_ready(pod) and pod.metadata.deletion_timestamp is None and pod.metadata.uid not in self._evicted
        ]
        desired, allowed = _desired(budget, guarded, past), budget.status.disruptions_allowed
        if desired is None or allowed <= len(healthy) - desired:
            return ""
        return f"allows {allowed} disruptions where {len(healthy)} pods are healthy and {desired} have to be"


def _guards(budget: PodDisruptionBudget, pod: Pod) -> bool:
    same = budget.metadata.namespace == pod.metadata.namespace
    return same and selector.matches(budget.spec.selector, pod.metadata.labels)


def _desired(budget: PodDisruptionBudget, guarded: list[Pod], past: Past) -> int | None:
    """How many pods have to be healthy; None where that cannot be told."""
    at_least, missing = budget.spec.min_available, budget.spec.max_unavailable
    if isinstance(at_least, int):
        return at_least
    total = _scaled_to(guarded, past)
    if total is None:
        return None
    if missing is not None:
        return max(0, total - _part(missing, total))
    return _part(at_least, total) if at_least is not None else None


def _scaled_to(guarded: list[Pod], past: Past) -> int | None:
    """The replicas of all sets that own these pods; None if other owners are among them."""
    scales: dict[str, int] = {}
    for pod in guarded:
        owner = controller_of(pod)
        if owner is None:
            continue
        found = past.get(StatefulSet, pod.metadata.namespace, owner.name) if owner.kind == "StatefulSet" else None
        if found is None or found.metadata.uid != owner.uid:
            return None
        scales[owner.uid] = found.spec.replicas or 0
    return sum(scales.values())


def _part(bound: int | str, total: int) -> int:
    if isinstance(bound, int):
        return bound
    whole, rest = divmod(int(bound.rstrip("%")) * total, 100)
    return whole + (rest > 0)


CHECK = Check(
    name="budget-is-not-overspent",
    property="B1",
    judged=EVERY_STEP,
    sentence="No more healthy pods are evicted than their disruption budget allows.",
    condition="a ready pod with a budget is evicted, or a budget is counted that allows a disruption",
    types=(Pod, PodDisruptionBudget),
    watch=Spending,
)
