"""The status of a pod as its kubelet reports it, from what the node knows.

Owns which fields a kubelet writes, and leaves all others as they are. Pure functions: when a status is written, and
whether at all, is the pod worker's. Source: pkg/kubelet/kubelet_pods.go (generateAPIPodStatus),
pkg/kubelet/status/status_manager.go.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from msgspec.structs import replace

from harness.actors.kubelet import lifecycle
from harness.actors.kubelet.allocation import Refusal
from harness.actors.kubelet.containers import CREATING, INITIALIZING, LOST, Record
from harness.objects.pod import (
    ContainerStatus,
    HostIP,
    Pod,
    PodCondition,
    PodIP,
    PodStatus,
    ResourceRequirements,
)
from harness.objects.pods import ENDED, FAILED


class Ground(msgspec.Struct, frozen=True, kw_only=True):
    """What a status says of the pod as a whole. `reason` and `message` stand for a pod its kubelet gave up."""

    start_time: str
    host_ip: str
    pod_ip: str = ""
    sandbox: bool = False
    resources: ResourceRequirements
    reason: str = ""
    message: str = ""


class Report(msgspec.Struct, frozen=True):
    """What a kubelet has to say of a pod. The conditions carry no instants yet; `computed` is the phase its containers
    make, `phase` the one to be written ("" to leave it)."""

    ground: Ground
    generation: int
    computed: str
    phase: str
    conditions: tuple[PodCondition, ...]
    initial: tuple[ContainerStatus, ...]
    regular: tuple[ContainerStatus, ...]

    def on(self, status: PodStatus, stamp: str) -> PodStatus:
        """The status with this report in it; what changes in a condition is dated `stamp`."""
        ground = self.ground
        # Why a pod was given up is told with its last phase, not before.
        given_up = self.phase in ENDED
        return replace(
            status,
            observed_generation=self.generation,
            phase=self.phase or status.phase,
            reason=ground.reason if given_up and ground.reason else status.reason,
            message=ground.message if given_up and ground.message else status.message,
            conditions=lifecycle.with_conditions(status, self.conditions, stamp),
            start_time=ground.start_time,
            host_ip=ground.host_ip,
            host_ips=(HostIP(ip=ground.host_ip),),
            pod_ip=ground.pod_ip,
            pod_ips=(PodIP(ip=ground.pod_ip),) if ground.pod_ip else (),
            init_container_statuses=self.initial,
            container_statuses=self.regular,
            allocated_resources=ground.resources.requests,
            resources=ground.resources,
        )


def report(pod: Pod, records: Sequence[Record], ground: Ground, *, ending: bool, over: bool) -> Report:
    """What there is to say now.

    `ending`: nothing will be started any more. `over`: nothing runs any more, and the phase may be the last one.
    """
    unstarted = INITIALIZING if pod.spec.init_containers else CREATING
    initial = tuple(record.status(unstarted) for record in records if record.init or record.sidecar)
    regular = tuple(record.status(unstarted) for record in records if not (record.init or record.sidecar))
    if len(regular) > 1:
        regular = tuple(sorted(regular, key=lambda status: status.name))
    computed = lifecycle.phase(pod.spec, initial, regular, ending=ending)
    if ground.reason:
        computed = FAILED
    conditions = lifecycle.conditions(pod, computed, initial, regular, sandbox=ground.sandbox)
    phase = computed
    if over:
        initial, regular = _finished(initial, regular)
        phase = computed if computed in ENDED else FAILED
    elif computed in ENDED:
        # As long as something might run, the API is not told that the pod has ended.
        phase = ""
    return Report(ground, pod.metadata.generation, computed, phase, conditions, initial, regular)


def _finished(
    initial: tuple[ContainerStatus, ...], regular: tuple[ContainerStatus, ...]
) -> tuple[tuple[ContainerStatus, ...], tuple[ContainerStatus, ...]]:
    """The statuses of a pod that is over. Containers it never came to stay as they are."""
    initialized = not initial or lifecycle.has_initialized(regular)
    reached = [index for index, status in enumerate(initial) if status.state.waiting is None]
    begun = len(initial) if initialized else (reached[-1] + 1 if reached else 1)
    initial = (*lifecycle.finished(initial[:begun], LOST), *initial[begun:])
    return initial, lifecycle.finished(regular, LOST) if initialized else regular


def refused(pod: Pod, refusal: Refusal, stamp: str) -> PodStatus:
    """The status of a pod the kubelet does not admit: nothing but the refusal."""
    return PodStatus(
        observed_generation=pod.metadata.generation,
        phase=FAILED,
        reason=refusal.reason,
        message=f"Pod was rejected: {refusal.message}",
        start_time=stamp,
        qos_class=pod.status.qos_class,
    )
