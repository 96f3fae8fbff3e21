"""What the API server demands of the status of a job, whoever writes it.

Owns the rules and the changes for which each is looked at: what was wrong before stands in the way of no other change.
Mirrors pkg/apis/batch/validation/validation.go (validateJobStatus, ValidateJobStatusUpdate) and
pkg/registry/batch/job/strategy.go (getStatusValidationOptions).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from harness.api.problems import FieldProblem, duplicate, invalid, required
from harness.api.validation.fields import at_least_zero
from harness.api.validation.index_lists import Unreadable, counted, shared
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE
from harness.objects.batch import Job, JobSpec, JobStatus, UncountedTerminatedPods
from harness.objects.conditions import find, is_true

_COMPLETE, _FAILED = "Complete", "Failed"
_MET, _TARGET, _SUSPENDED = "SuccessCriteriaMet", "FailureTarget", "Suspended"
_SAYS = (_COMPLETE, _FAILED, _MET, _TARGET)
_NOTHING = UncountedTerminatedPods()
# (field, name as served) of what may not be negative
_AMOUNTS = (
    ("active", "active"),
    ("succeeded", "succeeded"),
    ("failed", "failed"),
    ("ready", "ready"),
    ("terminating", "terminating"),
)
# The fields whose change has a rule looked at.
_WATCHED = (
    "active",
    "ready",
    "terminating",
    "start_time",
    "completion_time",
    "completed_indexes",
    "failed_indexes",
    "uncounted_terminated_pods",
)


class _Step(NamedTuple):
    """A status and the one before; `says` and `said` are the conditions that hold, `changed` what is not as before."""

    spec: JobSpec
    status: JobStatus
    old: JobStatus
    says: frozenset[str]
    said: frozenset[str]
    changed: frozenset[str]

    @property
    def is_finished(self) -> bool:
        return _COMPLETE in self.says or _FAILED in self.says

    def holds(self, *types: str) -> bool:
        return all(each in self.says for each in types)


class _Rule(NamedTuple):
    """What must not be, looked at when one of these has changed, or always if none is named."""

    changes: tuple[str, ...]
    is_broken: Callable[[_Step], bool]
    problem: Callable[[_Step], FieldProblem]


def status_problems(new: Job, old: Job) -> list[FieldProblem]:
    """What is wrong with the status of `new`, which takes the place of that of `old`."""
    step = _step(new.spec, new.status, old.status)
    problems: list[FieldProblem] = []
    for field, name in _AMOUNTS:
        problems += at_least_zero(getattr(step.status, field), f"status.{name}")
    problems += _uncounted(step.status.uncounted_terminated_pods or _NOTHING)
    for rule in _RULES:
        looked_at = not rule.changes or not step.changed.isdisjoint(rule.changes)
        if looked_at and rule.is_broken(step):
            problems.append(rule.problem(step))
    return problems


def _step(spec: JobSpec, status: JobStatus, old: JobStatus) -> _Step:
    says, said = (frozenset(each for each in _SAYS if is_true(one.conditions, each)) for one in (status, old))
    changed = {field for field in _WATCHED if getattr(status, field) != getattr(old, field)} | (says ^ said)
    if says.isdisjoint((_COMPLETE, _FAILED)) is not said.isdisjoint((_COMPLETE, _FAILED)):
        changed.add("finished")
    return _Step(spec, status, old, says, said, frozenset(changed))


def _uncounted(uncounted: UncountedTerminatedPods) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    seen: set[str] = set()
    for name, uids in (("succeeded", uncounted.succeeded), ("failed", uncounted.failed)):
        for index, uid in enumerate(uids):
            path = f"status.uncountedTerminatedPods.{name}[{index}]"
            if not uid:
                problems.append(invalid(path, uid, "must not be empty"))
            elif uid in seen:
                problems.append(duplicate(path, uid))
            seen.add(uid)
    return problems


# Problems


def _condition(text: str) -> Callable[[_Step], FieldProblem]:
    problem = FieldProblem(field="status.conditions", reason="FieldValueInvalid", body=f"Invalid value: {text}")
    return lambda _step: problem


def _value(field: str, name: str, text: str) -> Callable[[_Step], FieldProblem]:
    return lambda step: invalid(f"status.{name}", getattr(step.status, field), text)


def _missing(name: str, text: str) -> Callable[[_Step], FieldProblem]:
    problem = required(f"status.{name}", text)
    return lambda _step: problem


# What makes a list of indexes a bad one


def _complaint(text: str | None, completions: int | None) -> str:
    if text is None or completions is None:
        return ""
    try:
        counted(text, completions)
    except Unreadable as unreadable:
        return str(unreadable)
    return ""


def _wrong_completed(step: _Step) -> str:
    return _complaint(step.status.completed_indexes, step.spec.completions)


def _wrong_failed(step: _Step) -> str:
    limited = step.spec.backoff_limit_per_index is not None
    return _complaint(step.status.failed_indexes, step.spec.completions) if limited else ""


def _overlap(step: _Step) -> int | None:
    failed, completions = step.status.failed_indexes, step.spec.completions
    if failed is None or completions is None:
        return None
    return shared(step.status.completed_indexes, failed, completions)


# What must not be


def _ends_without_start(step: _Step) -> bool:
    has_nothing_to_do = bool(step.spec.suspend) and step.spec.completions == 0
    return step.is_finished and step.status.start_time is None and not has_nothing_to_do


def _ends_before_it_starts(step: _Step) -> bool:
    start, end = step.status.start_time, step.status.completion_time
    return start is not None and end is not None and end < start


def _another_end(step: _Step) -> bool:
    now, before = step.status.completion_time, step.old.completion_time
    return now is not None and before is not None and now != before


def _another_start(step: _Step) -> bool:
    suspended = find(step.status.conditions, _SUSPENDED)
    resumes = is_true(step.old.conditions, _SUSPENDED) and suspended is not None and suspended.status == "False"
    return step.old.start_time is not None and not step.spec.suspend and not resumes


def _loses_success(step: _Step) -> bool:
    grows_and_shrinks = step.spec.completion_mode == "Indexed" and step.spec.completions == step.spec.parallelism
    return step.status.succeeded < step.old.succeeded and not grows_and_shrinks


def _disabled(type_: str) -> _Rule:
    text = f"cannot disable the terminal {type_}=True condition"
    return _Rule((type_,), lambda step: type_ in step.said, _condition(text))


def _both(changes: tuple[str, ...], one: str, other: str, text: str) -> _Rule:
    return _Rule(changes, lambda step: step.holds(one, other), _condition(f"cannot set {text} conditions"))


def _alone(changes: tuple[str, ...], end: str, first: str) -> _Rule:
    text = f"cannot set {end}=True condition without the {first}=true condition"
    return _Rule(changes, lambda step: end in step.says and first not in step.says, _condition(text))


def _unless_empty(field: str, name: str, text: str, *, is_wrong: Callable[[Any], bool] = bool) -> _Rule:
    changes = ("finished", field)
    return _Rule(
        changes, lambda step: step.is_finished and is_wrong(getattr(step.status, field)), _value(field, name, text)
    )


_RULES = (
    _both((_COMPLETE, _FAILED), _COMPLETE, _FAILED, "Complete=True and Failed=true"),
    _both((_COMPLETE, _TARGET), _COMPLETE, _TARGET, "Complete=True and FailureTarget=true"),
    _Rule(
        (_COMPLETE, "completion_time"),
        lambda step: step.status.completion_time is not None and _COMPLETE not in step.says,
        _value(
            "completion_time",
            "completionTime",
            "cannot set completionTime when there is no Complete=True condition",
        ),
    ),
    _Rule(
        (_COMPLETE, "completion_time"),
        lambda step: step.status.completion_time is None and _COMPLETE in step.says,
        _missing("completionTime", "completionTime is required for Complete jobs"),
    ),
    _Rule(
        ("start_time", "completion_time"),
        _ends_before_it_starts,
        _value("completion_time", "completionTime", "must be equal to or after `startTime`"),
    ),
    _alone((_FAILED, "failed_indexes"), _FAILED, _TARGET),
    _alone((_COMPLETE, _MET), _COMPLETE, _MET),
    _unless_empty("active", "active", "active>0 is invalid for finished job"),
    _Rule(
        ("finished", "start_time"),
        _ends_without_start,
        _missing("startTime", "startTime is required for finished job"),
    ),
    _Rule(
        ("finished", "uncounted_terminated_pods"),
        lambda step: step.is_finished and step.status.uncounted_terminated_pods not in (None, _NOTHING),
        lambda step: invalid(
            "status.uncountedTerminatedPods",
            shown(step.status.uncounted_terminated_pods or _NOTHING),
            "must be empty for finished job",
        ),
    ),
    _Rule(
        ("completed_indexes",),
        lambda step: bool(_wrong_completed(step)),
        lambda step: invalid(
            "status.completedIndexes",
            step.status.completed_indexes,
            f"error parsing completedIndexes: {_wrong_completed(step)}",
        ),
    ),
    _Rule(
        ("failed_indexes",),
        lambda step: bool(_wrong_failed(step)),
        lambda step: invalid(
            "status.failedIndexes", step.status.failed_indexes, f"error parsing failedIndexes: {_wrong_failed(step)}"
        ),
    ),
    _Rule(
        ("completed_indexes",),
        lambda step: bool(step.status.completed_indexes) and step.spec.completion_mode != "Indexed",
        _value(
            "completed_indexes",
            "completedIndexes",
            "cannot set non-empty completedIndexes when non-indexed completion mode",
        ),
    ),
    _Rule(
        ("failed_indexes",),
        lambda step: step.status.failed_indexes is not None and step.spec.backoff_limit_per_index is None,
        _value(
            "failed_indexes",
            "failedIndexes",
            "cannot set non-null failedIndexes when backoffLimitPerIndex is null",
        ),
    ),
    _Rule(
        ("completed_indexes", "failed_indexes"),
        lambda step: _overlap(step) is not None,
        lambda step: invalid(
            "status.failedIndexes",
            step.status.failed_indexes,
            f"failedIndexes and completedIndexes overlap at index: {_overlap(step)}",
        ),
    ),
    _unless_empty("terminating", "terminating", "terminating>0 is invalid for finished job"),
    _Rule(
        ("ready", "active"),
        lambda step: step.status.ready is not None and step.status.ready > step.status.active,
        _value("ready", "ready", "cannot set more ready pods than active"),
    ),
    _both((), _MET, _FAILED, "SuccessCriteriaMet=True and Failed=true"),
    _both((), _MET, _TARGET, "SuccessCriteriaMet=True and FailureTarget=true"),
    _Rule(
        (),
        lambda step: step.spec.success_policy is not None and _COMPLETE in step.says and _MET not in step.says,
        _condition("cannot set Complete=True for Job with SuccessPolicy unless SuccessCriteriaMet=True"),
    ),
    *(_disabled(each) for each in (_FAILED, _COMPLETE, _TARGET)),
    _Rule(
        (),
        lambda step: step.status.failed < step.old.failed,
        _value("failed", "failed", "cannot decrease the failed counter"),
    ),
    _Rule((), _loses_success, _value("succeeded", "succeeded", "cannot decrease the succeeded counter")),
    _Rule(("completion_time",), _another_end, _value("completion_time", "completionTime", IMMUTABLE)),
    _Rule(
        ("start_time",),
        _another_start,
        _value("start_time", "startTime", "field is immutable for unsuspended job once set"),
    ),
    _Rule(
        (_MET,),
        lambda step: _MET in step.said,
        _condition("cannot disable the SuccessCriteriaMet=True condition"),
    ),
    _Rule(
        (_MET,),
        lambda step: _MET in step.says and _COMPLETE in step.said,
        _condition("cannot set SuccessCriteriaMet=True for Job already has Complete=true conditions"),
    ),
)
