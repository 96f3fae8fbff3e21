"""What the API server demands of jobs and cron jobs, and which of their changes it allows.

Mirrors pkg/apis/batch/validation/validation.go and pkg/registry/batch/job/strategy.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from harness.api.problems import FieldProblem, duplicate, invalid, quoted, required, too_many, unsupported
from harness.api.schedules import ScheduleError, read
from harness.api.time_zones import UnknownZone, zone
from harness.api.validation.fields import at_least_zero, complaints, is_readable, selector_problems, unselected_problems
from harness.api.validation.internal_form import shown
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_label, dns_subdomain, qualified_name
from harness.api.validation.pods import template_problems
from harness.api.validation.rules import Rules
from harness.objects.batch import (
    CronJob,
    CronJobSpec,
    Job,
    JobSpec,
    JobStatus,
    PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyRule,
    SuccessPolicyRule,
)
from harness.objects.conditions import is_true
from harness.objects.jobs import whole
from harness.objects.meta import Object
from harness.objects.pod import Affinity, PodSpec, PodTemplateSpec
from harness.objects.selector import matches
from harness.objects.value import Value

_INDEXED = "Indexed"
_MOST_INDEXED_PODS = 100_000
_LONGEST_CRON_JOB_NAME = 52
_MOST_RULES = 20
_MOST_EXIT_CODES = 255
_ZONE_PART = re.compile(r"[A-Za-z.\-_0-9+]{1,14}")
_CONCURRENCY = ("Allow", "Forbid", "Replace")
_ACTIONS = ("Count", "FailIndex", "FailJob", "Ignore")
_OPERATORS = ("In", "NotIn")
_TRUTHS = ("False", "True", "Unknown")
_REPLACEMENTS = ("Failed", "TerminatingOrFailed")
# (field, name as served) of what may not be negative
_AMOUNTS = (
    ("parallelism", "parallelism"),
    ("completions", "completions"),
    ("active_deadline_seconds", "activeDeadlineSeconds"),
    ("backoff_limit", "backoffLimit"),
    ("ttl_seconds_after_finished", "ttlSecondsAfterFinished"),
    ("backoff_limit_per_index", "backoffLimitPerIndex"),
    ("max_failed_indexes", "maxFailedIndexes"),
)
# What a job says before it says how it ended.
_FIRST_CONDITION = {"Failed": "FailureTarget", "Complete": "SuccessCriteriaMet"}
# (field, name as served) of what stays as it was created
_FIXED = (
    ("completion_mode", "completionMode"),
    ("pod_failure_policy", "podFailurePolicy"),
    ("backoff_limit_per_index", "backoffLimitPerIndex"),
    ("managed_by", "managedBy"),
    ("success_policy", "successPolicy"),
)


def job_problems(job: Job) -> list[FieldProblem]:
    problems = metadata_problems(job.metadata, True, dns_subdomain, "metadata")
    problems += _generated_selector(job)
    problems += _spec(job.spec)
    if job.spec.completion_mode == _INDEXED and job.spec.completions:
        last = f"{job.metadata.name}-{job.spec.completions - 1}"
        if dns_label(last):
            text = f"will not able to create pod with invalid DNS label: {last}"
            problems.append(invalid("metadata.name", job.metadata.name, text))
    return problems


def job_update_problems(new: Job, old: Job) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.status is not old.status:
        problems += _status(new.status, old.status)
    if new.spec == old.spec:
        return problems
    problems += _spec(new.spec)
    problems += _completions(new.spec, old.spec)
    if new.spec.selector != old.spec.selector:
        problems.append(_immutable("spec.selector", new.spec.selector))
    problems += _template_change(new, old)
    return problems + [
        _immutable(f"spec.{name}", getattr(new.spec, field))
        for field, name in _FIXED
        if getattr(new.spec, field) != getattr(old.spec, field)
    ]


def _status(new: JobStatus, old: JobStatus) -> list[FieldProblem]:
    """What may not stand together in a status, looked at where one of the two has changed."""
    problems = []
    if (new.ready, new.active) != (old.ready, old.active) and (new.ready or 0) > new.active:
        problems.append(invalid("status.ready", new.ready, "cannot set more ready pods than active"))
    for end, first in _FIRST_CONDITION.items():
        if is_true(new.conditions, end) and not is_true(new.conditions, first):
            text = f"Invalid value: cannot set {end}=True condition without the {first}=true condition"
            problems.append(FieldProblem(field="status.conditions", reason="FieldValueInvalid", body=text))
    return problems


def _spec(spec: JobSpec) -> list[FieldProblem]:
    problems = _any_spec(spec, "spec")
    if spec.selector is None:
        return [*problems, required("spec.selector")]
    problems += selector_problems(spec.selector, "spec.selector")
    if is_readable(spec.selector):
        problems += unselected_problems(spec.selector, spec.template.metadata.labels, "spec.template.metadata.labels")
    return problems


def _generated_selector(job: Job) -> list[FieldProblem]:
    """A job that does not choose its pods by hand must have the labels that the server made for it."""
    if job.spec.manual_selector or job.spec.selector is None:
        return []
    expected = {
        "controller-uid": job.metadata.uid,
        "job-name": job.metadata.name,
        "batch.kubernetes.io/controller-uid": job.metadata.uid,
        "batch.kubernetes.io/job-name": job.metadata.name,
    }
    labels = job.spec.template.metadata.labels
    problems = [
        invalid(f"spec.template.metadata.labels[{key}]", labels, f"must be '{value}'")
        for key, value in expected.items()
        if labels.get(key) != value
    ]
    if is_readable(job.spec.selector) and not matches(job.spec.selector, expected):
        problems.append(invalid("spec.selector", shown(job.spec.selector), "`selector` not auto-generated"))
    return problems


def _any_spec(spec: JobSpec, path: str) -> list[FieldProblem]:
    """Of a job, or of the template of one."""
    problems: list[FieldProblem] = []
    for field, name in _AMOUNTS:
        problems += at_least_zero(getattr(spec, field), f"{path}.{name}")
    if spec.max_failed_indexes is not None and spec.backoff_limit_per_index is None:
        problems.append(required(f"{path}.backoffLimitPerIndex", "when maxFailedIndexes is specified"))
    problems += _mode(spec, path)
    if spec.pod_failure_policy is not None:
        problems += _failure_policy(spec, f"{path}.podFailurePolicy")
    if spec.success_policy is not None and spec.completion_mode == _INDEXED and spec.completions is not None:
        problems += _success_policy(spec, f"{path}.successPolicy")
    problems += _replacement(spec, f"{path}.podReplacementPolicy")
    problems += template_problems(spec.template, f"{path}.template")
    return problems + _restart_policy(spec, f"{path}.template.spec.restartPolicy")


def _mode(spec: JobSpec, path: str) -> list[FieldProblem]:
    if spec.completion_mode not in (None, _INDEXED, "NonIndexed"):
        return [unsupported(f"{path}.completionMode", spec.completion_mode, (_INDEXED, "NonIndexed"))]
    problems: list[FieldProblem] = []
    if spec.completion_mode == _INDEXED:
        if spec.completions is None:
            problems.append(required(f"{path}.completions", f"when completion mode is {_INDEXED}"))
        if (spec.parallelism or 0) > _MOST_INDEXED_PODS:
            text = f"must be less than or equal to {_MOST_INDEXED_PODS} when completion mode is {_INDEXED}"
            problems.append(invalid(f"{path}.parallelism", spec.parallelism, text))
        return problems
    for field, name in (
        ("backoff_limit_per_index", "backoffLimitPerIndex"),
        ("max_failed_indexes", "maxFailedIndexes"),
    ):
        value = getattr(spec, field)
        if value is not None:
            problems.append(invalid(f"{path}.{name}", value, "requires indexed completion mode"))
    if spec.success_policy is not None:
        text = "requires indexed completion mode"
        problems.append(invalid(f"{path}.successPolicy", shown(spec.success_policy), text))
    return problems


def _replacement(spec: JobSpec, path: str) -> list[FieldProblem]:
    supported = ("Failed",) if spec.pod_failure_policy is not None else _REPLACEMENTS
    policy = spec.pod_replacement_policy
    return [] if policy is None or policy in supported else [unsupported(path, policy, supported)]


def _restart_policy(spec: JobSpec, path: str) -> list[FieldProblem]:
    """A policy that was left out has become Always by now, so that is told as missing."""
    policy = spec.template.spec.restart_policy
    if policy not in ("OnFailure", "Never"):
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if spec.pod_failure_policy is not None and policy != "Never":
        return [invalid(path, policy, 'only "Never" is supported when podFailurePolicy is specified')]
    return []


# Changes


def _immutable(path: str, value: object) -> FieldProblem:
    return invalid(path, shown(value) if isinstance(value, Value) else value, IMMUTABLE)  # type: ignore[arg-type]


def _completions(new: JobSpec, old: JobSpec) -> list[FieldProblem]:
    if new.completions == old.completions:
        return []
    if new.completion_mode != _INDEXED:
        return [_immutable("spec.completions", new.completions)]
    if new.completions is not None and old.completions is not None and new.completions == new.parallelism:
        return []
    return [invalid("spec.completions", new.completions, "can only be modified in tandem with spec.parallelism")]


def _template_change(new: Job, old: Job) -> list[FieldProblem]:
    template, stored = new.spec.template, old.spec.template
    if template == stored:
        return []
    if not _is_open(old):
        return [_immutable("spec.template", template)]
    if template == _opened(stored, template):
        return []
    return [_immutable("spec.template.spec", template.spec)]


def _is_open(job: Job) -> bool:
    """Whether where a job's pods may run, and what they need, can still change: it is suspended and has none."""
    suspended = any(each.type == "Suspended" and each.status == "True" for each in job.status.conditions)
    return bool(job.spec.suspend) and not job.status.active and (job.status.start_time is None or suspended)


