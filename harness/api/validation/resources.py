"""What the API server demands of requests and limits.

Owns the names and the amounts of resources in containers and claims. Mirrors pkg/apis/core/validation/validation.go
(ValidateContainerResourceRequirements).
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, invalid
from harness.api.validation.fields import AT_LEAST_ZERO, complaints
from harness.api.validation.names import qualified_name
from harness.objects import quantity
from harness.objects.pod import ResourceRequirements

_STANDARD = ("cpu", "memory", "ephemeral-storage")
_HUGEPAGES = "hugepages-"


def resource_problems(resources: ResourceRequirements, path: str) -> list[FieldProblem]:
    limits, requests = resources.limits, resources.requests
    if not limits and not requests:
        return []
    problems: list[FieldProblem] = []
    for resource in sorted(limits):
        at = f"{path}.limits[{resource}]"
        problems += container_resource_problems(resource, f"{path}.limits") + _amount_problems(
            resource, limits[resource], at
        )
    for resource in sorted(requests):
        amount, limit = requests[resource], limits.get(resource)
        at = f"{path}.requests[{resource}]"
        problems += container_resource_problems(resource, f"{path}.requests") + _amount_problems(resource, amount, at)
        if limit is None:
            continue
        if not _overcommitted(resource) and quantity.parse(amount) != quantity.parse(limit):
            text = f"must be equal to {resource} limit of {limit}"
            problems.append(invalid(f"{path}.requests", amount, text))
        elif quantity.parse(amount) > quantity.parse(limit):
            text = f"must be less than or equal to {resource} limit of {limit}"
            problems.append(invalid(f"{path}.requests", amount, text))
    return problems


def _overcommitted(resource: str) -> bool:
    """Whether a container may use more of it than it asks for: the native ones but huge pages."""
    native = "/" not in resource or "kubernetes.io/" in resource
    return native and not resource.startswith(_HUGEPAGES)


def container_resource_problems(resource: str, path: str) -> list[FieldProblem]:
    """What is wrong with the name of a resource of a container."""
    problems = complaints(path, resource, qualified_name(resource))
    known = "/" in resource or resource in _STANDARD or resource.startswith(_HUGEPAGES)
    if not problems and not known:
        problems.append(invalid(path, resource, "must be a standard resource type or fully qualified"))
        problems.append(invalid(path, resource, "must be a standard resource for containers"))
    return problems


def _amount_problems(resource: str, amount: str, path: str) -> list[FieldProblem]:
    milli = quantity.parse(amount)
    if milli < 0:
        return [invalid(path, amount, AT_LEAST_ZERO)]
    if "/" in resource and "kubernetes.io/" not in resource and milli % 1000:
        return [invalid(path, amount, "must be an integer")]
    return []


def amounts_problems(amounts: Mapping[str, str], path: str) -> list[FieldProblem]:
    """Amounts of any resources, such as the overhead of a pod or the capacity of a node."""
    return [
        invalid(f"{path}[{resource}]", amounts[resource], AT_LEAST_ZERO)
        for resource in sorted(amounts)
        if quantity.parse(amounts[resource]) < 0
    ]
