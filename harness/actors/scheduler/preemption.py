"""Whether removing less important pods would make room for one that finds no node, and which pods on which node.

Owns the decision of the DefaultPreemption plugin: who may preempt, which pods of a node would have to go, and which
node costs least. Writes nothing. Mirrors plugins/defaultpreemption and framework/preemption (preemption.go).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from harness.actors.scheduler import messages
from harness.actors.scheduler.attempt import Attempt, Check, Rejection
from harness.actors.scheduler.crowds import Placement
from harness.actors.scheduler.trial import Trial
from harness.objects import selector
from harness.objects.conditions import find
from harness.objects.disruption import DISRUPTION_TARGET, PREEMPTION_BY_SCHEDULER
from harness.objects.pod import Pod
from harness.objects.pods import priority
from harness.objects.policy import PodDisruptionBudget

_NEVER = "not eligible due to preemptionPolicy=Never."
_WAITING = "not eligible due to a terminating pod on the nominated node."
_UNHELPFUL = "Preemption is not helpful for scheduling"
_NO_VICTIMS = "No preemption victims found for incoming pod"

# How many nodes are tried: a share of those that may help, but no fewer than so many.
_LEAST_PERCENTAGE = 10
_LEAST_CANDIDATES = 100

# Added to priorities before they are summed up, so that more pods never cost less.
_PRIORITY_OFFSET = 2**31


class Candidate(NamedTuple):
    """A node, the pods that would have to go from it, most important first, and how many of those a budget protects."""

    node: str
    victims: tuple[Pod, ...]
    violations: int


class Refusal(NamedTuple):
    """Why no pods are removed. `final`: a nomination the pod has from before is worth nothing any more."""

    text: str
    final: bool


def candidates(
    attempt: Attempt,
    checks: Sequence[Check],
    rejections: Mapping[str, Rejection],
    budgets: Sequence[PodDisruptionBudget],
    latest: Callable[[Pod], Pod],
    now: str,
) -> list[Candidate] | Refusal:
    """The cheapest ways to make room, equal ones by name of node; or why there is none.

    `rejections` has every node by name; `latest` gives a placed pod as it is by now; `now` is when pods began that have
    not begun yet.
    """
    pod = attempt.pod
    if pod.spec.preemption_policy == "Never":
        return Refusal(_NEVER, False)
    if _waits_for_victims(attempt, rejections):
        return Refusal(_WAITING, False)
    resolvable = [view for view in attempt.nodes.listed() if not rejections[view.name].unresolvable]
    wanted = min(len(resolvable), max(_LEAST_CANDIDATES, len(resolvable) * _LEAST_PERCENTAGE // 100))
    found: list[Candidate] = []
    reasons = [_UNHELPFUL] * (attempt.node_count - len(resolvable))
    for view in resolvable:
        lesser = [
            each._replace(pod=latest(each.pod))
            for each in view.placements.values()
            if priority(each.pod) < priority(pod)
        ]
        outcome = _candidate(Trial(attempt, checks, view), lesser, budgets, now)
        if isinstance(outcome, Candidate):
            found.append(outcome)
            # The search goes on as long as a budget would be violated everywhere.
            if len(found) >= wanted and any(not each.violations for each in found):
                break
        else:
            reasons += outcome
    if not found:
        return Refusal(messages.preemption_unhelpful(attempt.node_count, reasons), True)
    return _cheapest(found, now)


def _waits_for_victims(attempt: Attempt, rejections: Mapping[str, Rejection]) -> bool:
    """Whether pods that were removed for this one are still ending on its nominated node."""
    pod = attempt.pod
    node = attempt.nodes.by_name.get(pod.status.nominated_node_name)
    if node is None or node.name not in rejections or rejections[node.name].unresolvable:
        return False
    return any(
        priority(each.pod) < priority(pod) and _is_ending_by_preemption(each.pod) for each in node.placements.values()
    )


def _is_ending_by_preemption(pod: Pod) -> bool:
    condition = find(pod.status.conditions, DISRUPTION_TARGET)
    return (
        pod.metadata.deletion_timestamp is not None
        and condition is not None
        and condition.status == "True"
        and condition.reason == PREEMPTION_BY_SCHEDULER
    )


def _candidate(
    trial: Trial, lesser: list[Placement], budgets: Sequence[PodDisruptionBudget], now: str
) -> Candidate | tuple[str, ...]:
    """Which of the node's less important pods would have to go; or the reasons why that would not help."""
    if not lesser:
        return (_NO_VICTIMS,)
    try:
        for each in lesser:
            trial.remove(each)
        rejection = trial.rejection()
        if rejection is not None:
            return rejection.reasons
        lesser.sort(key=lambda each: _importance(each.pod, now))
        protected, free = _by_budget(lesser, budgets)
        violations = _spared(trial, protected)
        victims = [*violations, *_spared(trial, free)]
    finally:
        trial.end()
    victims.sort(key=lambda each: _importance(each.pod, now))
    return Candidate(trial.node, tuple(each.pod for each in victims), len(violations))


