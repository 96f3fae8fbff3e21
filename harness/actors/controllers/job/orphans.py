"""Pods that no job counts any more and that are still held: they are let go of.

Owns that nothing is held for ever because its job is gone, over, or not its owner any more.
Source: pkg/controller/job/job_controller.go (orphanWorker, cleanupPodFinalizers).
"""

from __future__ import annotations

from msgspec.structs import replace

from harness.api.client import Client
from harness.api.store import DELETED, Change, Key
from harness.control.controller import Controller, Process
from harness.control.ownership import Ownership, ignoring
from harness.control.workqueue import Backoff
from harness.objects.batch import Job
from harness.objects.jobs import TRACKING, end_of, is_tracked
from harness.objects.meta import controller_of
from harness.objects.pod import Pod


class OrphanedPods(Controller[tuple[Key, ...]]):
    """Keys are one pod, or all those of a job that is gone or over, which are let go of one after the other."""

    name = "job-controller"

    def __init__(self, process: Process, pods: Ownership[Job, Pod], backoff: Backoff) -> None:
        super().__init__(process, backoff=backoff)
        self._owned = pods
        self._pods = process.informers.of(Pod)
        self._pods.subscribe(self._pod_changed)
        process.informers.of(Job).subscribe(self._job_changed)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        if not is_tracked(pod):
            return
        going = change.type == DELETED or pod.metadata.deletion_timestamp is not None
        if controller_of(pod) is None or (going and not self._counts(self._owned.owner_of(pod))):
            self.queue.add((_key(pod),), change.sequence)

    def _job_changed(self, change: Change) -> None:
        job: Job = change.object
        if change.type != DELETED and end_of(job) is None:
            return
        held = [pod for pod in self._owned.managed(job.metadata.uid) if is_tracked(pod)]
        keys = tuple(_key(pod) for pod in held if self._owned.selects(job, pod))
        if keys:
            self.queue.add(keys, change.sequence)

    def describe(self, key: tuple[Key, ...]) -> str:
        return "/".join(key[0])

    async def reconcile(self, key: tuple[Key, ...], client: Client) -> int | None:
        for each in key:
            pod = self._pods.objects.get(each)
            if pod is not None and is_tracked(pod) and self._is_orphan(pod):
                await ignoring(("NotFound",), let_go(pod, client))
        return None

    def _is_orphan(self, pod: Pod) -> bool:
        """Whether no job counts the pod any more, and none that another controller looks after."""
        owner = controller_of(pod)
        if owner is None:
            return True
        if (owner.api_version, owner.kind) != (Job.api_version, Job.kind):
            return False
        job = self._owned.owner_of(pod)
        return job is None or not (is_foreign(job) or self._counts(job))

    @staticmethod
    def _counts(job: Job | None) -> bool:
        """Whether the job will let go of its pods by itself."""
        return job is not None and end_of(job) is None


def _key(pod: Pod) -> Key:
    return pod.metadata.namespace, pod.metadata.name


def is_foreign(job: Job) -> bool:
    """Whether another controller looks after the job."""
    return job.spec.managed_by not in (None, "kubernetes.io/job-controller")


async def let_go(pod: Pod, client: Client) -> Pod:
    """Take the finalizer off the pod. Raises ApiError, NotFound for a pod that is gone."""

    def without(stored: Pod) -> Pod:
        finalizers = tuple(name for name in stored.metadata.finalizers if name != TRACKING)
        if finalizers == stored.metadata.finalizers:
            return stored
        return replace(stored, metadata=replace(stored.metadata, finalizers=finalizers))

    return await client.modify(pod, without)
