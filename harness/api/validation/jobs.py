"""What the API server demands of jobs and cron jobs, and which of their changes it allows.

Mirrors pkg/apis/batch/validation/validation.go and pkg/registry/batch/job/strategy.go.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from msgspec.structs import replace

from harness.api.problems import FieldProblem, duplicate, invalid, quoted, required, too_long, too_many, unsupported
from harness.api.schedules import ScheduleError, read
from harness.api.time_zones import UnknownZone, zone
from harness.api.validation.fields import at_least_zero, complaints, is_readable, selector_problems, unselected_problems
from harness.api.validation.index_lists import Unreadable, counted
from harness.api.validation.internal_form import shown
from harness.api.validation.job_status import status_problems
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import dns_label, dns_subdomain, http_path, qualified_name
from harness.api.validation.pods import template_problems
from harness.api.validation.rules import Rules
from harness.objects.batch import (
    CronJob,
    CronJobSpec,
    Job,
    JobSpec,
    PodFailurePolicyOnExitCodesRequirement,
    PodFailurePolicyRule,
    SuccessPolicy,
    SuccessPolicyRule,
)
from harness.objects.conditions import is_true
from harness.objects.meta import Object
from harness.objects.pod import Affinity, PodSpec, PodTemplateSpec
from harness.objects.selector import matches
from harness.objects.value import Value

_INDEXED = "Indexed"
_NEEDS_INDEXES = "requires indexed completion mode"
_MOST_INDEXED_PODS = 100_000
_MOST_FAILED_INDEXES = 100_000
# A job of more completions than these has a limit of its own for its parallelism and its failed indexes.
_MANY_COMPLETIONS = 100_000
_MOST_OF_MANY = 10_000
_LONGEST_MANAGER = 63
_LONGEST_LIST = 64 * 1024
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
    return problems + _names_of_pods(job)


def job_update_problems(new: Job, old: Job) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.status is not old.status:
        problems += status_problems(new, old)
    if new.spec == old.spec:
        return problems
    problems += _generated_selector(new)
    problems += _spec(new.spec)
    problems += _names_of_pods(new)
    problems += _completions(new.spec, old.spec)
    if new.spec.selector != old.spec.selector:
        problems.append(_immutable("spec.selector", new.spec.selector))
    problems += _template_change(new, old)
    return problems + [
        _immutable(f"spec.{name}", getattr(new.spec, field))
        for field, name in _FIXED
        if getattr(new.spec, field) != getattr(old.spec, field)
    ]


def _names_of_pods(job: Job) -> list[FieldProblem]:
    """The pods of an Indexed job have its name and their index for a host name."""
    if job.spec.completion_mode != _INDEXED or not job.spec.completions:
        return []
    last = f"{job.metadata.name}-{job.spec.completions - 1}"
    if not dns_label(last):
        return []
    text = f"will not able to create pod with invalid DNS label: {last}"
    return [invalid("metadata.name", job.metadata.name, text)]


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
    problems: list[FieldProblem] = []
    for key, value in expected.items():
        path, text = f"spec.template.metadata.labels[{key}]", f"must be '{value}'"
        if key not in labels:
            problems.append(required(path, text))
        elif labels[key] != value:
            problems.append(invalid(path, labels, text))
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
    if spec.managed_by is not None:
        problems += _manager(spec.managed_by, f"{path}.managedBy")
    problems += _mode(spec, path)
    if spec.pod_failure_policy is not None:
        problems += _failure_policy(spec, f"{path}.podFailurePolicy")
    if spec.success_policy is not None:
        problems += _success_policy(spec, spec.success_policy, f"{path}.successPolicy")
    problems += _replacement(spec, f"{path}.podReplacementPolicy")
    problems += template_problems(spec.template, f"{path}.template")
    return problems + _restart_policy(spec, f"{path}.template.spec.restartPolicy")


def _manager(name: str, path: str) -> list[FieldProblem]:
    """A domain and what it calls the controller (k8s.io/apimachinery, IsDomainPrefixedPath)."""
    if not name:
        return [required(path)]
    domain, _, own = name.partition("/")
    if domain and own:
        problems = [*complaints(path, domain, dns_subdomain(domain)), *complaints(path, own, http_path(own))]
    else:
        problems = [invalid(path, name, 'must be a domain-prefixed path (such as "acme.io/foo")')]
    if len(name.encode()) > _LONGEST_MANAGER:
        problems.append(too_long(path, _LONGEST_MANAGER))
    return problems


def _mode(spec: JobSpec, path: str) -> list[FieldProblem]:
    if spec.completion_mode == _INDEXED:
        return _with_indexes(spec, path)
    if spec.completion_mode not in (None, "NonIndexed"):
        return [unsupported(f"{path}.completionMode", spec.completion_mode, ("NonIndexed", _INDEXED))]
    problems: list[FieldProblem] = []
    for field, name in (
        ("backoff_limit_per_index", "backoffLimitPerIndex"),
        ("max_failed_indexes", "maxFailedIndexes"),
    ):
        value = getattr(spec, field)
        if value is not None:
            problems.append(invalid(f"{path}.{name}", value, _NEEDS_INDEXES))
    return problems


def _with_indexes(spec: JobSpec, path: str) -> list[FieldProblem]:
    """How large an Indexed job may be, so that the status has room for the indexes that are done and that failed."""
    problems: list[FieldProblem] = []
    completions, failures = spec.completions, spec.max_failed_indexes
    at_most, failed = "must be less than or equal to", f"{path}.maxFailedIndexes"
    if completions is None:
        problems.append(required(f"{path}.completions", f"when completion mode is {_INDEXED}"))
    if (spec.parallelism or 0) > _MOST_INDEXED_PODS:
        text = f"{at_most} {_MOST_INDEXED_PODS} when completion mode is {_INDEXED}"
        problems.append(invalid(f"{path}.parallelism", spec.parallelism, text))
    if completions is not None and failures is not None and failures > completions:
        problems.append(invalid(failed, failures, f"{at_most} completions"))
    if (failures or 0) > _MOST_FAILED_INDEXES:
        problems.append(invalid(failed, failures, f"{at_most} {_MOST_FAILED_INDEXES}"))
    if (completions or 0) <= _MANY_COMPLETIONS or spec.backoff_limit_per_index is None:
        return problems
    if failures is None:
        problems.append(required(failed, f"must be specified when completions is above {_MANY_COMPLETIONS}"))
    when = f"when completions are above {_MANY_COMPLETIONS} and used with backoff limit per index"
    for value, name in ((spec.parallelism, "parallelism"), (failures, "maxFailedIndexes")):
        if (value or 0) > _MOST_OF_MANY:
            problems.append(invalid(f"{path}.{name}", value, f"{at_most} {_MOST_OF_MANY} {when}"))
    return problems


def _replacement(spec: JobSpec, path: str) -> list[FieldProblem]:
    supported = ("Failed",) if spec.pod_failure_policy is not None else _REPLACEMENTS
    policy = spec.pod_replacement_policy
    return [] if policy is None or policy in supported else [unsupported(path, policy, supported)]


def _restart_policy(spec: JobSpec, path: str) -> list[FieldProblem]:
    """A policy that was left out has become Always by now, so that is told as missing."""
    policy = spec.template.spec.restart_policy
    if policy in ("", "Always"):
        return [required(path, 'valid values: "OnFailure", "Never"')]
    if policy not in ("OnFailure", "Never"):
        return [unsupported(path, policy, ("OnFailure", "Never"))]
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
    if new.completions in (None, new.parallelism):
        return []
    return [invalid("spec.completions", new.completions, "can only be modified in tandem with spec.parallelism")]


def _template_change(new: Job, old: Job) -> list[FieldProblem]:
    """Of a suspended job, where its pods may run can change, and what they need once it says that it is suspended.

    A job whose pods are still going changes in neither, unless it has not started.
    """
    template, stored = new.spec.template, old.spec.template
    if template == stored:
        return []
    suspended = bool(old.spec.suspend)
    rests = suspended and is_true(old.status.conditions, "Suspended") and not old.status.active
    if rests or (suspended and old.status.start_time is None):
        stored = _moved(stored, template)
    if not rests:
        return [] if template == stored else [_immutable("spec.template", template)]
    return (
        []
        if template.spec == _resized(stored.spec, template.spec)
        else [_immutable("spec.template.spec", template.spec)]
    )


def _moved(stored: PodTemplateSpec, wanted: PodTemplateSpec) -> PodTemplateSpec:
    """The stored template with what says where pods may run, and how they are called, taken from the other."""
    spec, given = stored.spec, wanted.spec
    moved = replace(
        spec,
        affinity=_with_node_affinity(spec, given),
        node_selector=given.node_selector,
        tolerations=given.tolerations,
        scheduling_gates=given.scheduling_gates,
    )
    metadata = replace(stored.metadata, labels=wanted.metadata.labels, annotations=wanted.metadata.annotations)
    return replace(stored, metadata=metadata, spec=moved)


def _resized(spec: PodSpec, given: PodSpec) -> PodSpec:
    """The stored pod with what its containers need taken from the other."""
    for field in ("containers", "init_containers"):
        ours, theirs = getattr(spec, field), getattr(given, field)
        if len(ours) == len(theirs):
            demands = (replace(each, resources=other.resources) for each, other in zip(ours, theirs, strict=True))
            spec = replace(spec, **{field: tuple(demands)})
    return spec


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


def _success_policy(spec: JobSpec, policy: SuccessPolicy, path: str) -> list[FieldProblem]:
    if spec.completion_mode != _INDEXED:
        return [invalid(path, shown(policy), _NEEDS_INDEXES)]
    rules = policy.rules
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
        at = f"{path}.succeededIndexes"
        if len(named) > _LONGEST_LIST:
            problems.append(too_long(at, _LONGEST_LIST))
        try:
            total = counted(named, completions)
        except Unreadable as unreadable:
            problems.append(invalid(at, named, f"error parsing succeededIndexes: {unreadable}"))
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
