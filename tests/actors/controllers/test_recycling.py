"""Volumes with the policy Recycle, seen through a whole cluster: scrubbed by a pod and offered again, or not."""

from __future__ import annotations

from typing import Any

from harness.objects.event import Event
from harness.objects.pod import Pod
from harness.objects.recycler_pod import RECYCLER_IMAGE
from harness.objects.storage import PersistentVolume
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

NFS = "nfs: {server: filer, path: /exports/scratch}"
CLAIM = """\
    apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: build}
    spec: {storageClassName: "", accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
"""
MAKE = "- apply:\n" + CLAIM
DROP = "- delete: pvc/build\n"
POD = "recycler-for-scratch"
ASSIGNED = f"Recycler pod: Successfully assigned default/{POD} to node-1"


def volume(source: str = NFS, size: str = "1Gi", spec: str = "") -> str:
    return f"""\
- apply:
    apiVersion: v1
    kind: PersistentVolume
    metadata: {{name: scratch}}
    spec:
      {{persistentVolumeReclaimPolicy: Recycle, capacity: {{storage: {size}}}, accessModes: [ReadWriteOnce],
       {source}{spec}}}
"""


def played(*steps: str, image: str = "", quiet: str = "10s") -> Outcome:
    images = f', images: {{"{RECYCLER_IMAGE}": {image}}}' if image else ""
    text = f"cluster: {{nodes: 1, quiet: {quiet}{images}}}\nsteps:\n" + "".join(steps)
    return play(parse_scenario(text, "recycling.yaml"))


def said(outcome: Outcome) -> list[tuple[str, str, str, int]]:
    """(type, reason, message, count) of the events about the volume, in the order they were first said."""
    latest: dict[str, Event] = {}
    for step in outcome.steps:
        for record in step.records:
            subject = record.subject
            if isinstance(subject, Event) and subject.involved_object.name == "scratch":
                latest[subject.metadata.name] = subject
    return [(event.type, event.reason, event.message, event.count) for event in latest.values()]


def phases(outcome: Outcome, step: int) -> list[str]:
    """The phases that the volume came to be in, and what became of the pod that scrubs it."""
    lines = []
    for record in outcome.steps[step].records:
        subject, before = record.subject, record.previous
        if isinstance(subject, PersistentVolume) and before is not None and subject.status.phase != before.status.phase:
            lines.append(subject.status.phase)
        elif isinstance(subject, Pod) and subject.metadata.name == POD:
            if record.type != "MODIFIED":
                lines.append(f"pod {record.type}")
            elif subject.status.phase != before.status.phase:
                lines.append(f"pod {subject.status.phase}")
    return lines


def at_end(outcome: Outcome) -> PersistentVolume:
    return next(each for each in outcome.objects if isinstance(each, PersistentVolume))


def recycler(outcome: Outcome) -> Pod:
    """The pod as it was when it was made."""
    records = [record for step in outcome.steps for record in step.records]
    made: Any = next(r.subject for r in records if r.type == "ADDED" and r.subject.metadata.name == POD)
    assert isinstance(made, Pod)
    return made


def test_a_recycled_volume_is_scrubbed_by_a_pod_and_offered_again() -> None:
    outcome = played(volume(), MAKE, DROP)
    assert phases(outcome, 2) == [
        "Released",
        "pod ADDED",
        "pod Running",
        "pod Succeeded",
        "pod DELETED",
        "Available",
    ]
    assert at_end(outcome).spec.claim_ref is None
    assert "pv.kubernetes.io/bound-by-controller" not in at_end(outcome).metadata.annotations


