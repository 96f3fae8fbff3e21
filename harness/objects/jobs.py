"""What several actors ask of a job and of its pods: whether it is over, which index a pod has, how one is made by hand.

Pure. How a job comes to its end is known by its controller alone. Mirrors pkg/controller/job/util/utils.go
(IsJobFinished) and pkg/controller/job/indexed_job_utils.go (getCompletionIndex).
"""

from __future__ import annotations

import re

from msgspec.structs import replace

from harness.objects.batch import CronJob, Job, JobCondition
from harness.objects.meta import ObjectMeta, owned_by
from harness.objects.pod import Pod

TRACKING = "batch.kubernetes.io/job-tracking"
"""The finalizer of a pod that its job has not counted yet."""
INDEX = "batch.kubernetes.io/job-completion-index"
"""The label and the annotation that say which part of an Indexed job a pod does."""
INDEX_VARIABLE = "JOB_COMPLETION_INDEX"
"""The variable that says so to the containers of the pod."""
COMPLETE = "Complete"
FAILED = "Failed"

_NUMBER = re.compile(r"[-+]?[0-9]+", re.ASCII)


def end_of(job: Job) -> JobCondition | None:
    """The condition that says how the job ended; None for one that is not over."""
    for condition in job.status.conditions:
        if condition.type in (COMPLETE, FAILED) and condition.status == "True":
            return condition
    return None


def made_by_hand(cron_job: CronJob, name: str) -> Job:
    """What `kubectl create job NAME --from=cronjob/…` creates (kubectl's pkg/cmd/create/create_job.go)."""
    template = cron_job.spec.job_template
    metadata = ObjectMeta(
        name=name,
        namespace=cron_job.metadata.namespace,
        labels=template.metadata.labels,
        annotations={"cronjob.kubernetes.io/instantiate": "manual", **template.metadata.annotations},
        owner_references=(replace(owned_by(cron_job), block_owner_deletion=None),),
    )
    return Job(metadata=metadata, spec=template.spec)


def is_tracked(pod: Pod) -> bool:
    """Whether the pod is held until its job has counted it."""
    return TRACKING in pod.metadata.finalizers


def completion_index(pod: Pod) -> int | None:
    """Which part of its job the pod does; None if it does not say so."""
    number = whole(pod.metadata.annotations.get(INDEX, ""))
    return number if number is not None and number >= 0 else None


def whole(text: str) -> int | None:
    """The whole number that a text is (strconv.Atoi); None for any other text."""
    return int(text) if _NUMBER.fullmatch(text) else None
