"""Which pods stand behind a service, and at which ports.

Pure. What is made of them, slices or Endpoints, is known by the controllers that write these. Mirrors
staging/src/k8s.io/endpointslice/util and pkg/api/v1/pod/util.go (FindPort).
"""

from __future__ import annotations

from harness.objects.conditions import is_ready
from harness.objects.pod import Pod
from harness.objects.pods import has_ended, port_named
from harness.objects.service import Service, ServicePort

HEADLESS_LABEL = "service.kubernetes.io/headless"
SERVICE_NAME_LABEL = "kubernetes.io/service-name"


def namespaces(obj: Pod | Service) -> tuple[str, ...]:
    """Index value of a pod or a service: where it lives."""
    return (obj.metadata.namespace,)


def selects(service: Service, pod: Pod) -> bool:
    return bool(service.spec.selector) and service.spec.selector.items() <= pod.metadata.labels.items()


def is_listed(pod: Pod, *, with_terminating: bool = True) -> bool:
    """Whether a pod can be an endpoint at all."""
    if not pod.status.pod_ip or has_ended(pod):
        return False
    return with_terminating or pod.metadata.deletion_timestamp is None


def is_news(previous: Pod | None, pod: Pod) -> bool:
    """Whether something changed that an endpoint shows, if there is one (endpointslice/util podEndpointsChanged)."""
    if previous is None:
        return is_listed(pod)
    return (is_listed(previous) or is_listed(pod)) and not _looks_the_same(previous, pod)


def _looks_the_same(previous: Pod, pod: Pod) -> bool:
    return (
        previous.metadata.labels == pod.metadata.labels
        and previous.metadata.deletion_timestamp == pod.metadata.deletion_timestamp
        and previous.spec.node_name == pod.spec.node_name
        and previous.status.pod_ip == pod.status.pod_ip
        and has_ended(previous) == has_ended(pod)
        and is_ready(previous) == is_ready(pod)
    )


def hostname(service: Service, pod: Pod) -> str:
    """The name of the pod below its own service; empty below any other."""
    return pod.spec.hostname if pod.spec.subdomain == service.metadata.name else ""


def port_number(port: ServicePort, pod: Pod) -> int:
    """The port of the pod that a service's port leads to; 0 if the pod has none of that name."""
    target = port.target_port
    if isinstance(target, int):
        return target or port.port
    return port_named(pod, target, port.protocol) or 0