def _opened(stored: PodTemplateSpec, wanted: PodTemplateSpec) -> PodTemplateSpec:
    """The stored template with everything that an open job lets change."""
    spec, given = stored.spec, wanted.spec
    opened = replace(
        spec,
        affinity=_with_node_affinity(spec, given),
        node_selector=given.node_selector,
        tolerations=given.tolerations,
        scheduling_gates=given.scheduling_gates,
    )
    for field in ("containers", "init_containers"):
        ours, theirs = getattr(spec, field), getattr(given, field)
        if len(ours) == len(theirs):
            demands = (replace(each, resources=other.resources) for each, other in zip(ours, theirs, strict=True))
            opened = replace(opened, **{field: tuple(demands)})
    metadata = replace(stored.metadata, labels=wanted.metadata.labels, annotations=wanted.metadata.annotations)
    return replace(stored, metadata=metadata, spec=opened)


def _with_node_affinity(spec: PodSpec, given: PodSpec) -> Affinity | None:
    wanted = given.affinity.node_affinity if given.affinity is not None else None
    affinity = replace(spec.affinity or Affinity(), node_affinity=wanted)
    return None if affinity == Affinity() and given.affinity is None else affinity


# Pod failure policies


def _failure_policy(spec: JobSpec, path: str) -> list[FieldProblem]:
    rules = spec.pod_failure_policy.rules if spec.pod_failure_policy is not None else ()
    problems = [too_many(f"{path}.rules", len(rules), _MOST_RULES)] if len(rules) > _MOST_RULES else []
    containers = (*spec.template.spec.containers, *spec.template.spec.init_containers)
    names = frozenset(container.name for container in containers)
    for index, rule in enumerate(rules):
        problems += _failure_rule(spec, rule, f"{path}.rules[{index}]", names)
    return problems


