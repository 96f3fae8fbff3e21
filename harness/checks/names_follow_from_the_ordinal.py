"""S6: what a set makes is named by the set and an ordinal: the pod, its hostname and labels, and its claims.

Judged when the controller makes something. What is adopted came with names of its own.
"""

from __future__ import annotations

from collections.abc import Iterator

from harness.checks import stateful_sets as sets
from harness.checks.check import EVERY_STEP, Check, Sighting, Witness
from harness.checks.scene import ADDED, actor
from harness.kernel.trace import Record
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.pod import Pod
from harness.objects.statefulset import StatefulSet


class Names(Witness):
    def see(self, record: Record) -> Iterator[Sighting]:
        if record.type != ADDED or record.cause is None or actor(record) != sets.CONTROLLER:
            return
        namespace, _, name = record.cause.key.partition("/")
        stateful_set = self.scene.now.get(StatefulSet, namespace, name)
        if stateful_set is None:
            return
        self.came_true += 1
        subject: Pod | PersistentVolumeClaim = record.subject
        wrong = _wrong_claim(subject, stateful_set)
        if isinstance(subject, Pod):
            wrong = _wrong_pod(subject, stateful_set)
        if wrong:
            yield Sighting(subject, wrong)


def _wrong_claim(claim: Pod | PersistentVolumeClaim, stateful_set: StatefulSet) -> str:
    name = claim.metadata.name
    templates = [template.metadata.name for template in stateful_set.spec.volume_claim_templates]
    expected = [f"{template}-{stateful_set.metadata.name}" for template in templates]
    return "" if sets.parent(name) in expected else f"is named after no claim template of {stateful_set.metadata.name}"


def _wrong_pod(pod: Pod, stateful_set: StatefulSet) -> str:
    number = sets.ordinal(pod)
    name = f"{stateful_set.metadata.name}-{number}"
    claims = {
        volume.name: volume.persistent_volume_claim.claim_name
        for volume in pod.spec.volumes
        if volume.persistent_volume_claim is not None
    }
    facts = (
        (number >= 0, "has no ordinal in its name"),
        (pod.metadata.name == name, f"is not named {name}"),
        (pod.spec.hostname == name, f"has the hostname {pod.spec.hostname!r}"),
        (pod.spec.subdomain == stateful_set.spec.service_name, f"has the subdomain {pod.spec.subdomain!r}"),
        (pod.metadata.labels.get(sets.POD_NAME_LABEL) == name, "is not labelled with its name"),
        (sets.claim_names(stateful_set, number).items() <= claims.items(), "does not use the claims of its ordinal"),
    )
    return next((words for is_so, words in facts if not is_so), "")


CHECK = Check(
    name="names-follow-from-the-ordinal",
    property="S6",
    judged=EVERY_STEP,
    sentence="What a set makes is named by the set and an ordinal: the pod, its hostname, its label and its claims.",
    condition="a set makes a pod or a claim",
    types=(Pod, PersistentVolumeClaim),
    watch=Names,
)
