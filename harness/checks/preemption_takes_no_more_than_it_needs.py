"""K4: preemption removes pods of a lower priority only, and none that could have stayed.

A victim is marked in the name of the pod that it goes for. Whether it could have stayed is judged by requests alone,
where nothing else ties the pods of the node: no rules about other pods, host ports or volumes, nobody on their way out,
nobody else nominated. Then the pod that wants the room must not fit beside all that stays and that one victim.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks.check import SETTLED, Check, Sighting, Witness
from harness.checks.room import shortage, takes_room
from harness.checks.scene import DELETED, Scene
from harness.kernel.trace import Record
from harness.objects.conditions import find
from harness.objects.node import Node
from harness.objects.pod import Pod

_TARGETED = "DisruptionTarget"
_PREEMPTED = "PreemptionByScheduler"


class _Preemption:
    """One pod that makes room: the node, and its pods before the first victim was marked."""

    def __init__(self, pod: Pod, node: Node, stood: list[Pod], clear: bool) -> None:
        self.pod = pod
        self.node = node
        self.stood = stood
        self.clear = clear
        self.victims: list[Pod] = []


class Preempting(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        self._running: dict[tuple[str, str, str], _Preemption] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        victim: Pod = record.subject
        if record.type == DELETED or record.previous is None or record.cause is None:
            return
        if not _is_preempted(victim) or _is_preempted(record.previous):
            return
        namespace, _, name = record.cause.key.partition("/")
        pod = self.scene.now.get(Pod, namespace, name)
        node = self.scene.now.get(Node, "", victim.spec.node_name)
        if pod is None or node is None:
            return
        self.came_true += 1
        if (victim.spec.priority or 0) >= (pod.spec.priority or 0):
            yield Sighting(victim, f"has to go for {name}, which is no more important")
        if pod.spec.preemption_policy == "Never":
            yield Sighting(victim, f"has to go for {name}, whose class preempts nobody")
        key = (pod.metadata.uid, node.metadata.name, node.metadata.uid)
        if key not in self._running:
            self._running[key] = self._begun(pod, node, victim, record.previous)
        self._running[key].victims.append(victim)

    def settled(self) -> Iterator[Sighting]:
        for each in self._running.values():
            if each.clear:
                yield from _spared(each)
        self._running.clear()

    def _begun(self, pod: Pod, node: Node, victim: Pod, before: Pod) -> _Preemption:
        every = list(self.scene.now.every(Pod))
        stood = [
            before if each.metadata.uid == victim.metadata.uid else each
            for each in every
            if takes_room(each) and each.spec.node_name == node.metadata.name
        ]
        others = [
            each
            for each in every
            if each.status.nominated_node_name == node.metadata.name and each.metadata.uid != pod.metadata.uid
        ]
        going = any(each.metadata.deletion_timestamp is not None for each in stood)
        clear = not others and not going and not any(_is_tied(each) for each in (pod, *stood))
        return _Preemption(pod, node, stood, clear)


def _spared(preemption: _Preemption) -> Iterator[Sighting]:
    gone = {victim.metadata.uid for victim in preemption.victims}
    staying = [each for each in preemption.stood if each.metadata.uid not in gone]
    for victim in preemption.victims:
        if not shortage(preemption.node, (preemption.pod, victim, *staying)):
            yield Sighting(victim, f"has to go for {preemption.pod.metadata.name}, which would have fitted beside it")


def _is_preempted(pod: Pod) -> bool:
    condition = find(pod.status.conditions, _TARGETED)
    return condition is not None and condition.status == "True" and condition.reason == _PREEMPTED


def _is_tied(pod: Pod) -> bool:
    """Whether more than its requests decides where the pod can be beside others."""
    spec = pod.spec
    affinity = spec.affinity
    ports = any(port.host_port for container in spec.containers for port in container.ports)
    rules = affinity is not None and (affinity.pod_affinity is not None or affinity.pod_anti_affinity is not None)
    return ports or rules or bool(spec.topology_spread_constraints or spec.volumes)


CHECK = Check(
    name="preemption-takes-no-more-than-it-needs",
    property="K4",
    judged=SETTLED,
    sentence="Preemption removes pods of a lower priority only, and none that could have stayed.",
    condition="a pod is removed to make room for another",
    types=(Pod,),
    watch=Preempting,
)
