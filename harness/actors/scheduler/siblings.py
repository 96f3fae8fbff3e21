"""Which pods are of the same kind as a given one: those its services and its owner select.

Owns that question, which default spreading rests on. Mirrors plugins/helper/spread.go (DefaultSelector).
"""

from __future__ import annotations

from typing import Any

from harness.control.informer import Informers
from harness.objects.meta import LabelSelector, controller_of
from harness.objects.pod import Pod
from harness.objects.selector import EQUALS, Requirement, Selector, compiled
from harness.objects.service import Service

_OWNERS = {
    "StatefulSet": "statefulsets.apps",
    "ReplicaSet": "replicasets.apps",
    "ReplicationController": "replicationcontrollers",
}


class Siblings:
    """Answers for any pod, from the services and owners as they are at the moment."""

    def __init__(self, informers: Informers) -> None:
        self._informers = informers
        self._services = informers.of(Service).index(lambda service: (service.metadata.namespace,))

    def selector(self, pod: Pod) -> Selector | None:
        """What selects the pod and its like; None if nothing does."""
        labels = pod.metadata.labels
        merged: dict[str, str] = {}
        for service in self._services.of(pod.metadata.namespace):
            wanted = service.spec.selector
            if wanted and all(labels.get(key) == value for key, value in wanted.items()):
                merged.update(wanted)
        requirements = [Requirement(key, EQUALS, (value,)) for key, value in merged.items()]
        owned = self._of_owner(pod)
        if owned is not None:
            requirements += [each for each in owned.requirements if each not in requirements]
        return Selector(tuple(requirements)) if requirements else None

    def _of_owner(self, pod: Pod) -> Selector | None:
        owner = controller_of(pod)
        resource = _OWNERS.get(owner.kind) if owner is not None else None
        if owner is None or resource is None:
            return None
        found = self._informers.of_resource(resource).get(pod.metadata.namespace, owner.name)
        return compiled(_selector_of(found)) if found is not None else None


def _selector_of(owner: Any) -> LabelSelector:
    """spec.selector; that of a ReplicationController is a plain map of labels."""
    selector = owner.spec.selector
    if isinstance(selector, LabelSelector):
        return selector
    return LabelSelector(match_labels=selector or {})