def _success_policy(spec: JobSpec, path: str) -> list[FieldProblem]:
    rules = spec.success_policy.rules if spec.success_policy is not None else ()
    problems: list[FieldProblem] = []
    if not rules:
        text = "at least one rules must be specified when the successPolicy is specified"
        problems.append(required(f"{path}.rules", text))
    if len(rules) > _MOST_RULES:
        problems.append(too_many(f"{path}.rules", len(rules), _MOST_RULES))
    for index, rule in enumerate(rules):
        problems += _success_rule(rule, spec.completions or 0, f"{path}.rules[{index}]")
    return problems


def _success_rule(rule: SuccessPolicyRule, completions: int, path: str) -> list[FieldProblem]:
    count, named = rule.succeeded_count, rule.succeeded_indexes
    if count is None and named is None:
        return [required(path, "at least one of succeededCount or succeededIndexes must be specified")]
    problems: list[FieldProblem] = []
    total = 0
    if named is not None:
        total, wrong = _indexes(named, completions)
        if wrong:
            text = f"error parsing succeededIndexes: {wrong}"
            problems.append(invalid(f"{path}.succeededIndexes", named, text))
    if count is None:
        return problems
    at = f"{path}.succeededCount"
    problems += at_least_zero(count, at)
    limits = [(completions, "the number of specified completions")]
    if named is not None:
        limits.append((total, "the number of indexes in the specified succeededIndexes field"))
    return problems + [
        invalid(at, count, f"must be less than or equal to {limit} ({what})") for limit, what in limits if count > limit
    ]


