"""Services and the pods behind them: which services a change of either concerns.

Owns that a change of a pod which nobody sees from outside wakes no one. What is kept of the pods behind a service is
each controller's own. Source: the handlers that the controllers of Endpoints and of slices have alike (addService,
addPod).
"""

from __future__ import annotations

from collections.abc import Collection

from harness.api.store import DELETED, Change, Key
from harness.control.controller import Process
from harness.control.workqueue import WorkQueue
from harness.objects.pod import Pod
from harness.objects.service import Service
from harness.objects.service_pods import is_news, namespaces, selects


class ServicePods:
    """What the informers know of services and pods. Adds the key of each service that a change concerns to `queue`."""

    def __init__(self, process: Process, queue: WorkQueue[Key]) -> None:
        self._queue = queue
        services, pods = process.informers.of(Service), process.informers.of(Pod)
        self.services = services.objects
        self._services_in = services.index(namespaces)
        self._pods_in = pods.index(namespaces)
        services.subscribe(self.wake)
        pods.subscribe(self._pod_changed)

    def pods(self, namespace: str) -> Collection[Pod]:
        return self._pods_in.of(namespace)

    def wake(self, change: Change) -> None:
        """Have the service looked at that bears the name of the object."""
        metadata = change.object.metadata
        self._queue.add((metadata.namespace, metadata.name), change.sequence)

    def _pod_changed(self, change: Change) -> None:
        pod: Pod = change.object
        services = self._services_in.of(pod.metadata.namespace)
        if not services:
            return
        previous: Pod | None = change.previous if change.type != DELETED else None
        if not is_news(previous, pod):
            return
        for service in services:
            if selects(service, pod) or (previous is not None and selects(service, previous)):
                self._queue.add((service.metadata.namespace, service.metadata.name), change.sequence)
