"""What the network knows of the cluster: its objects at one instant, by kind.

Owns the reading of services, their slices and pods. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any, NamedTuple, TypeAlias

from harness.objects.meta import Object
from harness.objects.pod import Pod
from harness.objects.service import Endpoint, EndpointSlice, Service

Lookup: TypeAlias = Callable[[str], Mapping[tuple[str, str], Any]]
"""From a kind, as `resources.find` takes it, to its objects by (namespace, name)."""

HEADLESS = "None"
_OF_SERVICE = "kubernetes.io/service-name"


class Record(NamedTuple):
    """Whom a name or an address leads to: an object of the cluster, or (`kind` empty) an address or name itself.

    `addresses` are those of an object.
    """

    kind: str
    namespace: str
    name: str
    addresses: tuple[str, ...] = ()

    def __str__(self) -> str:
        if not self.kind:
            return self.name
        place = "" if self.namespace == "default" else f" in {self.namespace}"
        return f"{self.kind.lower()}/{self.name}{place}"


def of_pod(pod: Pod) -> Record:
    return Record("Pod", pod.metadata.namespace, pod.metadata.name, (pod.status.pod_ip,))


def of_service(service: Service) -> Record:
    return Record("Service", service.metadata.namespace, service.metadata.name, service.spec.cluster_ips)


def of_endpoint(endpoint: Endpoint, namespace: str) -> Iterator[Record]:
    """The endpoint's pod; without one, its addresses."""
    target = endpoint.target_ref
    if target is not None and target.kind == "Pod":
        yield Record("Pod", target.namespace or namespace, target.name, endpoint.addresses)
        return
    yield from (Record("", namespace, address) for address in endpoint.addresses)


class View:
    """The objects of one instant."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup

    def every(self, kind: str) -> Mapping[tuple[str, str], Any]:
        return self._lookup(kind)

    def listed(self, kind: str, namespace: str | None = None) -> list[Any]:
        """All objects of a kind, of one namespace or of all, by namespace and name."""
        found = self._lookup(kind)
        return [found[key] for key in sorted(found) if namespace is None or key[0] == namespace]

    def service(self, namespace: str, name: str) -> Service | None:
        found: Service | None = self._lookup("service").get((namespace, name))
        return found

    def pod(self, namespace: str, name: str) -> Pod | None:
        found: Pod | None = self._lookup("pod").get((namespace, name))
        return found

    def pod_at(self, address: str) -> Pod | None:
        """The running pod with that address of its own."""
        for pod in self.listed("pod"):
            if pod.status.pod_ip == address and not pod.spec.host_network:
                found: Pod = pod
                return found
        return None

    def labels_of_namespace(self, name: str) -> Mapping[str, str]:
        found: Object | None = self._lookup("namespace").get(("", name))
        return found.metadata.labels if found is not None else {}

    def slices(self, service: Service) -> list[EndpointSlice]:
        namespace, name = service.metadata.namespace, service.metadata.name
        return [
            found for found in self.listed("endpointslice", namespace) if found.metadata.labels.get(_OF_SERVICE) == name
        ]

    def no_such(self, kind: str, namespace: str, name: str) -> str:
        """A sentence that says that there is no such object, and which one comes near."""
        names = sorted(key[1] for key in self._lookup(kind) if key[0] == namespace)
        close = get_close_matches(name, names, n=1)
        guess = f"; did you mean {kind}/{close[0]}?" if close else ""
        place = "" if namespace in ("", "default") else f" in the namespace {namespace}"
        return f"there is no {kind}/{name}{place}{guess}"


def is_usable(endpoint: Endpoint) -> bool:
    """Whether traffic and names lead to the endpoint; one that does not say is taken to be ready."""
    return endpoint.conditions.ready is not False