def _spared(trial: Trial, placements: Sequence[Placement]) -> list[Placement]:
    """Let as many pods stay as can, the first ones first; those that have to go."""
    going = []
    for each in placements:
        trial.add(each)
        if trial.rejection() is not None:
            trial.remove(each)
            going.append(each)
    return going


def _importance(pod: Pod, now: str) -> tuple[int, str, str, str]:
    """Sorts the most important pod first: by priority, then by age; by name where nothing else tells them apart."""
    return -priority(pod), pod.status.start_time or now, pod.metadata.namespace, pod.metadata.name


def _by_budget(
    placements: Sequence[Placement], budgets: Sequence[PodDisruptionBudget]
) -> tuple[list[Placement], list[Placement]]:
    """The pods whose going would violate a budget, and the others. What a budget allows is spent in their order."""
    allowed = [budget.status.disruptions_allowed for budget in budgets]
    protected: list[Placement] = []
    free: list[Placement] = []
    for each in placements:
        metadata, violated = each.pod.metadata, False
        for index, budget in enumerate(budgets):
            if _guards(budget, each.pod) and metadata.name not in budget.status.disrupted_pods:
                allowed[index] -= 1
                violated = violated or allowed[index] < 0
        (protected if violated else free).append(each)
    return protected, free


def _guards(budget: PodDisruptionBudget, pod: Pod) -> bool:
    """To the scheduler an empty selector selects nothing, and a pod without labels has no budget."""
    metadata, asked = pod.metadata, budget.spec.selector
    return (
        budget.metadata.namespace == metadata.namespace
        and asked is not None
        and bool(asked.match_labels or asked.match_expressions)
        and bool(metadata.labels)
        and selector.matches(asked, metadata.labels)
    )


def _earliest_start(candidate: Candidate, now: str) -> str:
    """When the oldest of the most important victims began."""
    highest = priority(candidate.victims[0])
    return min(pod.status.start_time or now for pod in candidate.victims if priority(pod) == highest)


# What makes one node cheaper than another, the first difference counts; the lower number is better.
_COSTS: tuple[Callable[[Candidate], int], ...] = (
    lambda each: each.violations,
    lambda each: priority(each.victims[0]),
    lambda each: sum(priority(pod) + _PRIORITY_OFFSET for pod in each.victims),
    lambda each: len(each.victims),
)


def _cheapest(found: Sequence[Candidate], now: str) -> list[Candidate]:
    cheapest = list(found)
    for cost in _COSTS:
        lowest = min(map(cost, cheapest))
        cheapest = [each for each in cheapest if cost(each) == lowest]
    latest = max(_earliest_start(each, now) for each in cheapest)
    return sorted((each for each in cheapest if _earliest_start(each, now) == latest), key=lambda each: each.node)
