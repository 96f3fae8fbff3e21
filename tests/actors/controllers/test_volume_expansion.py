"""A claim that grows where its class allows it: nobody here grows the volume, and the claim is told so once."""

from __future__ import annotations

from harness.objects.event import Event
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

SCENARIO = """\
cluster: {quiet: 4s, flags: {pvclaimbinder-sync-period: 2s, enable-hostpath-provisioner: true}}
steps:
- apply:
  - {apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: roomy}, provisioner: kubernetes.io/host-path,
     allowVolumeExpansion: true}
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: archive}
    spec: {storageClassName: roomy, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
- patch: pvc/archive
  with: {spec: {resources: {requests: {storage: 2Gi}}}}
- patch: pvc/archive
  with: {metadata: {labels: {seen: "yes"}}}
"""


def said(outcome: Outcome, step: int) -> list[str]:
    return [
        f"{record.subject.reason}: {record.subject.message}"
        for record in outcome.steps[step].records
        if isinstance(record.subject, Event) and record.subject.source.component == "volume_expand"
    ]


def test_a_claim_that_grows_waits_for_somebody_outside() -> None:
    outcome = play(parse_scenario(SCENARIO, "expansion.yaml"))
    assert said(outcome, 0) == []
    assert said(outcome, 1) == ["ExternalExpanding: waiting for an external controller to expand this PVC"]
    claim = next(obj for obj in outcome.objects if obj.metadata.name == "archive")
    assert claim.status.capacity == {"storage": "1Gi"}  # type: ignore[attr-defined]


def test_a_change_that_is_no_growth_says_nothing_again() -> None:
    assert said(play(parse_scenario(SCENARIO, "expansion.yaml")), 2) == []


def test_a_claim_bound_to_a_volume_that_is_too_small_is_told_to_wait_as_well() -> None:
    outcome = play(
        parse_scenario(
            """\
steps:
- apply:
  - apiVersion: v1
    kind: PersistentVolume
    metadata: {name: small}
    spec: {accessModes: [ReadWriteOnce], capacity: {storage: 1Gi}, nfs: {server: files, path: /small},
           claimRef: {namespace: default, name: archive}}
  - apiVersion: v1
    kind: PersistentVolumeClaim
    metadata: {name: archive}
    spec: {volumeName: small, accessModes: [ReadWriteOnce], resources: {requests: {storage: 5Gi}}}
""",
            "small.yaml",
        )
    )
    assert said(outcome, 0) == ["ExternalExpanding: waiting for an external controller to expand this PVC"]
