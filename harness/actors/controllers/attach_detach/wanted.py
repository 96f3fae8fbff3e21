"""Which volume is wanted on which node, and by which pods.

Owns that table: what a pod once wanted it wants until it is over, whatever becomes of its claim. Decides nothing about
attaching. Mirrors pkg/controller/volume/attachdetach/cache/desired_state_of_world.go and util (ProcessPodVolumes).
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
        """Take in that the pod wants these volumes on its node, besides what it wants there already.

        Returns whether that is news.
        """
        uid, node = pod.metadata.uid, pod.spec.node_name
        before = self._places.get(uid, ())
        wanted = dict.fromkeys(before)
        for name, volume in volumes:
            place = (name, node)
            self._wants.setdefault(place, Want(volume, {})).volume = volume
            wanted[place] = None
        for place in wanted:
            self._wants[place].pods[uid] = pod
        if wanted:
            self._places[uid] = tuple(wanted)
        return len(wanted) != len(before)

    def drop(self, pod: Pod) -> bool:
        """Take in that the pod wants nothing any more. Returns whether that is news."""
        uid = pod.metadata.uid
        places = self._places.pop(uid, ())
        for place in places:
            want = self._wants[place]
            want.pods.pop(uid, None)
            if not want.pods:
                del self._wants[place]
        return bool(places)

    def pods_on(self, name: str, nodes: Iterable[str]) -> list[Pod]:
        """The pods that want the volume on one of the nodes, by namespace and name."""
        wants = [self._wants[name, node] for node in nodes if (name, node) in self._wants]
        pods = [pod for want in wants for pod in want.pods.values()]
        return sorted(pods, key=lambda pod: (pod.metadata.namespace, pod.metadata.name))


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
