"""Play the witnesses against an outcome: what did not hold, and how often there was anything to hold.

Owns the table of checks and the fold over an outcome. Knows no property.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Any

import msgspec

from harness.checks import (
    bound_volume_suits_its_claim,
    budget_is_not_overspent,
    claim_and_volume_agree,
    job_makes_no_pod_too_many,
    late_binding_waits_for_its_pod,
    names_follow_from_the_ordinal,
    node_is_not_overcommitted,
    one_pod_runs_per_ordinal,
    ordinal_keeps_its_claim,
    ordinals_are_filled,
    partition_keeps_the_old_revision,
    pod_runs_where_its_volumes_are,
    pod_waits_for_lower_ordinals,
    preemption_takes_no_more_than_it_needs,
    rollout_replaces_one_pod_at_a_time,
    scale_down_goes_from_the_top,
    smallest_volume_is_taken,
    status_counts_what_there_is,
    used_storage_is_protected,
    used_volume_is_not_deleted,
    volume_is_attached_to_one_node,
    volume_is_detached_after_its_unmount,
    volume_keeps_its_claim,
    volume_reaches_its_pod,
    volume_serves_one_claim,
)
from harness.checks.check import Check, Sighting, Violation, Witness
from harness.checks.scene import Scene
from harness.errors import UsageError
from harness.kernel.trace import Record
from harness.objects.meta import Object, kind_of
from harness.outcome import SETTLED, Outcome, StepOutcome

_MODULES = (
    volume_serves_one_claim,
    claim_and_volume_agree,
    bound_volume_suits_its_claim,
    volume_keeps_its_claim,
    used_volume_is_not_deleted,
    used_storage_is_protected,
    late_binding_waits_for_its_pod,
    pod_runs_where_its_volumes_are,
    smallest_volume_is_taken,
    volume_is_attached_to_one_node,
    volume_is_detached_after_its_unmount,
    volume_reaches_its_pod,
    one_pod_runs_per_ordinal,
    pod_waits_for_lower_ordinals,
    scale_down_goes_from_the_top,
    rollout_replaces_one_pod_at_a_time,
    partition_keeps_the_old_revision,
    names_follow_from_the_ordinal,
    ordinal_keeps_its_claim,
    ordinals_are_filled,
    status_counts_what_there_is,
    budget_is_not_overspent,
    job_makes_no_pod_too_many,
    node_is_not_overcommitted,
    preemption_takes_no_more_than_it_needs,
)

CHECKS: dict[str, Check] = {module.CHECK.name: module.CHECK for module in _MODULES}

_BEFORE = -1
# Steps that let no actor come to rest, whatever their reason says.
_RESTLESS = ("wait", "expect")


class Report(msgspec.Struct, frozen=True):
    """`violations` in the order in which they were seen; `tally` says how often each check's condition came true."""

    violations: tuple[Violation, ...]
    tally: dict[str, int]


def examine(outcome: Outcome, names: Sequence[str] | None = None) -> tuple[Violation, ...]:
    """What did not hold, in order; each check speaks once of each object and wrong. Raises UsageError for a name."""
    return report(outcome, names).violations


def tally(outcome: Outcome, names: Sequence[str] | None = None) -> dict[str, int]:
    """How often each check's condition came true. One that has 0 was not put to the test. Raises UsageError."""
    return report(outcome, names).tally


def report(outcome: Outcome, names: Sequence[str] | None = None) -> Report:
    """Both at once. `names` are of CHECKS, all by default. Raises UsageError for a name that is none."""
    return _Examination(chosen(names)).of(outcome)


def chosen(names: Sequence[str] | None) -> tuple[Check, ...]:
    """The checks of these names, in the order of the table; all for None. Raises UsageError for a name that is none."""
    if names is None:
        return tuple(CHECKS.values())
    for name in names:
        if name not in CHECKS:
            near = get_close_matches(name, CHECKS, 1)
            guess = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(CHECKS)}"
            raise UsageError(f"there is no check named {name!r}; {guess}")
    return tuple(check for name, check in CHECKS.items() if name in names)


class _Examination:
    """One outcome being looked at by some checks."""

    def __init__(self, checks: Iterable[Check]) -> None:
        self._scene = Scene()
        self._witnesses = [(check.name, check.watch(self._scene), check.types) for check in checks]
        self._by_type: dict[type[Any], list[tuple[str, Witness]]] = {}
        for name, witness, types in self._witnesses:
            for type_ in types:
                self._by_type.setdefault(type_, []).append((name, witness))
        self._found: dict[tuple[str, str, str], Violation] = {}

    def of(self, outcome: Outcome) -> Report:
        for record in outcome.before:
            self._see(record, _BEFORE)
        for step in outcome.steps:
            for record in step.records:
                self._see(record, step.index)
            self._scene.let_pass(step.settled_ms)
            if step.reason == SETTLED and step.verb not in _RESTLESS:
                self._settled(step)
        came_true = {name: witness.came_true for name, witness, _ in self._witnesses}
        return Report(tuple(self._found.values()), came_true)

    def _see(self, record: Record, step: int) -> None:
        self._scene.take(record)
        for name, witness in self._by_type.get(type(record.subject), ()):
            for sighting in witness.see(record):
                self._note(name, sighting, step, record.sequence)

    def _settled(self, step: StepOutcome) -> None:
        for name, witness, _ in self._witnesses:
            for sighting in witness.settled():
                self._note(name, sighting, step.index, 0)

    def _note(self, name: str, sighting: Sighting, step: int, record: int) -> None:
        about = _called(sighting.about)
        violation = Violation(
            check=name, time_ms=self._scene.now_ms, step=step, about=about, text=sighting.text, record=record
        )
        self._found.setdefault((name, about, sighting.text), violation)


def _called(obj: Object) -> str:
    """`pod/web-1`, and the namespace where it is not the usual one."""
    namespace = obj.metadata.namespace
    where = f" in {namespace}" if namespace not in ("", "default") else ""
    return f"{kind_of(obj).lower()}/{obj.metadata.name}{where}"
