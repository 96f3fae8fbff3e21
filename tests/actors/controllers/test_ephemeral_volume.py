"""Claims made for the ephemeral volumes of pods, seen through a whole cluster: how they come and go."""

from __future__ import annotations

from typing import Any

from harness.objects.claim import PersistentVolumeClaim
from harness.objects.event import Event
from harness.objects.meta import OwnerReference
from harness.objects.pod import Pod
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

SETTINGS = "cluster: {nodes: 1, quiet: 20s, flags: {enable-hostpath-provisioner: true}}\nsteps:\n"
EARLY = """\
- apply:
    {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: local}, provisioner: kubernetes.io/host-path}
"""
LATE = EARLY.replace("host-path}", "host-path, volumeBindingMode: WaitForFirstConsumer}")
TEMPLATE = """\
{metadata: {labels: {tier: scratch}, annotations: {team: builds}},
 spec: {storageClassName: local, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}}"""
POD = f"""\
- apply:
    apiVersion: v1
    kind: Pod
    metadata: {{name: build}}
    spec:
      containers: [{{name: build, image: build, volumeMounts: [{{name: scratch, mountPath: /scratch}}]}}]
      volumes: [{{name: scratch, ephemeral: {{volumeClaimTemplate: {TEMPLATE.replace(chr(10), "")}}}}}]
"""
SOMEBODYS = """\
- apply:
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: build-scratch}
    spec: {storageClassName: "", accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
NOT_OWNER = "PVC default/build-scratch was not created for pod default/build (pod is not owner)"


def played(*steps: str) -> Outcome:
    return play(parse_scenario(SETTINGS + "".join(steps), "ephemeral.yaml"))


def found(outcome: Outcome, type_: type[Any], name: str) -> Any:
    return next((each for each in outcome.objects if isinstance(each, type_) and each.metadata.name == name), None)


def happened(outcome: Outcome, step: int) -> list[str]:
    """What became of the claim, and what was said of the pod, in the order it happened."""
    lines = []
    for record in outcome.steps[step].records:
        subject, before = record.subject, record.previous
        if isinstance(subject, Event) and before is None and subject.involved_object.kind == "Pod":
            lines.append(f"{subject.reason}: {subject.message}")
        elif isinstance(subject, PersistentVolumeClaim):
            if record.type != "MODIFIED":
                lines.append(f"claim {record.type}")
            elif subject.status.phase != before.status.phase:
                lines.append(f"claim {subject.status.phase}")
    return lines


def complaints(outcome: Outcome, step: int) -> list[Event]:
    """The events FailedBinding about the pod, as they stood at the end of the step, oldest first."""
    latest: dict[str, Event] = {}
    for record in outcome.steps[step].records:
        subject = record.subject
        if isinstance(subject, Event) and subject.reason == "FailedBinding" and subject.involved_object.kind == "Pod":
            latest[subject.metadata.name] = subject
    return list(latest.values())


def waiting(text: str) -> str:
    return f"FailedScheduling: 0/1 nodes are available: {text}. not found"


MISSING = waiting('waiting for ephemeral volume controller to create the persistentvolumeclaim "build-scratch"')
UNBOUND = waiting("pod has unbound immediate PersistentVolumeClaims")
PLACED = "Scheduled: Successfully assigned default/build to node-1"


def test_the_claim_carries_what_the_template_says_and_belongs_to_the_pod() -> None:
    outcome = played(EARLY, POD)
    claim, pod = found(outcome, PersistentVolumeClaim, "build-scratch"), found(outcome, Pod, "build")
    assert claim.metadata.labels == {"tier": "scratch"}
    assert claim.metadata.annotations["team"] == "builds"
    assert claim.spec.resources.requests == {"storage": "1Gi"}
    assert claim.metadata.owner_references == (
        OwnerReference(
            api_version="v1",
            kind="Pod",
            name="build",
            uid=pod.metadata.uid,
            controller=True,
            block_owner_deletion=True,
        ),
    )


def test_a_pod_waits_for_its_claim_to_be_made_and_then_to_be_bound() -> None:
    lines = happened(played(EARLY, POD), 1)
    assert lines[:3] == [MISSING, "claim ADDED", UNBOUND]
    assert lines.index("claim Bound") < lines.index(PLACED)


def test_a_claim_that_binds_late_is_bound_where_its_pod_is_placed() -> None:
    outcome = played(LATE, POD)
    lines = happened(outcome, 1)
    assert lines[:2] == [MISSING, "claim ADDED"]
    assert UNBOUND not in lines
    assert lines.index("claim Bound") < lines.index(PLACED)
    annotations = found(outcome, PersistentVolumeClaim, "build-scratch").metadata.annotations
    assert annotations["volume.kubernetes.io/selected-node"] == "node-1"


def test_the_claim_goes_with_its_pod() -> None:
    outcome = played(EARLY, POD, "- delete: pod/build\n")
    assert happened(outcome, 2)[-1] == "claim DELETED"
    assert found(outcome, PersistentVolumeClaim, "build-scratch") is None


def test_a_claim_deleted_by_hand_waits_for_its_running_pod() -> None:
    outcome = played(EARLY, POD, "- delete: pvc/build-scratch\n", "- delete: pod/build\n")
    assert happened(outcome, 2) == []
    assert happened(outcome, 3)[-1] == "claim DELETED"
    assert found(outcome, PersistentVolumeClaim, "build-scratch") is None


def test_a_claim_deleted_before_its_pod_was_placed_is_made_again() -> None:
    nowhere = POD.replace("spec:\n", "spec:\n      nodeSelector: {disk: none}\n", 1)
    outcome = played(EARLY, nowhere, "- delete: pvc/build-scratch\n")
    lines = happened(outcome, 2)
    assert lines[:2] == ["claim DELETED", "claim ADDED"]
    assert "claim Bound" in lines


def test_a_claim_that_somebody_made_is_left_alone_and_complained_of_with_growing_patience() -> None:
    outcome = played(EARLY, SOMEBODYS, POD)
    assert found(outcome, PersistentVolumeClaim, "build-scratch").metadata.owner_references == ()
    (said,) = complaints(outcome, 2)
    assert (said.type, said.message) == ("Warning", f"ephemeral volume scratch: {NOT_OWNER}")
    assert said.source.component == "ephemeral_volume"
    # The first at once, then after 5 ms, doubled with every failure: the thirteenth comes after 20.475 s.
    assert said.count == 12
    assert waiting(NOT_OWNER) in happened(outcome, 2)


def test_a_pod_gets_its_own_claim_once_the_one_in_its_way_is_gone() -> None:
    lines = happened(played(EARLY, SOMEBODYS, POD, "- delete: pvc/build-scratch\n"), 3)
    assert lines[:3] == [
        waiting('persistentvolumeclaim "build-scratch" is being deleted'),
        "claim DELETED",
        "claim ADDED",
    ]
    assert lines.index("claim Bound") < lines.index(PLACED)


def test_what_the_server_refuses_is_said_of_the_pod() -> None:
    quota = """\
