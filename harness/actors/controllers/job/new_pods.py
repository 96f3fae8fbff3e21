"""The pods of a job: what a template becomes, and which index each new pod gets.

Pure. Mirrors pkg/controller/job/job_controller.go (manageJob) and indexed_job_utils.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.actors.controllers.job import indexes
from harness.actors.controllers.job.backoff import Failures, finished_ms
from harness.actors.controllers.job.census import Census, counts_for_successor, failures_of, waits_for_the_end
from harness.kernel.clock import Clock
from harness.objects.batch import Job
from harness.objects.jobs import INDEX, INDEX_VARIABLE, TRACKING, completion_index
from harness.objects.pod import Container, EnvVar, EnvVarSource, Pod
from harness.objects.pods import is_terminating, pod_of
from harness.objects.volume import ObjectFieldSelector

_VARIABLE = EnvVar(
    name=INDEX_VARIABLE,
    value_from=EnvVarSource(field_ref=ObjectFieldSelector(field_path=f"metadata.labels['{INDEX}']")),
)
# What the server leaves of a prefix that it makes a name of.
_LONGEST_PREFIX = 58


def missing(census: Census, count: int, clock: Clock) -> tuple[list[Pod], int]:
    """The pods to make now, `count` at most, and in how many ms the next could be made if none can be made now."""
    job, parts = census.job, census.parts
    if parts is None:
        left_ms = census.failures.left_ms(clock.now_ms)
        return ([], left_ms) if left_ms else ([_tracked(job)] * count, 0)
    per_index = job.spec.backoff_limit_per_index is not None
    left_ms = 0 if per_index else census.failures.left_ms(clock.now_ms)
    if left_ms:
        return [], left_ms
    wanted = _pending(census, count)
    waits = {index: _left_ms(parts.held[index], clock) for index in wanted if index in parts.held}
    ready = [index for index in wanted if not waits.get(index)]
    if not ready:
        return [], min(waits.values(), default=0)
    pod = _with_variable(_tracked(job))
    return [_indexed(job, pod, index, parts.held.get(index), counted=per_index) for index in ready], 0


def _pending(census: Census, count: int) -> list[int]:
    """The lowest indexes that nobody does and nobody has done."""
    job, parts = census.job, census.parts
    assert parts is not None
    busy = list(census.active)
    if waits_for_the_end(job):
        busy += (pod for pod in census.pods if is_terminating(pod))
    numbers = {index for pod in busy if (index := completion_index(pod)) is not None}
    over = indexes.united(parts.complete, parts.failed or indexes.NONE)
    return indexes.lowest_free(indexes.united(over, indexes.of(numbers)), count, job.spec.completions or 0)


def _left_ms(failed: Pod, clock: Clock) -> int:
    """For how much longer no other pod is made for the index of this one."""
    return Failures(failures_of(failed) + 1, finished_ms(failed, clock)).left_ms(clock.now_ms)


def _tracked(job: Job) -> Pod:
    pod = pod_of(job, job.spec.template)
    finalizers = pod.metadata.finalizers
    if TRACKING in finalizers:
        return pod
    return replace(pod, metadata=replace(pod.metadata, finalizers=(*finalizers, TRACKING)))


def _with_variable(pod: Pod) -> Pod:
    spec = pod.spec
    return replace(
        pod, spec=replace(spec, init_containers=_told(spec.init_containers), containers=_told(spec.containers))
    )


def _told(containers: Sequence[Container]) -> tuple[Container, ...]:
    """The containers, each with the variable that says which index it works on."""
    return tuple(
        container
        if any(variable.name == INDEX_VARIABLE for variable in container.env)
        else replace(container, env=(*container.env, _VARIABLE))
        for container in containers
    )


def _indexed(job: Job, pod: Pod, index: int, failed: Pod | None, *, counted: bool) -> Pod:
    name, end = job.metadata.name, f"-{index}-"
    metadata = replace(
        pod.metadata,
        generate_name=f"{name[: _LONGEST_PREFIX - len(end)]}{end}",
        labels={**pod.metadata.labels, INDEX: str(index)},
        annotations={
            **pod.metadata.annotations,
            INDEX: str(index),
            **(counts_for_successor(job, failed) if counted else {}),
        },
    )
    return replace(pod, metadata=metadata, spec=replace(pod.spec, hostname=f"{name}-{index}"))
