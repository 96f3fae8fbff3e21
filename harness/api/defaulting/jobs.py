"""What the API server fills into jobs, and into the job templates of cron jobs.

Mirrors pkg/apis/batch/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, filled, filled_in, with_spec
from harness.api.defaulting.pods import default_template
from harness.objects.batch import CronJob, Job, JobSpec, JobTemplateSpec, PodFailurePolicy, PodFailurePolicyRule
from harness.objects.meta import Object

_NO_LIMIT = 2**31 - 1
_JOB = (
    ("parallelism", None, 1),
    ("completion_mode", None, "NonIndexed"),
    ("suspend", None, False),
    ("manual_selector", None, False),
)
_CRON_JOB = (
    ("concurrency_policy", "", "Allow"),
    ("suspend", None, False),
    ("successful_jobs_history_limit", None, 3),
    ("failed_jobs_history_limit", None, 1),
)
_PATTERN = (("status", "", "True"),)


def _default_job(job: Job) -> Job:
    labels = job.spec.template.metadata.labels
    if labels and not job.metadata.labels:
        job = replace(job, metadata=replace(job.metadata, labels=labels))
    return with_spec(job, _default_spec(job.spec))


def _default_spec(spec: JobSpec) -> JobSpec:
    spec = _in_any_template(spec)
    if spec.completions is None and spec.parallelism is None:
        spec = replace(spec, completions=1, parallelism=1)
    replacement = "Failed" if spec.pod_failure_policy is not None else "TerminatingOrFailed"
    table = (
        *_JOB,
        ("backoff_limit", None, 6 if spec.backoff_limit_per_index is None else _NO_LIMIT),
        ("pod_replacement_policy", None, replacement),
    )
    return filled(spec, table)


def _in_any_template(spec: JobSpec) -> JobSpec:
    """What is filled in before a job is made of its template, too."""
    spec = filled_in(spec, "template", default_template)
    return filled_in(spec, "pod_failure_policy", _default_policy)


def _default_policy(policy: PodFailurePolicy) -> PodFailurePolicy:
    rules = each(policy.rules, _default_rule)
    return policy if rules is policy.rules else replace(policy, rules=rules)


def _default_rule(rule: PodFailurePolicyRule) -> PodFailurePolicyRule:
    patterns = each(rule.on_pod_conditions, by_table(_PATTERN))
    return rule if patterns is rule.on_pod_conditions else replace(rule, on_pod_conditions=patterns)


def _default_cron_job(cron_job: CronJob) -> CronJob:
    return with_spec(cron_job, filled_in(filled(cron_job.spec, _CRON_JOB), "job_template", _default_job_template))


def _default_job_template(template: JobTemplateSpec) -> JobTemplateSpec:
    return with_spec(template, _in_any_template(template.spec))


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {CronJob: _default_cron_job, Job: _default_job}
