"""What the statuses of its containers make of a pod: its phase and its conditions.

Pure functions over the API's own values; knows no node, no clock and no worker. Source: pkg/kubelet/kubelet_pods.go
(getPhase), pkg/kubelet/status/generate.go.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from harness.actors.kubelet.restarts import restarts
from harness.objects.conditions import find
from harness.objects.pod import ContainerState, ContainerStatus, Pod, PodCondition, PodSpec, PodStatus
from harness.objects.pods import FAILED, PENDING, RUNNING, SUCCEEDED

READY_TO_START = "PodReadyToStartContainers"
INITIALIZED = "Initialized"
READY = "Ready"
CONTAINERS_READY = "ContainersReady"
SCHEDULED = "PodScheduled"
OWNED = (READY_TO_START, INITIALIZED, READY, CONTAINERS_READY, SCHEDULED)
"""The conditions a kubelet writes, in the order they stand in a status, behind all others."""


def phase(
    spec: PodSpec, initial: Sequence[ContainerStatus], regular: Sequence[ContainerStatus], *, ending: bool
) -> str:
    """The phase. `ending` is for a pod of which nothing will be started any more."""
    containers = {container.name: container for container in spec.init_containers}
    pending = False
    for status in initial:
        container = containers[status.name]
        sidecar = container.restart_policy == "Always"
        exit_code = _exit_code(status)
        if sidecar:
            pending = pending or (exit_code is None and not status.started)
        elif exit_code is None:
            pending = True
        elif exit_code != 0:
            if not restarts(spec, container, exit_code, init=True):
                return FAILED
            pending = True
    if has_initialized(regular):
        pending = False
    if pending or any(status.state.running is None and _exit_code(status) is None for status in regular):
        return PENDING
    if any(status.state.running is not None for status in regular):
        return RUNNING
    return _stopped_phase(spec, regular, ending)


def _stopped_phase(spec: PodSpec, regular: Sequence[ContainerStatus], ending: bool) -> str:
    by_name = {container.name: container for container in spec.containers}
    codes = [(by_name[status.name], _exit_code(status) or 0) for status in regular]
    if not ending and any(restarts(spec, container, code) for container, code in codes):
        return RUNNING
    return FAILED if any(code for _, code in codes) else SUCCEEDED


def _exit_code(status: ContainerStatus) -> int | None:
    """The code the container ended with, also if it is about to run again; None if it runs or never ran."""
    terminated = status.state.terminated
    if terminated is None and status.state.waiting is not None:
        terminated = status.last_state.terminated
    return terminated.exit_code if terminated is not None else None


def has_initialized(regular: Iterable[ContainerStatus]) -> bool:
    """Whether any regular container was ever started."""
    return any(status.state.running is not None or _exit_code(status) is not None for status in regular)


def conditions(
    pod: Pod, computed: str, initial: Sequence[ContainerStatus], regular: Sequence[ContainerStatus], *, sandbox: bool
) -> tuple[PodCondition, ...]:
    """The conditions a kubelet writes, without the instants of their transitions.

    `computed` is the phase the containers make, `sandbox` whether the pod's network stands.
    """
    generation = pod.metadata.generation
    containers_ready = _containers_ready(pod.spec, computed, initial, regular)
    ready = _gated(pod) if containers_ready[0] == "True" else containers_ready
    said = (
        (READY_TO_START, ("True" if sandbox else "False", "", "")),
        (INITIALIZED, _initialized(pod.spec, computed, initial, regular)),
        (READY, ready),
        (CONTAINERS_READY, containers_ready),
        (SCHEDULED, ("True", "", "")),
    )
    return tuple(
        PodCondition(type=type_, status=status, reason=reason, message=message, observed_generation=generation)
        for type_, (status, reason, message) in said
    )


def _initialized(
    spec: PodSpec, computed: str, initial: Sequence[ContainerStatus], regular: Sequence[ContainerStatus]
) -> tuple[str, str, str]:
    if computed == SUCCEEDED:
        return "True", "PodCompleted", ""
    if not initial or has_initialized(regular):
        return "True", "", ""
    sidecars = {container.name for container in spec.init_containers if container.restart_policy == "Always"}
    incomplete = [s.name for s in initial if not (s.started if s.name in sidecars else s.ready)]
    if not incomplete:
        return "True", "", ""
    return "False", "ContainersNotInitialized", f"containers with incomplete status: [{' '.join(incomplete)}]"


def _containers_ready(
    spec: PodSpec, computed: str, initial: Sequence[ContainerStatus], regular: Sequence[ContainerStatus]
) -> tuple[str, str, str]:
    if computed == SUCCEEDED:
        return "False", "PodCompleted", ""
    if computed == FAILED:
        return "False", "PodFailed", ""
    ready = {status.name: status.ready for status in (*initial, *regular)}
    counted = (*(c for c in spec.init_containers if c.restart_policy == "Always"), *spec.containers)
    unready = [container.name for container in counted if not ready.get(container.name)]
    if unready:
        return "False", "ContainersNotReady", f"containers with unready status: [{' '.join(unready)}]"
    return "True", "", ""


def _gated(pod: Pod) -> tuple[str, str, str]:
    """What the readiness gates make of a pod whose containers are ready."""
    problems: list[str] = []
    for gate in pod.spec.readiness_gates:
        condition = find(pod.status.conditions, gate.condition_type)
        if condition is None:
            problems.append(f'corresponding condition of pod readiness gate "{gate.condition_type}" does not exist.')
        elif condition.status != "True":
            problems.append(
                f'the status of pod readiness gate "{gate.condition_type}" is not "True", but {condition.status}'
            )
    if problems:
        return "False", "ReadinessGatesNotReady", ", ".join(problems)
    return "True", "", ""


def with_conditions(status: PodStatus, own: Iterable[PodCondition], stamp: str) -> tuple[PodCondition, ...]:
    """The status' conditions with a kubelet's own brought up to date; one whose status stays keeps its instant."""
    old = {condition.type: condition for condition in status.conditions}
    foreign = tuple(condition for condition in status.conditions if condition.type not in OWNED)
    return (*foreign, *(_dated(condition, old.get(condition.type), stamp) for condition in own))


def _dated(condition: PodCondition, old: PodCondition | None, stamp: str) -> PodCondition:
    if old is None or old.status != condition.status:
        return replace(condition, last_transition_time=stamp)
    dated = replace(condition, last_transition_time=old.last_transition_time)
    return old if dated == old else dated


def finished(statuses: Sequence[ContainerStatus], lost: ContainerState) -> tuple[ContainerStatus, ...]:
    """The statuses of a pod that is over: a container nothing is known of is `lost`."""
    return tuple(
        status if status.state.terminated is not None else replace(status, state=lost, ready=False, started=False)
        for status in statuses
    )
