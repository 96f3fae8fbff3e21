"""The EndpointSlice controller: what wakes a service, and the writes of a pass.

Owns the slices of services that have a selector. What they hold is decided in listing and plan. Source:
pkg/controller/endpointslice/endpointslice_controller.go and staging/src/k8s.io/endpointslice/reconciler.go.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.actors.controllers.endpointslice.listing import Listed, listed
from harness.actors.controllers.endpointslice.plan import MANAGED_BY, MANAGED_BY_LABEL, Plan, Wanted, planned
from harness.actors.controllers.endpointslice.tracker import Tracker
from harness.api.admission.namespaces import NAMESPACE_TERMINATING
from harness.api.client import Client
from harness.api.problems import ApiError
from harness.api.store import Change, Key
from harness.control.controller import Controller, GiveUp, Process, Retry
from harness.control.events import WARNING
from harness.control.service_pods import ServicePods
from harness.control.workqueue import Backoff
from harness.objects.meta import Object
from harness.objects.node import Node
from harness.objects.node_labels import ZONE
from harness.objects.service import EndpointSlice, Service
from harness.objects.service_pods import SERVICE_NAME_LABEL, is_listed, selects

_BACKOFF = Backoff(1_000, 1_000_000)
_MOST_FAILURES = 15
# Several slices that change at once are looked at once.
_AFTER_A_CHANGE_MS = 1_000


class EndpointSliceController(Controller[Key]):
    """Keys are (namespace, name) of services."""

    name = "endpoint-slice-controller"

    def __init__(self, process: Process) -> None:
        super().__init__(process, workers=5, backoff=_BACKOFF)
        informers = process.informers
        self._behind_services = ServicePods(process, self.queue)
        self._nodes = informers.of(Node)
        self._slices = informers.of(EndpointSlice)
        self._tracker = Tracker()
        # What the last pass over each service found, by the uid of each pod.
        self._listed: dict[Key, dict[str, Listed]] = {}
        self._slices_of = self._slices.index(_managed_service)
        self._slices.subscribe(self._slice_changed)

    def _slice_changed(self, change: Change) -> None:
        """A slice that somebody else changed has its service looked at a second later."""
        now, before = change.object, change.previous
        services = _service(now), _service(before) if before is not None else _service(now)
        if services[0] == services[1]:
            managed = _managed_service(now), _managed_service(before) if before is not None else _managed_service(now)
            if not any(managed) or not (self._tracker.is_of_others(change) or managed[0] != managed[1]):
                return
        for key in dict.fromkeys(services):
            if key in self._behind_services.services:
                self.queue.add_after(key, _AFTER_A_CHANGE_MS, change.sequence)

    async def reconcile(self, key: Key, client: Client) -> int | None:
        service = self._behind_services.services.get(key)
        if service is None:
            self._listed.pop(key, None)
            return None
        if not service.spec.selector or service.spec.type == "ExternalName":
            return None
        wanted, problems = self._wanted(service)
        existing = sorted(self._slices_of.of(("service", *key)), key=lambda found: found.metadata.name)
        there = [found for found in existing if found.metadata.deletion_timestamp is None]
        refusal = await self._carry_out(service, planned(service, wanted, there), client)
        if refusal:
            problems.append(refusal)
        if problems:
            self._fail(service, problems, client)
        return None

    def _fail(self, service: Service, problems: Sequence[str], client: Client) -> None:
        """Tell what went wrong, and have the service looked at again. Raises `Retry`, in the end `GiveUp`."""
        key = namespace, name = service.metadata.namespace, service.metadata.name
        message = f"Error updating Endpoint Slices for Service {namespace}/{name}: {_joined(problems)}"
        self.recorder.event(service, WARNING, "FailedToUpdateEndpointSlices", message, cause=client.cause)
        if self.queue.failures(key) >= _MOST_FAILURES:
            self.queue.forget(key)
            raise GiveUp
        raise Retry

    # What there should be

    def _wanted(self, service: Service) -> tuple[list[Wanted], list[str]]:
        """The endpoints of the service, by the ports their pods offer.

        And which pods are passed over, as their node is not there.
        """
        problems: list[str] = []
        key = (service.metadata.namespace, service.metadata.name)
        known, listed_now = self._listed.get(key, {}), {}
        found: dict[tuple[int, ...], Wanted] = {}
        for pod in self._behind_services.pods(key[0]):
            uid = pod.metadata.uid
            here = known.get(uid)
            if here is None or here.pod is not pod or here.service is not service:
                if not selects(service, pod) or not is_listed(pod):
                    continue
                here = None
            node = self._nodes.get("", pod.spec.node_name)
            if node is None and not service.spec.publish_not_ready_addresses:
                problems.append(
                    f"skipping Pod {pod.metadata.name} for Service {key[0]}/{key[1]}: "
                    f"Node {pod.spec.node_name} Not Found"
                )
                continue
            zone = node.metadata.labels.get(ZONE) if node is not None else None
            if here is None or here.endpoint.zone != zone:
                here = listed(service, pod, zone)
            listed_now[uid] = here
            wanted = found.get(here.numbers)
            if wanted is None:
                wanted = found[here.numbers] = Wanted(here.ports, {})
            wanted.endpoints[uid] = here.endpoint
        self._listed[key] = listed_now
        return list(found.values()), problems

    # What is written

    async def _carry_out(self, service: Service, plan: Plan, client: Client) -> str:
        """Make the plan's writes up to the first that is refused; what is said of that one, if anything."""
        of = f"EndpointSlice for Service {service.metadata.namespace}/{service.metadata.name}"
        # The garbage collector is about to delete the slices of a service that goes.
        for new in plan.create if service.metadata.deletion_timestamp is None else ():
            self._tracker.create()
            try:
                await client.create(new)
            except ApiError as problem:
                self._tracker.not_created()
                gone = problem.has_cause(NAMESPACE_TERMINATING)
                return "" if gone else f"failed to create {of}: {problem.message}"
        for changed in plan.update:
            self._tracker.update(changed)
            try:
                await client.update(changed)
            except ApiError as problem:
                return f"failed to update {changed.metadata.name} {of}: {problem.message}"
        for left in plan.delete:
            self._tracker.delete(left)
            try:
                await client.delete(left, same=True)
            except ApiError as problem:
                if problem.reason != "NotFound":
                    return f"failed to delete {left.metadata.name} {of}: {problem.message}"
        return ""


def _service(obj: Object) -> Key:
    """The service that a slice names."""
    return obj.metadata.namespace, obj.metadata.labels.get(SERVICE_NAME_LABEL, "")


def _managed_service(obj: Object) -> tuple[tuple[str, str, str], ...]:
    """Index value of a slice: the service it belongs to, if it is this controller's."""
    namespace, name = _service(obj)
    if not name or obj.metadata.labels.get(MANAGED_BY_LABEL) != MANAGED_BY:
        return ()
    return (("service", namespace, name),)


def _joined(problems: Sequence[str]) -> str:
    """Several errors as one (apimachinery util/errors, Aggregate)."""
    said = list(dict.fromkeys(problems))
    return said[0] if len(said) == 1 else f"[{', '.join(said)}]"
