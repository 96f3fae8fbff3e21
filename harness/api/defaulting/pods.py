"""What the API server fills into a pod and into the template of one.

Owns the pod's own fields, and what only a pod gets: requests from limits, service links, the ports of the host's
network. Mirrors pkg/apis/core/v1/defaults.go, and the mirrored service account names of conversion.go.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.containers import default_container
from harness.api.defaulting.filling import each, missing_fields
from harness.api.defaulting.volumes import default_volume
from harness.objects import quantity
from harness.objects.pod import (
    Container,
    ContainerPort,
    Pod,
    PodSecurityContext,
    PodSpec,
    PodTemplateSpec,
    ResourceRequirements,
)

_POD_SPEC = (
    ("restart_policy", "", "Always"),
    ("dns_policy", "", "ClusterFirst"),
    ("termination_grace_period_seconds", None, 30),
    ("security_context", None, PodSecurityContext()),
    ("scheduler_name", "", "default-scheduler"),
)
_LISTS = (
    ("volumes", default_volume),
    ("init_containers", default_container),
    ("containers", default_container),
    ("ephemeral_containers", default_container),
)


def default_template(template: PodTemplateSpec) -> PodTemplateSpec:
    spec = default_pod_spec(template.spec)
    return template if spec is template.spec else replace(template, spec=spec)


def default_pod(pod: Pod) -> Pod:
    spec = _as_pod(default_pod_spec(pod.spec))
    return pod if spec is pod.spec else replace(pod, spec=spec)


def default_pod_spec(spec: PodSpec) -> PodSpec:
    """What pods and templates have in common."""
    changes: dict[str, Any] = missing_fields(spec, _POD_SPEC)
    for field, fill in _LISTS:
        items = getattr(spec, field)
        if items and (with_defaults := each(items, fill)) is not items:
            changes[field] = with_defaults
    account = spec.service_account_name or spec.service_account
    if account != spec.service_account or account != spec.service_account_name:
        changes.update(service_account_name=account, service_account=account)
    return replace(spec, **changes) if changes else spec


def _as_pod(spec: PodSpec) -> PodSpec:
    changes: dict[str, Any] = {}
    if spec.enable_service_links is None:
        changes["enable_service_links"] = True
    fill = _on_host_network if spec.host_network else _with_requests
    for field in ("containers", "init_containers"):
        containers = getattr(spec, field)
        if containers and (with_defaults := each(containers, fill)) is not containers:
            changes[field] = with_defaults
    if changes:
        spec = replace(spec, **changes)
    return spec if spec.resources is None else _with_pod_requests(spec, spec.resources)


def _with_requests(container: Container) -> Container:
    """A limit without a request of its own is also the request."""
    limits, requests = container.resources.limits, container.resources.requests
    if all(resource in requests for resource in limits):
        return container
    return replace(container, resources=replace(container.resources, requests=_merged(requests, limits)))


def _merged(requests: Mapping[str, str], limits: Mapping[str, str]) -> dict[str, str]:
    return {**requests, **{resource: amount for resource, amount in limits.items() if resource not in requests}}


def _on_host_network(container: Container) -> Container:
    container = _with_requests(container)
    ports = each(container.ports, _on_host_port)
    return container if ports is container.ports else replace(container, ports=ports)


def _on_host_port(port: ContainerPort) -> ContainerPort:
    return port if port.host_port else replace(port, host_port=port.container_port)


def _with_pod_requests(spec: PodSpec, resources: ResourceRequirements) -> PodSpec:
    """Requests of the pod as a whole: what its containers ask for together, or else the limit of the pod."""
    together = _containers_together(spec)
    hugepages = (name for name in resources.limits if name.startswith("hugepages-"))
    aggregated = {name: together[name] for name in ("cpu", "memory", *hugepages) if name in together}
    requests = _merged(_merged(resources.requests, aggregated), resources.limits)
    if requests == resources.requests:
        return spec
    return replace(spec, resources=replace(resources, requests=requests))


def _containers_together(spec: PodSpec) -> dict[str, str]:
    """What the containers ask for: those that run side by side together, or more while starting."""
    running: dict[str, int] = {}
    starting: dict[str, int] = {}
    beside: dict[str, int] = {}
    written: dict[str, str] = {}
    for container in (*spec.containers, *spec.init_containers):
        for resource, amount in container.resources.requests.items():
            written.setdefault(resource, amount)
    for container in spec.init_containers:
        peak = beside if container.restart_policy == "Always" else dict(beside)
        _add(peak, container.resources.requests)
        for resource, milli in peak.items():
            starting[resource] = max(starting.get(resource, 0), milli)
    for container in spec.containers:
        _add(running, container.resources.requests)
    return {
        resource: quantity.write(
            max(running.get(resource, 0) + beside.get(resource, 0), starting.get(resource, 0)), like=amount
        )
        for resource, amount in written.items()
    }


def _add(total: dict[str, int], amounts: Mapping[str, str]) -> None:
    for resource, amount in amounts.items():
        total[resource] = total.get(resource, 0) + quantity.parse(amount)
