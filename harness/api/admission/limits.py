"""LimitRanger: containers are given what a limit range says where they say nothing, and nothing may leave its bounds.

Ranges of a namespace, and resources within one, are gone through in order of name. Source:
plugin/pkg/admission/limitranger/admission.go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace

from harness.api import kinds
from harness.api.problems import ApiError
from harness.objects import quantity
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.meta import Object
from harness.objects.pod import Container, Pod
from harness.objects.pod_resources import pod_limits, pod_requests
from harness.objects.quota import LimitRange, LimitRangeItem

if TYPE_CHECKING:
    from harness.api.server import Server

ANNOTATION = "kubernetes.io/limit-ranger"


def fill_in(pod: Pod, server: Server) -> Pod:
    """The pod with the requests and limits that the limit ranges of its namespace have for containers."""
    for limit_range in _ranges(server, pod.metadata.namespace):
        pod = _filled(pod, limit_range)
    return pod


def _ranges(server: Server, namespace: str) -> list[LimitRange]:
    kind = kinds.BY_TYPE[LimitRange]
    return server.list(kind, namespace) if server.store.collection(kind.key).objects else []


def _filled(pod: Pod, limit_range: LimitRange) -> Pod:
    requests: dict[str, str] = {}
    limits: dict[str, str] = {}
    for item in limit_range.spec.limits:
        if item.type == "Container":
            requests |= item.default_request
            limits |= item.default
    said: list[str] = []
    containers, init_containers = (
        tuple(_container(container, requests, limits, what, said) for container in present)
        for present, what in ((pod.spec.containers, "container"), (pod.spec.init_containers, "init container"))
    )
    if not said:
        return pod
    annotations = {**pod.metadata.annotations, ANNOTATION: f"LimitRanger plugin set: {'; '.join(said)}"}
    return replace(
        pod,
        metadata=replace(pod.metadata, annotations=annotations),
        spec=replace(pod.spec, containers=containers, init_containers=init_containers),
    )


def _container(
    container: Container, requests: Mapping[str, str], limits: Mapping[str, str], what: str, said: list[str]
) -> Container:
    """The container with what it leaves out; what that was is added to `said`."""
    resources = container.resources
    given: dict[str, dict[str, str]] = {}
    for word, defaults, present in (("request", requests, resources.requests), ("limit", limits, resources.limits)):
        missing = sorted(name for name in defaults if name not in present)
        given[word] = {**present, **{name: defaults[name] for name in missing}}
        if missing:
            said.append(f"{', '.join(missing)} {word} for {what} {container.name}")
    if given == {"request": resources.requests, "limit": resources.limits}:
        return container
    return replace(container, resources=replace(resources, requests=given["request"], limits=given["limit"]))


def check_pod(pod: Pod, stored: Pod | None, server: Server) -> None:
    """Refuse (Forbidden) a new pod that leaves the bounds, with everything that is wrong."""
    if stored is not None:
        return
    for limit_range in _ranges(server, pod.metadata.namespace):
        _refuse(pod, [text for item in limit_range.spec.limits for text in _of_pod(pod, item)])


def check_claim(claim: PersistentVolumeClaim, stored: PersistentVolumeClaim | None, server: Server) -> None:
    """Refuse (Forbidden) a claim that leaves the bounds, when it is new and whenever it changes."""
    if stored is not None and stored.metadata.deletion_timestamp is not None:
        return
    requests = claim.spec.resources.requests
    for limit_range in _ranges(server, claim.metadata.namespace):
        said: list[str] = []
        for item in limit_range.spec.limits:
            if item.type == "PersistentVolumeClaim":
                said += _each(item.min, lambda *bound: _minimum("PersistentVolumeClaim", *bound), requests, {})
                said += _each(item.max, _most_requested, requests, {})
        _refuse(claim, said)


def _refuse(obj: Object, said: list[str]) -> None:
    """Refuse the object for these reasons, if there are any; one that comes twice is said once."""
    said = list(dict.fromkeys(said))
    if said:
        text = said[0] if len(said) == 1 else f"[{', '.join(said)}]"
        raise ApiError.forbidden(kinds.of_object(obj).resource, obj.metadata.name, text)


def _of_pod(pod: Pod, item: LimitRangeItem) -> Iterator[str]:
    if item.type == "Container":
        for container in (*pod.spec.containers, *pod.spec.init_containers):
            yield from _bounds(item, container.resources.requests, container.resources.limits)
    elif item.type == "Pod":
        yield from _bounds(item, pod_requests(pod.spec, overhead=False), pod_limits(pod.spec, overhead=False))


Amounts = Mapping[str, str]
Rule = Callable[[str, str, str | None, str | None], str]
"""(resource, bound, request, limit) -> what is wrong, "" if nothing."""


def _bounds(item: LimitRangeItem, requests: Amounts, limits: Amounts) -> Iterator[str]:
    type_ = item.type
    yield from _each(item.min, lambda *bound: _minimum(type_, *bound), requests, limits)
    yield from _each(item.max, lambda *bound: _maximum(type_, *bound), requests, limits)
    yield from _each(item.max_limit_request_ratio, lambda *bound: _ratio(type_, *bound), requests, limits)


def _each(bounds: Amounts, rule: Rule, requests: Amounts, limits: Amounts) -> Iterator[str]:
    for resource in sorted(bounds):
        if said := rule(resource, bounds[resource], requests.get(resource), limits.get(resource)):
            yield said


def _minimum(type_: str, resource: str, bound: str, request: str | None, limit: str | None) -> str:
    heading = f"minimum {resource} usage per {type_} is {bound}"
    if request is None:
        return f"{heading}.  No request is specified"
    if quantity.parse(request) < quantity.parse(bound):
        return f"{heading}, but request is {request}"
    if limit is not None and quantity.parse(limit) < quantity.parse(bound):
        return f"{heading}, but limit is {limit}"
    return ""


def _maximum(type_: str, resource: str, bound: str, request: str | None, limit: str | None) -> str:
    heading = f"maximum {resource} usage per {type_} is {bound}"
    if limit is None:
        return f"{heading}.  No limit is specified"
    if quantity.parse(limit) > quantity.parse(bound):
        return f"{heading}, but limit is {limit}"
    if request is not None and quantity.parse(request) > quantity.parse(bound):
        return f"{heading}, but request is {request}"
    return ""


def _most_requested(resource: str, bound: str, request: str | None, _limit: str | None) -> str:
    """The maximum of a claim, which has no limit."""
    heading = f"maximum {resource} usage per PersistentVolumeClaim is {bound}"
    if request is None:
        return f"{heading}.  No request is specified"
    return f"{heading}, but request is {request}" if quantity.parse(request) > quantity.parse(bound) else ""


def _ratio(type_: str, resource: str, bound: str, request: str | None, limit: str | None) -> str:
    heading = f"{resource} max limit to request ratio per {type_} is {bound}"
    requested, limited = (quantity.parse(amount or "0") for amount in (request, limit))
    if not requested:
        return f"{heading}, but no request is specified or request is 0"
    if not limited:
        return f"{heading}, but no limit is specified or limit is 0"
    if limited * 1000 > requested * quantity.parse(bound):
        return f"{heading}, but provided ratio is {limited / requested:f}"
    return ""
