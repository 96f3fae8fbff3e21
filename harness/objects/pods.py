"""What several actors ask of a pod: its phase, whether it is over, which node it is on; and how a template becomes one.

Pure. How a phase comes about is known by the kubelet alone. Mirrors k8s.io/api core/v1 (PodPhase) and
pkg/api/v1/pod/util.go (IsPodTerminal).
"""

from __future__ import annotations

from harness.objects.meta import Object, ObjectMeta, owned_by
from harness.objects.pod import Pod, PodTemplateSpec

PENDING = "Pending"
RUNNING = "Running"
SUCCEEDED = "Succeeded"
FAILED = "Failed"
ENDED = (SUCCEEDED, FAILED)
"""The phases that a pod does not leave again."""


def has_ended(pod: Pod) -> bool:
    """Whether all of the pod's containers have ended, and none will be started again."""
    return pod.status.phase in ENDED


def priority(pod: Pod) -> int:
    """How important the pod is; 0 if it does not say (component-helpers' scheduling/corev1, PodPriority)."""
    return pod.spec.priority or 0


def is_active(pod: Pod) -> bool:
    """Whether the pod has neither ended nor been deleted (pkg/controller/controller_utils.go, IsPodActive)."""
    return pod.status.phase not in ENDED and pod.metadata.deletion_timestamp is None


def is_terminating(pod: Pod) -> bool:
    """Whether the pod has been deleted and has not ended yet (IsPodTerminating)."""
    return pod.status.phase not in ENDED and pod.metadata.deletion_timestamp is not None


def sidecar_names(pod: Pod) -> frozenset[str]:
    """The init containers that run beside the others until these have ended."""
    return frozenset(container.name for container in pod.spec.init_containers if container.restart_policy == "Always")


def most_restarts(pod: Pod) -> tuple[int, int]:
    """The most restarts of any container, and of any that runs beside them from the start (MaxContainerRestarts)."""
    beside = sidecar_names(pod)
    containers = max((status.restart_count for status in pod.status.container_statuses), default=0)
    sidecars = max(
        (status.restart_count for status in pod.status.init_container_statuses if status.name in beside), default=0
    )
    return containers, sidecars


def port_named(pod: Pod, name: str, protocol: str) -> int | None:
    """The number of the pod's port of that name, of a sidecar too (FindPort); None if it has no such port."""
    sidecars = (container for container in pod.spec.init_containers if container.restart_policy == "Always")
    for container in (*pod.spec.containers, *sidecars):
        for port in container.ports:
            if port.name == name and (port.protocol or "TCP") == protocol:
                return port.container_port
    return None


def node_names(pod: Pod) -> tuple[str, ...]:
    """The node that the pod is bound to, for an index; none for a pod without one."""
    return (pod.spec.node_name,) if pod.spec.node_name else ()


def image_name(image: str) -> str:
    """The image with its tag, which is `latest` where none is written (imagelocality, normalizedImageName)."""
    return image if image.rfind(":") > image.rfind("/") else f"{image}:latest"


def pod_of(owner: Object, template: PodTemplateSpec) -> Pod:
    """A pod from the owner's template; its name is the server's to make up. Mirrors GetPodFromTemplate."""
    metadata = ObjectMeta(
        generate_name=f"{owner.metadata.name}-",
        namespace=owner.metadata.namespace,
        labels=template.metadata.labels,
        annotations=template.metadata.annotations,
        finalizers=template.metadata.finalizers,
        owner_references=(owned_by(owner),),
    )
    return Pod(metadata=metadata, spec=template.spec)
