"""What a pod as a whole requests and is limited to.

Owns the sum over containers: those that run together, or the highest moment of the start if that is more. Amounts
stay in the notation they were written in. Mirrors staging/src/k8s.io/component-helpers/resource/helpers.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from harness.objects import quantity
from harness.objects.amounts import Amounts, added, greatest
from harness.objects.pod import Container, PodSpec, ResourceRequirements

_OF_THE_POD = ("cpu", "memory")
_HUGEPAGES = "hugepages-"


def pod_requests(spec: PodSpec, *, overhead: bool = True) -> Amounts:
    """All that the pod requests; `overhead` includes that of its runtime."""
    total = _total(spec, lambda resources: resources.requests)
    return added(total, spec.overhead) if overhead else total


def pod_limits(spec: PodSpec, *, overhead: bool = True) -> Amounts:
    """All limits of the pod. Overhead is added only where there is a limit."""
    total = _total(spec, lambda resources: resources.limits)
    if not overhead:
        return total
    limited = {name: amount for name, amount in spec.overhead.items() if quantity.parse(total.get(name, "0"))}
    return added(total, limited)


def running_containers(spec: PodSpec) -> tuple[Container, ...]:
    """Those that run together once the pod has started: its containers, then its sidecars."""
    return (*spec.containers, *(one for one in spec.init_containers if one.restart_policy == "Always"))


def _total(spec: PodSpec, read: Callable[[ResourceRequirements], Mapping[str, str]]) -> Amounts:
    running: Amounts = {}
    for container in spec.containers:
        running = added(running, read(container.resources))
    peak: Amounts = {}
    sidecars: Amounts = {}
    for container in spec.init_containers:
        wanted = read(container.resources)
        if container.restart_policy == "Always":
            running = added(running, wanted)
            sidecars = added(sidecars, wanted)
            peak = greatest(peak, sidecars)
        else:
            peak = greatest(peak, added(wanted, sidecars))
    total = greatest(running, peak)
    if spec.resources is not None:
        of_the_pod = read(spec.resources)
        total |= {name: of_the_pod[name] for name in of_the_pod if _is_of_the_pod(name)}
    return total


def _is_of_the_pod(name: str) -> bool:
    """Whether a pod may name an amount of it for all its containers together."""
    return name in _OF_THE_POD or name.startswith(_HUGEPAGES)


def has_resources(spec: PodSpec) -> bool:
    """Whether the pod itself, and not only its containers, names requests or limits."""
    resources = spec.resources
    if resources is None:
        return False
    return any(_is_of_the_pod(name) for name in (*resources.requests, *resources.limits))
