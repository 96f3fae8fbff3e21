"""Which volume is wanted on which node, and by which pods.

Owns that table and the rule by which a pod counts. Decides nothing about attaching. Mirrors
pkg/controller/volume/attachdetach/cache/desired_state_of_world.go and util (DetermineVolumeAction).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeAlias

import msgspec

from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume

Place: TypeAlias = tuple[str, str]
"""(unique name of a volume, name of a node)"""


class Want(msgspec.Struct):
    """A volume that is wanted on a node, and the pods there that want it, by uid; a Multi-Attach error is told once."""

    volume: PersistentVolume
    pods: dict[str, Pod]
    told: bool = False


class Wanted:
    """The table, by place."""

    def __init__(self) -> None:
        self._wants: dict[Place, Want] = {}
        self._places: dict[str, tuple[Place, ...]] = {}

    def __contains__(self, place: object) -> bool:
        return place in self._wants

    def __iter__(self) -> Iterator[tuple[Place, Want]]:
        """Every place with what is wanted there, by name."""
        return iter(sorted(self._wants.items(), key=lambda item: item[0]))

    def knows(self, pod: Pod) -> bool:
        """Whether the pod wanted any volume when it was last taken in."""
        return pod.metadata.uid in self._places

    def get(self, place: Place) -> Want | None:
        return self._wants.get(place)

    def take(self, pod: Pod, volumes: Iterable[tuple[str, PersistentVolume]]) -> bool:
        """Take in which volumes the pod wants on its node from now on. Returns whether that is news."""
        uid, node = pod.metadata.uid, pod.spec.node_name
        wanted = {(name, node): volume for name, volume in volumes}
        before = self._places.get(uid, ())
        for place in before:
            if place not in wanted:
                self._drop(uid, place)
        for place, volume in wanted.items():
            want = self._wants.get(place)
            if want is None:
                want = self._wants[place] = Want(volume, {})
            want.volume = volume
            want.pods[uid] = pod
        if wanted:
            self._places[uid] = tuple(wanted)
        else:
            self._places.pop(uid, None)
        return tuple(wanted) != before

    def pods_on(self, name: str, nodes: Iterable[str]) -> list[Pod]:
        """The pods that want the volume on one of the nodes, by namespace and name."""
        wants = [self._wants[name, node] for node in nodes if (name, node) in self._wants]
        pods = [pod for want in wants for pod in want.pods.values()]
        return sorted(pods, key=lambda pod: (pod.metadata.namespace, pod.metadata.name))

    def _drop(self, uid: str, place: Place) -> None:
        want = self._wants[place]
        want.pods.pop(uid, None)
        if not want.pods:
            del self._wants[place]


def multi_attach_text(volume: str, pod: Pod, users: Iterable[Pod]) -> str:
    """What `pod` is told about a volume that others hold elsewhere; of other namespaces it learns only how many."""
    namespace = pod.metadata.namespace
    names = [user.metadata.name for user in users if user.metadata.namespace == namespace]
    others = sum(1 for user in users if user.metadata.namespace != namespace)
    elsewhere = f"{others} pod(s) in different namespaces"
    if names:
        why = f"Volume is already used by pod(s) {', '.join(names)}" + (f" and {elsewhere}" if others else "")
    elif others:
        why = f"Volume is already used by {elsewhere}"
    else:
        why = "Volume is already exclusively attached to one node and can't be attached to another"
    return f'Multi-Attach error for volume "{volume}" {why}'
