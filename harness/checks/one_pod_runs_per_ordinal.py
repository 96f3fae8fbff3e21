"""S1: the containers of an ordinal's former pod have ended before those of its next pod run.

That two pods have one name is impossible in the API, so the witness goes by what kubelets reported: a pod object that
went while its containers were reported running leaves them behind. A person who deletes by force, and the collector of
pods whose node is gone, take that on themselves; a pod whose phase says that it has finished has nothing running.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import DELETED, Scene, actor, by_person
from harness.kernel.trace import Record
from harness.objects.meta import controller_of
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet

_FORCING = ("pod-garbage-collector-controller", "node-controller")


class Succession(Witness):
    def __init__(self, scene: Scene) -> None:
        super().__init__(scene)
        # By namespace and name: who removed the former pod while it ran, "" if it had ended.
        self._left_by: dict[tuple[str, str], str] = {}
        self._running: dict[tuple[str, str], str] = {}

    def see(self, record: Record) -> Iterator[Sighting]:
        pod: Pod = record.subject
        owner = controller_of(pod)
        if owner is None or owner.kind != StatefulSet.kind:
            return
        place = (pod.metadata.namespace, pod.metadata.name)
        if record.type == DELETED:
            excused = by_person(record) or actor(record) in _FORCING or pod.status.phase in sets.FINISHED
            self._left_by[place] = actor(record) if _is_running(pod) and not excused else ""
        elif _is_running(pod) and self._running.get(place) != pod.metadata.uid:
            self._running[place] = pod.metadata.uid
            if place in self._left_by:
                self.came_true += 1
                if self._left_by[place]:
                    text = f"runs, but its predecessor was still running when {self._left_by[place]} removed it"
                    yield Sighting(pod, text)


def _is_running(pod: Pod) -> bool:
    return any(status.state.running is not None for status in pod.status.container_statuses)


CHECK = Check(
    name="one-pod-runs-per-ordinal",
    property="S1",
    judged=EVERY_STEP,
    sentence="The containers of an ordinal's former pod have ended before those of its next pod run.",
    condition="an ordinal runs that ran before in another pod",
    types=(Pod,),
    watch=Succession,
)