def test_what_is_said_of_the_pod_is_said_of_the_volume() -> None:
    pull = f'Recycler pod: Pulling image "{RECYCLER_IMAGE}"'
    pulled = f'Recycler pod: Successfully pulled image "{RECYCLER_IMAGE}" in 500ms (500ms including waiting).'
    assert said(played(volume(), MAKE, DROP)) == [
        ("Normal", "RecyclerPod", ASSIGNED, 1),
        ("Normal", "RecyclerPod", pull, 1),
        ("Normal", "RecyclerPod", f"{pulled} Image size: 0 bytes.", 1),
        ("Normal", "RecyclerPod", "Recycler pod: Container created", 1),
        ("Normal", "RecyclerPod", "Recycler pod: Container started", 1),
        ("Normal", "VolumeRecycled", "Volume recycled", 1),
    ]


def test_the_pod_mounts_the_volume_and_empties_it() -> None:
    pod = recycler(played(volume(), MAKE, DROP))
    (mounted,), (container,) = pod.spec.volumes, pod.spec.containers
    assert (mounted.nfs.server, mounted.nfs.path) == ("filer", "/exports/scratch")  # type: ignore[union-attr]
    assert [(mount.name, mount.mount_path) for mount in container.volume_mounts] == [(mounted.name, "/scrub")]
    assert (container.name, container.image, container.command) == ("pv-recycler", RECYCLER_IMAGE, ("/bin/sh",))
    assert container.args[1].startswith("test -e /scrub && ")
    assert (pod.metadata.namespace, pod.spec.restart_policy) == ("default", "Never")


def test_the_time_for_scrubbing_grows_with_the_volume() -> None:
    host_path = "hostPath: {path: /srv/scratch}"
    deadlines = [
        recycler(played(volume(source, size), MAKE, DROP)).spec.active_deadline_seconds
        for source, size in ((NFS, "1Gi"), (NFS, "20Gi"), (host_path, "1Gi"), (host_path, "2900Mi"), (host_path, "5Gi"))
    ]
    assert deadlines == [300, 600, 60, 60, 150]


def test_a_volume_reserved_for_a_name_is_kept_for_it() -> None:
    reserved = volume(spec=", claimRef: {namespace: default, name: build}")
    outcome = played(reserved, MAKE, DROP)
    reference = at_end(outcome).spec.claim_ref
    assert reference is not None
    assert (reference.name, reference.uid, at_end(outcome).status.phase) == ("build", "", "Available")


def test_a_pod_that_failed_makes_the_volume_failed_and_is_tried_again_at_each_resync() -> None:
    crashes = "{exit: 1, after: 200ms}"
    outcome = played(volume(), MAKE, "- delete: pvc/build\n  for: 40s\n", image=crashes, quiet="30s")
    assert phases(outcome, 2)[:6] == ["Released", "pod ADDED", "pod Running", "pod Failed", "pod DELETED", "Failed"]
    text = "Recycle failed: failed to recycle volume: pod failed, pod.Status.Message unknown"
    assert at_end(outcome).status.message == text
    assert [line for line in said(outcome) if line[1] == "VolumeFailedRecycle"] == [
        ("Warning", "VolumeFailedRecycle", text, 1)
    ]
    # At once, because the volume changed; then at the resyncs.
    assert phases(outcome, 2).count("pod ADDED") == 4


def test_a_failed_volume_is_offered_again_once_scrubbing_works() -> None:
    crashes = "{exit: 1, after: 200ms}"
    repaired = f'- images: {{"{RECYCLER_IMAGE}": {{exit: 0, after: 200ms}}}}\n'
    outcome = played(volume(), MAKE, "- delete: pvc/build\n  for: 9s\n", repaired, image=crashes, quiet="20s")
    assert phases(outcome, 3) == ["pod ADDED", "pod Running", "pod Succeeded", "pod DELETED", "Available"]
    assert at_end(outcome).status.message == ""


def test_a_pod_that_hangs_is_ended_at_its_deadline() -> None:
    outcome = played(volume(), MAKE, DROP, image="{}", quiet="299s")
    assert "Failed" in phases(outcome, 2)
    text = "Pod was active on the node longer than the specified deadline"
    failed = [message for _, reason, message, _ in said(outcome) if reason == "VolumeFailedRecycle"]
    assert failed == [f"Recycle failed: failed to recycle volume: {text}"]