- apply:
    apiVersion: v1
    kind: ResourceQuota
    metadata: {name: disks}
    spec: {hard: {persistentvolumeclaims: "0"}}
"""
    (said,) = complaints(played(EARLY, quota, POD), 2)
    assert said.message == (
        'ephemeral volume scratch: create PVC build-scratch: persistentvolumeclaims "build-scratch" is forbidden: '
        "exceeded quota: disks, requested: persistentvolumeclaims=1, used: persistentvolumeclaims=0, "
        "limited: persistentvolumeclaims=0"
    )


def test_a_pod_put_on_a_node_by_hand_does_not_mount_a_claim_that_is_not_its_own() -> None:
    volume = """\
- apply:
    apiVersion: v1
    kind: PersistentVolume
    metadata: {name: disk}
    spec: {capacity: {storage: 1Gi}, accessModes: [ReadWriteOnce], hostPath: {path: /tmp/disk}}
"""
    placed = POD.replace("spec:\n", "spec:\n      nodeName: node-1\n", 1)
    text = f"unattached volumes=[], failed to process volumes=[scratch]: {NOT_OWNER}"
    assert f"FailedMount: Unable to attach or mount volumes: unmounted volumes=[scratch], {text}" in happened(
        played(volume, SOMEBODYS, placed), 2
    )
