"""Which changes of a pod the API server allows: nearly none of its spec, and a status that does not go backwards.

Mirrors pkg/apis/core/validation (ValidatePodUpdate, ValidatePodStatusUpdate).
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from harness.api.problems import FieldProblem, forbidden, invalid, required
from harness.api.validation.fields import complaints
from harness.api.validation.internal_form import difference
from harness.api.validation.metadata import IMMUTABLE, metadata_update_problems
from harness.api.validation.names import between, dns_subdomain, qualified_name
from harness.api.validation.pods import MAX_INT32, cost_problems, pod_problems
from harness.api.validation.scheduling import toleration_problems
from harness.objects.deletion_cost import deletion_cost
from harness.objects.pod import Container, ContainerStatus, Pod, PodSpec, Toleration

_CHANGEABLE = (
    "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,`spec.tolerations` "
    "(only additions to existing tolerations),`spec.terminationGracePeriodSeconds` "
    "(allow it to be set to 1 if it was previously negative)"
)
_SYSTEM_CONDITIONS = ("PodScheduled", "Ready", "Initialized")


def pod_update_problems(new: Pod, old: Pod) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.metadata.annotations != old.metadata.annotations and deletion_cost(old.metadata.annotations) is not None:
        problems += cost_problems(new.metadata.annotations, "metadata.annotations")
    if new.status is not old.status:
        problems += _status_problems(new, old)
    if new.spec is old.spec or new.spec == old.spec:
        return problems
    problems += pod_problems(new)
    count_problems = _count_problems(new.spec, old.spec)
    if count_problems:
        return problems + count_problems
    problems += _image_problems(new.spec)
    deadline_problems = _deadline_problems(new.spec, old.spec)
    if deadline_problems:
        return problems + deadline_problems
    problems += _toleration_change_problems(new.spec.tolerations, old.spec.tolerations)
    problems += _gate_problems(new.spec, old.spec)
    problems += _node_selector_problems(new.spec, old.spec)
    return problems + _rest_problems(new.spec, old.spec)


def _count_problems(new: PodSpec, old: PodSpec) -> list[FieldProblem]:
    text = "pod updates may not add or remove containers"
    if len(new.containers) != len(old.containers):
        return [forbidden("spec.containers", text)]
    if len(new.init_containers) != len(old.init_containers):
        return [forbidden("spec.initContainers", text)]
    return []


def _image_problems(spec: PodSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    for name, containers in (("containers", spec.containers), ("initContainers", spec.init_containers)):
        for index, container in enumerate(containers):
            if container.image != container.image.strip():
                text = "must not have leading or trailing whitespace"
                problems.append(invalid(f"spec.{name}[{index}].image", container.image, text))
            elif not container.image:
                problems.append(required(f"spec.{name}[{index}].image"))
    return problems


def _deadline_problems(new: PodSpec, old: PodSpec) -> list[FieldProblem]:
    path = "spec.activeDeadlineSeconds"
    becomes, was = new.active_deadline_seconds, old.active_deadline_seconds
    if becomes is None:
        return [] if was is None else [invalid(path, None, "must not update from a positive integer to nil value")]
    if not 0 <= becomes <= MAX_INT32:
        return [invalid(path, becomes, between(0, MAX_INT32))]
    if was is not None and was < becomes:
        return [invalid(path, becomes, "must be less than or equal to previous value")]
    return []


def _toleration_change_problems(new: Sequence[Toleration], old: Sequence[Toleration]) -> list[FieldProblem]:
    """Tolerations may be added, and last longer or shorter; one that is there stays."""
    if new == old:
        return []
    kept = [replace(toleration, toleration_seconds=None) for toleration in new]
    for toleration in old:
        if replace(toleration, toleration_seconds=None) not in kept:
            text = "existing toleration can not be modified except its tolerationSeconds"
            return [forbidden("spec.tolerations", text)]
    return toleration_problems(new, "spec.tolerations")


def _gate_problems(new: PodSpec, old: PodSpec) -> list[FieldProblem]:
    known = [gate.name for gate in old.scheduling_gates]
    return [
        forbidden(
            f"spec.schedulingGates[{index}].name",
            f"only deletion is allowed, but found new scheduling gate '{gate.name}'",
        )
        for index, gate in enumerate(new.scheduling_gates)
        if gate.name not in known
    ]


def _node_selector_problems(new: PodSpec, old: PodSpec) -> list[FieldProblem]:
    """A pod that is held at a gate may be narrowed down to fewer nodes."""
    if not old.scheduling_gates:
        return []
    if all(new.node_selector.get(key) == value for key, value in old.node_selector.items()):
        return []
    text = "only additions to spec.nodeSelector are allowed (no mutations or deletions)"
    return [invalid("spec.nodeSelector", new.node_selector, text)]


def _rest_problems(new: PodSpec, old: PodSpec) -> list[FieldProblem]:
    """Undo every change that is allowed; what still differs is refused, and shown."""
    compared = replace(
        new,
        containers=_with_images(new.containers, old.containers),
        init_containers=_with_images(new.init_containers, old.init_containers),
        active_deadline_seconds=old.active_deadline_seconds,
        scheduling_gates=old.scheduling_gates,
        tolerations=old.tolerations,
    )
    grace = old.termination_grace_period_seconds
    if grace is not None and grace < 0 and new.termination_grace_period_seconds == 1:
        compared = replace(compared, termination_grace_period_seconds=grace)
    if old.scheduling_gates:
        compared = replace(compared, node_selector=old.node_selector)
    if compared == old:
        return []
    text = f"pod updates may not change fields other than {_CHANGEABLE}\n{difference(old, compared)}"
    return [forbidden("spec", text)]


def _with_images(new: Sequence[Container], old: Sequence[Container]) -> tuple[Container, ...]:
    return tuple(replace(container, image=before.image) for container, before in zip(new, old, strict=True))


def _status_problems(new: Pod, old: Pod) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if new.status.conditions is not old.status.conditions:
        for index, condition in enumerate(new.status.conditions):
            if condition.type not in _SYSTEM_CONDITIONS:
                at = f"metadata.conditions[{index}].Type"
                problems += complaints(at, condition.type, qualified_name(condition.type))
    nominated = new.status.nominated_node_name
    if nominated and nominated != old.status.nominated_node_name:
        problems += complaints("status.nominatedNodeName", nominated, dns_subdomain(nominated))
    if new.status.qos_class != old.status.qos_class:
        problems.append(invalid("status.qosClass", new.status.qos_class, IMMUTABLE))
    problems += _transition_problems(
        new.status.container_statuses, old.status.container_statuses, "containerStatuses", old.spec.restart_policy
    )
    restartable = [container.name for container in old.spec.init_containers if container.restart_policy == "Always"]
    finite = tuple(status for status in old.status.init_container_statuses if status.name not in restartable)
    problems += _transition_problems(
        new.status.init_container_statuses, finite, "initContainerStatuses", old.spec.restart_policy
    )
    return problems


def _transition_problems(
    new: Sequence[ContainerStatus], old: Sequence[ContainerStatus], field: str, restart_policy: str
) -> list[FieldProblem]:
    """A container that ended for good does not come back."""
    if restart_policy == "Always":
        return []
    problems: list[FieldProblem] = []
    becomes = {status.name: status.state for status in new}
    for index, status in enumerate(old):
        ended = status.state.terminated
        if ended is None or (ended.exit_code != 0 and restart_policy == "OnFailure"):
            continue
        if status.name in becomes and becomes[status.name].terminated is None:
            text = "may not be transitioned to non-terminated state"
            problems.append(forbidden(f"status.{field}[{index}].state", text))
    return problems