def test_a_recycler_pod_that_somebody_deletes_is_a_failure() -> None:
    nowhere = "- cordon: node-1\n"
    outcome = played(volume(), MAKE, nowhere, DROP, f"- delete: pod/{POD}\n  for: 1s\n")
    failed = [message for _, reason, message, _ in said(outcome) if reason == "VolumeFailedRecycle"]
    assert failed == ["Recycle failed: failed to recycle volume: recycler pod was deleted"]


def test_a_pod_in_the_way_is_deleted_and_the_volume_tried_again() -> None:
    forged = f"""\
- apply:
    apiVersion: v1
    kind: Pod
    metadata: {{name: {POD}}}
    spec: {{containers: [{{name: c, image: c}}]}}
"""
    outcome = played(volume(), MAKE, forged, DROP, quiet="20s")
    failed = [message for _, reason, message, _ in said(outcome) if reason == "VolumeFailedRecycle"]
    assert failed == ["Recycle failed: old recycler pod found, will retry later"]
    assert at_end(outcome).status.phase == "Available"


def test_a_volume_is_not_scrubbed_while_a_pod_waits_for_the_claim_that_is_gone() -> None:
    waiting = """\
- cordon: node-1
- apply:
    apiVersion: v1
    kind: Pod
    metadata: {name: job}
    spec:
      containers: [{name: job, image: job}]
      volumes: [{name: data, persistentVolumeClaim: {claimName: build}}]
"""
    outcome = played(volume(), MAKE, waiting, DROP, "- delete: pod/job\n", quiet="20s")
    assert phases(outcome, 4) == ["Released"]
    text = "Volume is used by pods: default/job"
    # At once, and at one resync within the twenty seconds.
    assert said(outcome)[0] == ("Normal", "VolumeFailedRecycle", text, 2)
    assert phases(outcome, 5)[0] == "pod ADDED"


def test_a_new_claim_of_the_old_name_does_not_keep_a_volume_from_being_scrubbed() -> None:
    again = "- apply:\n" + CLAIM.replace('storageClassName: ""', "storageClassName: other")
    waiting = "- cordon: node-1\n"
    pod = "- apply: {apiVersion: v1, kind: Pod, metadata: {name: job}, spec: {containers: [{name: job, image: job}], "
    pod += "volumes: [{name: data, persistentVolumeClaim: {claimName: build}}]}}\n"
    outcome = played(volume(), MAKE, waiting, pod, "- delete: pvc/build\n  for: 2s\n", again, "- uncordon: node-1\n")
    assert at_end(outcome).status.phase == "Available"


def test_scrubbing_goes_on_for_a_volume_that_cannot_be_scrubbed_yet_when_its_node_comes() -> None:
    outcome = played(volume(), MAKE, "- cordon: node-1\n", DROP, "- uncordon: node-1\n")
    assert phases(outcome, 3) == ["Released", "pod ADDED"]
    assert phases(outcome, 4) == ["pod Running", "pod Succeeded", "pod DELETED", "Available"]


def test_a_volume_that_was_changed_while_it_was_scrubbed_is_scrubbed_again() -> None:
    changed = "- label: pv/scratch\n  set: {rack: r1}\n"
    outcome = played(volume(), MAKE, "- delete: pvc/build\n  settle: false\n", changed, quiet="20s")
    told = phases(outcome, 2) + phases(outcome, 3)
    assert told.count("pod ADDED") == 2
    assert told[-1] == "Available"


def test_a_pod_that_cannot_be_made_is_a_failure() -> None:
    name = "s" * 250
    long_name = volume().replace("name: scratch", f"name: {name}")
    problem = at_end(played(long_name, MAKE, DROP)).status.message
    start = (
        f'Recycle failed: unexpected error creating recycler pod:  Pod "recycler-for-{name}" is invalid: metadata.name'
    )
    assert problem.startswith(start)
