"""J1: a job makes a pod only while fewer are active than may be, and for an index that nobody does and nobody has done.

Judged by what the controller may have seen. A pod that is taken in is not made, and a job that was given less
parallelism may have too many pods for a while; a job that is suspended or over makes none.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import ADDED, Past, actor
from harness.kernel.trace import Record
from harness.objects.batch import Job
from harness.objects.jobs import completion_index, end_of
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.pods import SUCCEEDED, is_active

_CONTROLLER = "job-controller"


class NewPods(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type != ADDED or actor(record) != _CONTROLLER:
            return
        self.came_true += 1
        pod: Pod = record.subject
        obstacle = self.scene.obstacle(record, partial(_obstacle, pod))
        if obstacle:
            yield Sighting(pod, f"is made although {obstacle}")


def _obstacle(pod: Pod, past: Past) -> str:
    owner = controller_of(pod)
    job = past.get(Job, pod.metadata.namespace, owner.name) if owner is not None else None
    if job is None or owner is None or job.metadata.uid != owner.uid:
        return "its job is not there"
    if job.spec.suspend or end_of(job) is not None:
        return f"{job.metadata.name} is {'suspended' if job.spec.suspend else 'over'}"
    pods = past.pods_of(owner.uid)
    active, most = [other for other in pods if is_active(other)], job.spec.parallelism or 0
    if len(active) >= most:
        return f"{len(active)} pods of {job.metadata.name} are active, and {most} may be"
    index = completion_index(pod)
    if index is None:
        return ""
    if any(completion_index(other) == index for other in active):
        return f"another pod does index {index}"
    done = any(completion_index(other) == index and other.status.phase == SUCCEEDED for other in pods)
    return f"index {index} is complete" if done or _names(job.status.completed_indexes, index) else ""


def _names(text: str, index: int) -> bool:
    """Whether a list such as `0,2-4` names the index."""
    for part in text.split(",") if text else ():
        first, _, last = part.partition("-")
        if int(first) <= index <= int(last or first):
            return True
    return False


CHECK = Check(
    name="job-makes-no-pod-too-many",
    property="J1",
    judged=ACTION,
    sentence="A job makes a pod only while fewer are active than may be, and never for an index that is done.",
    condition="a job makes a pod",
    types=(Pod,),
    watch=NewPods,
)
