"""P9: a pod is put on a node only when all its claims are bound, to volumes that can be used there.

Judged when the node is written into a pod that had none. A pod that is created with its node passes by the scheduler.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from harness.checks.bindings import BIND_COMPLETED, admits, claims_of
from harness.checks.check import ACTION, Check, Sighting, Witness
from harness.checks.scene import DELETED, Past
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.node import Node
from harness.objects.pod import Pod
from harness.objects.storage import PersistentVolume


class Placement(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        pod: Pod = record.subject
        before: Pod | None = record.previous
        if record.type == DELETED or before is None or before.spec.node_name or not pod.spec.node_name:
            return
        for name in claims_of(pod):
            self.came_true += 1
            obstacle = self.scene.obstacle(record, partial(_obstacle, pod, name))
            if obstacle:
                yield Sighting(pod, f"is put on {pod.spec.node_name}, but its claim {name} {obstacle}")


def _obstacle(pod: Pod, name: str, past: Past) -> str:
    """Why the claim keeps the pod from its node; "" if it does not."""
    claim = past.get(PersistentVolumeClaim, pod.metadata.namespace, name)
    if claim is None:
        return "is not there"
    if not claim.spec.volume_name or BIND_COMPLETED not in claim.metadata.annotations:
        return "is not bound"
    volume = past.get(PersistentVolume, "", claim.spec.volume_name)
    node = past.get(Node, "", pod.spec.node_name)
    if volume is None or node is None or admits(volume, node.metadata.labels):
        return ""
    return f"has volume {volume.metadata.name}, which cannot be used there"


CHECK = Check(
    name="pod-runs-where-its-volumes-are",
    property="P9",
    judged=ACTION,
    sentence="A pod is put on a node only when all its claims are bound, to volumes that can be used there.",
    condition="a pod with a claim is put on a node",
    types=(Pod,),
    watch=Placement,
)
