"""The metrics APIs: what pods use and what named metrics say, as programs beside the cluster serve it.

Owns how a load becomes readings, and the texts of an API that is not there or has nothing. Readings are no objects
here: they would be a write every few seconds for every pod. Mirrors metrics-server, and the adapters of
custom.metrics.k8s.io and external.metrics.k8s.io.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import msgspec

from harness.api import kinds
from harness.api.kinds import Kind
from harness.api.store import Key, Store
from harness.kernel.clock import Clock
from harness.objects import quantity
from harness.objects.meta import Object, OwnerReference, controller_of
from harness.objects.node import Node
from harness.objects.pod import Container, Pod
from harness.objects.pod_resources import running_containers
from harness.objects.pods import RUNNING

NONE = "none"
"""A load that says so: nothing is reported any more."""
SCRAPE_MS = 15_000
RESOURCES = ("cpu", "memory")


class NoMetrics(Exception):
    """There are no readings; `str()` is what the client of the API says."""


class Reading(NamedTuple):
    """What was measured, in thousandths; at which instant of cluster time, and over how many milliseconds before."""

    milli: int
    time_ms: int = 0
    window_ms: int = 0


class Load(msgspec.Struct):
    """What was said of one object: use of resources for each pod, values of named metrics.

    `measured` is the use that stood before `said_ms`, the instant of cluster time at which something was said last.
    """

    resources: dict[str, str] = {}
    metrics: dict[str, str] = {}
    measured: dict[str, str] = {}
    said_ms: int = 0


class Metrics:
    """What the metrics APIs of one cluster serve. `served` are those that are there: "resource", "named"."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.served: frozenset[str] = frozenset()
        self._store = store
        self._clock = clock
        self._loads: dict[tuple[str, Key], Load] = {}

    def say(self, kind: Kind, key: Key, resources: Mapping[str, str], metrics: Mapping[str, str]) -> None:
        """From now on this is the load of an object; what is not named stays as it was."""
        load = self._loads.setdefault((kind.key, key), Load({}, {}, {}))
        if load.said_ms <= self._scraped_ms:
            load.measured = dict(load.resources)
        load.said_ms = self._clock.now_ms
        load.resources.update(resources)
        load.metrics.update(metrics)

    # metrics.k8s.io

    def of_resource(self, name: str, pods: Iterable[Pod], container: str = "") -> dict[str, Reading]:
        """What pods use of cpu or memory, by their names; of one container, if one is named. Raises NoMetrics.

        A pod that runs is measured every 15 s, and has a first reading once it was measured twice. A pod without such
        a container has none.
        """
        if "resource" not in self.served:
            text = "the server could not find the requested resource (get pods.metrics.k8s.io)"
            raise NoMetrics(f"unable to fetch metrics from resource metrics API: {text}")
        measured = [(pod, self._load_of(pod)) for pod in pods if self._is_measured(pod)]
        # Of a pod with one reading missing, metrics-server reports nothing.
        reported = [(pod, load) for pod, load in measured if all(load.get(each) != NONE for each in RESOURCES)]
        if not reported:
            raise NoMetrics("no metrics returned from resource metrics API")
        used = ((pod, self._use(pod, name, load.get(name, "0"), container)) for pod, load in reported)
        return {pod.metadata.name: self._reading(milli) for pod, milli in used if milli is not None}

    def _is_measured(self, pod: Pod) -> bool:
        if pod.status.phase != RUNNING or not self._is_heard_of(pod.spec.node_name):
            return False
        started = [
            status.state.running.started_at
            for status in pod.status.container_statuses
            if status.state.running is not None and status.state.running.started_at is not None
        ]
        if len(started) < len(pod.spec.containers):
            return False
        return all(self._clock.at(stamp) + SCRAPE_MS <= self._scraped_ms for stamp in started)

    def _is_heard_of(self, node: str) -> bool:
        found: Node | None = self._store.collection("nodes").objects.get(("", node))
        ready = next((one for one in found.status.conditions if one.type == "Ready"), None) if found else None
        return ready is not None and ready.status == "True"

    @property
    def _scraped_ms(self) -> int:
        return self._clock.now_ms // SCRAPE_MS * SCRAPE_MS

    def _reading(self, milli: int) -> Reading:
        return Reading(milli, self._scraped_ms, SCRAPE_MS)

    def _use(self, pod: Pod, resource: str, amount: str, container: str) -> int | None:
        """What a pod uses: so much, or such a share of what it requests. Containers share it as they request it.

        Of a container that the pod does not have: None.
        """
        requests = {one.name: _request(one, resource) for one in running_containers(pod.spec)}
        total = sum(requests.values())
        whole = pod.spec.resources.requests.get(resource) if pod.spec.resources is not None else None
        share = amount.removesuffix("%")
        asked = total if whole is None else quantity.parse(whole)
        milli = quantity.parse(share) * asked // 100_000 if share != amount else quantity.parse(amount)
        if not container:
            return milli
        if container not in requests:
            return None
        return milli * requests[container] // total if total else milli // len(requests)

    def _load_of(self, pod: Pod) -> dict[str, str]:
        """What had been said of the pod when it was measured last: of itself, else of who made it."""
        found: dict[str, str] = {}
        for obj in self._line(pod):
            load = self._loads.get((kinds.of_object(obj).key, (obj.metadata.namespace, obj.metadata.name)))
            if load is None:
                continue
            used = load.measured if load.said_ms > self._scraped_ms else load.resources
            for resource, amount in used.items():
                found.setdefault(resource, amount)
        return found

    def _line(self, pod: Pod) -> Iterable[Object]:
        """The pod, its controller, the controller of that."""
        obj: Object | None = pod
        while obj is not None:
            yield obj
            reference: OwnerReference | None = controller_of(obj)
            obj = self._object(reference, pod.metadata.namespace) if reference is not None else None

    def _object(self, reference: OwnerReference, namespace: str) -> Object | None:
        kind = kinds.of_manifest(reference.api_version, reference.kind)
        found: Object | None = self._store.collection(kind.key).objects.get((namespace, reference.name))
        return found if found is not None and found.metadata.uid == reference.uid else None

    # custom.metrics.k8s.io and external.metrics.k8s.io

    def of_pods(self, name: str, pods: Iterable[Pod]) -> dict[str, Reading]:
        """A named metric of pods, by their names. Raises NoMetrics."""
        self._check_custom()
        found: dict[str, Reading] = {}
        for pod in pods:
            value = next((load for load in map(self._named(name), self._line(pod)) if load is not None), NONE)
            if value != NONE and pod.status.phase == RUNNING:
                found[pod.metadata.name] = Reading(quantity.parse(value), self._clock.now_ms)
        if not found:
            text = f"the server could not find the metric {name} for pods"
            raise NoMetrics(f"unable to fetch metrics from custom metrics API: {text}")
        return found

    def of_object(self, name: str, kind: Kind, key: Key) -> int:
        """A named metric of an object, in thousandths. Raises NoMetrics."""
        self._check_custom()
        load = self._loads.get((kind.key, key))
        value = load.metrics.get(name, NONE) if load is not None else NONE
        if value == NONE:
            text = f"the server could not find the metric {name} for {kind.resource.group_resource} {key[1]}"
            raise NoMetrics(f"unable to fetch metrics from custom metrics API: {text}")
        return quantity.parse(value)

    def external(self, name: str, namespace: str) -> int:
        """A metric of nothing in the cluster: whatever was said of it in the namespace. Raises NoMetrics."""
        if "named" not in self.served:
            text = f"the server could not find the requested resource (get {name}.external.metrics.k8s.io)"
            raise NoMetrics(f"unable to fetch metrics from external metrics API: {text}")
        values = [
            load.metrics[name]
            for (_, key), load in self._loads.items()
            if key[0] == namespace and load.metrics.get(name, NONE) != NONE
        ]
        if not values:
            raise NoMetrics("no metrics returned from external metrics API")
        return sum(map(quantity.parse, values))

    def _named(self, name: str) -> Any:
        def value(obj: Object) -> str | None:
            load = self._loads.get((kinds.of_object(obj).key, (obj.metadata.namespace, obj.metadata.name)))
            return load.metrics.get(name) if load is not None else None

        return value

    def _check_custom(self) -> None:
        if "named" not in self.served:
            text = "no custom metrics API (custom.metrics.k8s.io) registered"
            raise NoMetrics(f"unable to fetch metrics from custom metrics API: {text}")


def _request(container: Container, resource: str) -> int:
    amount = container.resources.requests.get(resource)
    return quantity.parse(amount) if amount is not None else 0
