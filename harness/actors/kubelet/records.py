"""The records of a pod's containers: made from its spec and status, changed with its spec, and which is started next.

Owns these pure questions about records. What is done with a record is the pod worker's. Source:
pkg/kubelet/kuberuntime/kuberuntime_manager.go (computePodActions, computeInitContainerActions).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.actors.kubelet.containers import Record
from harness.actors.kubelet.restarts import Backoff, restarts
from harness.objects.pod import Pod, PodSpec

REDEFINED = "definition changed"
"""Why a container is stopped within its pod whose image is another one now, in the words of the event."""


def records_of(pod: Pod) -> list[Record]:
    """A record of each container, in the order of the spec; what ran earlier is known from the pod's status."""
    status, spec = pod.status, pod.spec
    known = {one.name: one for one in (*status.init_container_statuses, *status.container_statuses)}
    again = pod.metadata.deletion_timestamp is None
    groups = ((spec.init_containers, True), (spec.containers, False))
    return [
        Record(container, initial=initial, known=known.get(container.name), again=again)
        for containers, initial in groups
        for container in containers
    ]


def redefine(records: Iterable[Record], spec: PodSpec) -> None:
    """Take in that the spec is another one: a container whose image changed is to be replaced."""
    now = {container.name: container for container in (*spec.init_containers, *spec.containers)}
    for record in records:
        container = now.get(record.name, record.container)
        if container.image != record.container.image:
            record.backoff, record.pull_backoff = Backoff(), Backoff()
            if record.running and not record.init:
                record.kill = REDEFINED
        record.container = container


def next_to_start(spec: PodSpec, records: Sequence[Record]) -> list[Record]:
    """What is to be started in a pass: one container of those that come before the others, or all others."""
    initial = [record for record in records if record.init or record.sidecar]
    regular = records[len(initial) :]
    initialized = any(record.run is not None for record in regular)
    if not initialized:
        for record in initial:
            if not (record.succeeded if record.init else record.started):
                return [] if record.running else [record]
    return [
        record
        for record in (*initial, *regular)
        if not (record.init or record.running)
        and (record.run is None or restarts(spec, record.container, record.run.exit_code))
    ]


def known_end_ms(record: Record) -> int | None:
    """When the newest run that has ended did so."""
    if record.run is not None and record.run.finished_ms is not None:
        return record.run.finished_ms
    return record.last.finished_ms if record.last is not None else None