def _indexes(text: str, completions: int) -> tuple[int, str]:
    """How many indexes a text names, and what is wrong with it; "" if nothing is."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        ends = part.split("-")
        if len(ends) > 2:
            what = "violates the requirement that an index interval can have at most two parts separated by '-'"
            return 0, f"the fragment {quoted(part)} {what}"
        numbers = []
        for end in ends:
            number = whole(end)
            if number is None:
                return 0, f"cannot convert string to integer for index: {quoted(end)}"
            if number >= completions:
                return 0, f"too large index: {quoted(end)}"
            numbers.append(number)
        first, final = numbers[0], numbers[-1]
        if len(numbers) > 1 and first >= final:
            return 0, f"non-increasing order, previous: {first}, current: {final}"
        if last >= first:
            return 0, f"non-increasing order, previous: {last}, current: {first}"
        total, last = total + final - first + 1, final
    return total, ""


def _failure_rule(spec: JobSpec, rule: PodFailurePolicyRule, path: str, names: frozenset[str]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if rule.action == "FailIndex" and spec.backoff_limit_per_index is None:
        problems.append(invalid(f"{path}.action", rule.action, "requires the backoffLimitPerIndex to be set"))
    problems += _word(rule.action, _ACTIONS, f"{path}.action")
    if rule.on_exit_codes is not None:
        problems += _exit_codes(rule.on_exit_codes, f"{path}.onExitCodes", names)
    if len(rule.on_pod_conditions) > _MOST_RULES:
        problems.append(too_many(f"{path}.onPodConditions", len(rule.on_pod_conditions), _MOST_RULES))
    for index, pattern in enumerate(rule.on_pod_conditions):
        at = f"{path}.onPodConditions[{index}]"
        problems += complaints(f"{at}.type", pattern.type, qualified_name(pattern.type))
        problems += _word(pattern.status, _TRUTHS, f"{at}.status")
    both = rule.on_exit_codes is not None and rule.on_pod_conditions
    if both or (rule.on_exit_codes is None and not rule.on_pod_conditions):
        text = (
            "specifying both OnExitCodes and OnPodConditions is not supported"
            if both
            else "specifying one of OnExitCodes and OnPodConditions is required"
        )
        problems.append(FieldProblem(field=path, reason="FieldValueInvalid", body=f"Invalid value: {text}"))
    return problems


def _word(value: str, words: Iterable[str], path: str) -> list[FieldProblem]:
    """A word that must be given; an error says which there are."""
    if not value:
        return [required(path, f"valid values: [{' '.join(map(quoted, words))}]")]
    return [] if value in words else [unsupported(path, value, words)]


def _exit_codes(demand: PodFailurePolicyOnExitCodesRequirement, path: str, names: frozenset[str]) -> list[FieldProblem]:
    problems = _word(demand.operator, _OPERATORS, f"{path}.operator")
    if demand.container_name is not None and demand.container_name not in names:
        text = "must be one of the container or initContainer names in the pod template"
        problems.append(invalid(f"{path}.containerName", demand.container_name, text))
    codes = demand.values
    if not codes:
        problems.append(invalid(f"{path}.values", codes, "at least one value is required"))
    elif len(codes) > _MOST_EXIT_CODES:
        problems.append(too_many(f"{path}.values", len(codes), _MOST_EXIT_CODES))
    for index, code in enumerate(codes):
        if code == 0 and demand.operator == "In":
            problems.append(invalid(f"{path}.values[{index}]", code, "must not be 0 for the In operator"))
        if code in codes[:index]:
            problems.append(duplicate(f"{path}.values[{index}]", code))
    if list(codes) != sorted(codes):
        problems.append(invalid(f"{path}.values", codes, "must be ordered"))
    return problems


# Cron jobs


def cron_job_problems(cron_job: CronJob) -> list[FieldProblem]:
    problems = metadata_problems(cron_job.metadata, True, dns_subdomain, "metadata")
    problems += _cron_job_spec(cron_job.spec)
    if len(cron_job.metadata.name) > _LONGEST_CRON_JOB_NAME:
        # The name of a job is that of its cron job, a dash and ten digits.
        text = f"must be no more than {_LONGEST_CRON_JOB_NAME} characters"
        problems.append(invalid("metadata.name", cron_job.metadata.name, text))
    return problems


def cron_job_update_problems(new: CronJob, old: CronJob) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.spec == old.spec else problems + _cron_job_spec(new.spec)


def _cron_job_spec(spec: CronJobSpec) -> list[FieldProblem]:
    problems = _schedule(spec)
    problems += at_least_zero(spec.starting_deadline_seconds, "spec.startingDeadlineSeconds")
    if spec.time_zone is not None:
        problems += _time_zone(spec.time_zone)
    if not spec.concurrency_policy:
        problems.append(required("spec.concurrencyPolicy"))
    elif spec.concurrency_policy not in _CONCURRENCY:
        problems.append(unsupported("spec.concurrencyPolicy", spec.concurrency_policy, _CONCURRENCY))
    template = spec.job_template.spec
    problems += _any_spec(template, "spec.jobTemplate.spec")
    if template.selector is not None:
        text = "`selector` will be auto-generated"
        problems.append(invalid("spec.jobTemplate.spec.selector", shown(template.selector), text))
    if template.manual_selector:
        problems.append(unsupported("spec.jobTemplate.spec.manualSelector", True, ("nil", "false")))
    problems += at_least_zero(spec.successful_jobs_history_limit, "spec.successfulJobsHistoryLimit")
    return problems + at_least_zero(spec.failed_jobs_history_limit, "spec.failedJobsHistoryLimit")


def _schedule(spec: CronJobSpec) -> list[FieldProblem]:
    if not spec.schedule:
        return [required("spec.schedule")]
    problems: list[FieldProblem] = []
    try:
        read(spec.schedule)
    except ScheduleError as error:
        problems.append(invalid("spec.schedule", spec.schedule, str(error)))
    if "TZ" in spec.schedule:
        text = "cannot use TZ or CRON_TZ in schedule, use timeZone field instead"
        problems.append(invalid("spec.schedule", spec.schedule, text))
    return problems


def _time_zone(name: str) -> list[FieldProblem]:
    if not name:
        return [invalid("spec.timeZone", name, "timeZone must be nil or non-empty string")]
    for part in name.split("/"):
        if part in (".", "..") or part.startswith("-") or not _ZONE_PART.fullmatch(part):
            return [invalid("spec.timeZone", name, f"unknown time zone {name}")]
    problems = []
    if name.lower() == "local":
        text = "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones"
        problems.append(invalid("spec.timeZone", name, text))
    if name != "Local":
        try:
            zone(name)
        except UnknownZone as unknown:
            problems.append(invalid("spec.timeZone", name, str(unknown)))
    return problems


RULES: Mapping[type[Object], Rules] = {
    CronJob: (cron_job_problems, cron_job_update_problems),
    Job: (job_problems, job_update_problems),
}
