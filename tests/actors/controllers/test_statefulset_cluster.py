"""Sets in whole clusters: with a scheduler, kubelets and volumes that act in between."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import yaml
from statefulset_world import A, B, counts

from harness.objects.event import Event
from harness.objects.statefulset import StatefulSet
from harness.outcome import Outcome
from harness.runner import play
from harness.scenario.reading import parse_scenario

MANIFEST = """
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: "nginx:1.27"}
"""
CLAIM = {
    "metadata": {"name": "data"},
    "spec": {
        "storageClassName": "",
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": "1Gi"}},
    },
}


def manifest(**spec: Any) -> dict[str, Any]:
    document: dict[str, Any] = yaml.safe_load(MANIFEST)
    document["spec"].update(spec)
    return document


def volume(name: str) -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": name},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "capacity": {"storage": "1Gi"},
            "hostPath": {"path": f"/tmp/{name}"},
        },
    }


def played(*steps: dict[str, Any], **cluster: Any) -> Outcome:
    """The outcome of these steps on a cluster that is at rest after five quiet seconds."""
    scenario = {"cluster": {"quiet": "5s", "nodes": 2, **cluster}, "steps": list(steps)}
    return play(parse_scenario(yaml.safe_dump(scenario, sort_keys=False), "web.yaml"))


def statuses(outcome: Outcome, step: int) -> list[tuple[int, int, int, int, int]]:
    """The counts of every status write of a step, in order."""
    return [
        counts(record.subject)
        for record in outcome.steps[step].records
        if isinstance(record.subject, StatefulSet)
        and record.cause is not None
        and record.cause.actor == "statefulset-controller"
    ]


def pods(outcome: Outcome, step: int, type_: str) -> list[str]:
    """Names of pods of which there is such a record in a step, in order."""
    records = outcome.steps[step].records
    return [r.subject.metadata.name for r in records if r.subject.kind == "Pod" and r.type == type_]


def begun(outcome: Outcome, step: int) -> list[str]:
    """Names of pods whose deletion began in a step, in order."""
    return [
        record.subject.metadata.name
        for record in outcome.steps[step].records
        if record.subject.kind == "Pod"
        and record.type == "MODIFIED"
        and record.subject.metadata.deletion_timestamp is not None
        and record.previous.metadata.deletion_timestamp is None
    ]


def said(outcome: Outcome, step: int) -> list[str]:
    """`Reason message` of the Events that the set's controller wrote in a step, without what they have in common."""
    return [
        f"{record.subject.reason} {record.subject.message}"
        for record in outcome.steps[step].records
        if isinstance(record.subject, Event)
        and record.type == "ADDED"
        and record.subject.source.component == "statefulset-controller"
    ]


def the_set(outcome: Outcome) -> StatefulSet:
    (found,) = (obj for obj in outcome.objects if isinstance(obj, StatefulSet))
    return found


def test_pods_start_in_order_each_when_the_one_before_is_ready() -> None:
    outcome = played({"apply": manifest()})
    assert pods(outcome, 0, "ADDED") == ["web-0", "web-1", "web-2"]
    assert statuses(outcome, 0) == [
        (0, 0, 0, 0, 0), (1, 0, 0, 1, 1), (1, 1, 1, 1, 1), (2, 1, 1, 2, 2), (2, 2, 2, 2, 2), (3, 2, 2, 3, 3),
        (3, 3, 3, 3, 3),
    ]  # fmt: skip


def test_a_parallel_start_makes_every_pod_before_any_is_ready() -> None:
    outcome = played({"apply": manifest(podManagementPolicy="Parallel")})
    found = statuses(outcome, 0)
    assert found[:2] == [(0, 0, 0, 0, 0), (3, 0, 0, 3, 3)]
    assert found[-1] == (3, 3, 3, 3, 3)


def test_a_rollout_tells_of_the_deletion_of_each_pod_from_the_top() -> None:
    outcome = played({"apply": manifest()}, {"setImage": "sts/web", "images": {"c": "nginx:1.28"}})
    # Creations were told of before, so that telling them again only raises a count.
    assert said(outcome, 1) == [
        f"SuccessfulDelete Delete Pod web-{ordinal} in StatefulSet web successful" for ordinal in (2, 1, 0)
    ]
    assert begun(outcome, 1) == ["web-2", "web-1", "web-0"]
    assert the_set(outcome).status.current_revision == B


def test_the_counts_of_a_rollout_never_fall_below_what_one_missing_pod_makes() -> None:
    outcome = played({"apply": manifest()}, {"setImage": "sts/web", "images": {"c": "nginx:1.28"}})
    found = statuses(outcome, 1)
    assert found[0] == (3, 3, 3, 2, 0)
    assert found[-1] == (3, 3, 3, 3, 3)
    assert min(ready for _, ready, _, _, _ in found) == 2
    assert max(replicas for replicas, *_ in found) == 3


def test_the_updated_count_never_falls_during_a_rollout() -> None:
    outcome = played({"apply": manifest()}, {"setImage": "sts/web", "images": {"c": "nginx:1.28"}})
    updated = [found[4] for found in statuses(outcome, 1)]
    assert all(earlier <= later for earlier, later in pairwise(updated))


def test_a_scale_down_waits_for_each_pod_to_be_gone() -> None:
    outcome = played({"apply": manifest()}, {"scale": "sts/web", "replicas": 1})
    assert pods(outcome, 1, "DELETED") == begun(outcome, 1) == ["web-2", "web-1"]
    assert statuses(outcome, 1)[0] == (3, 3, 3, 3, 3)
    assert statuses(outcome, 1)[-1] == (1, 1, 1, 1, 1)


def test_a_pod_deleted_by_hand_comes_back_under_its_name_without_a_word_of_the_deletion() -> None:
    outcome = played({"apply": manifest()}, {"delete": "pod/web-1"})
    assert pods(outcome, 1, "ADDED") == ["web-1"]
    assert [line for line in said(outcome, 1) if line.startswith("SuccessfulDelete")] == []


def test_two_pods_deleted_together_come_back_one_after_the_other() -> None:
    outcome = played({"apply": manifest()}, {"delete": ["pod/web-1", "pod/web-0"]})
    assert pods(outcome, 1, "ADDED") == ["web-0", "web-1"]


def test_a_pod_set_to_failed_is_replaced() -> None:
    outcome = played(
        {"apply": manifest()},
        {"patch": "pod/web-1", "subresource": "status", "with": {"status": {"phase": "Failed"}}},
    )
    assert (begun(outcome, 1), pods(outcome, 1, "ADDED")) == (["web-1"], ["web-1"])
    assert said(outcome, 1)[0] == "SuccessfulDelete Delete Pod web-1 in StatefulSet web successful"
    assert the_set(outcome).status.ready_replicas == 3


def test_a_broken_image_holds_the_rollout_at_the_highest_ordinal() -> None:
    outcome = played(
        {"apply": manifest()},
        {"setImage": "sts/web", "images": {"c": "nginx:broken"}, "for": "5m"},
        images={"nginx:broken": {"pull": "not found"}},
    )
    assert begun(outcome, 1) == ["web-2"]
    assert counts(the_set(outcome)) == (3, 2, 2, 2, 1)
    assert the_set(outcome).status.current_revision == A


def test_min_ready_seconds_pace_the_start() -> None:
    outcome = played({"apply": manifest(minReadySeconds=10)}, quiet="15s")
    times = [r.time_ms for r in outcome.steps[0].records if r.subject.kind == "Pod" and r.type == "ADDED"]
    assert all(later - earlier >= 10_000 for earlier, later in pairwise(times))
    assert counts(the_set(outcome)) == (3, 3, 3, 3, 3)


def test_claims_are_made_before_their_pods_and_survive_the_set() -> None:
    outcome = played(
        {"apply": [volume("one"), volume("two")]},
        {"apply": manifest(replicas=2, volumeClaimTemplates=[CLAIM])},
        {"delete": "sts/web"},
    )
    made = [
        r.subject.metadata.name
        for r in outcome.steps[1].records
        if r.type == "ADDED" and r.subject.kind in ("Pod", "PersistentVolumeClaim")
    ]
    assert made == ["data-web-0", "web-0", "data-web-1", "web-1"]
    left = [obj.metadata.name for obj in outcome.objects if obj.kind in ("Pod", "PersistentVolumeClaim")]
    assert left == ["data-web-0", "data-web-1"]


def test_claims_under_a_policy_end_with_their_owner_whatever_binds_them_meanwhile() -> None:
    policy = {"whenScaled": "Delete", "whenDeleted": "Delete"}
    outcome = played(
        {"apply": [volume("one"), volume("two")]},
        {"apply": manifest(replicas=2, volumeClaimTemplates=[CLAIM], persistentVolumeClaimRetentionPolicy=policy)},
    )
    claims = [obj for obj in outcome.objects if obj.kind == "PersistentVolumeClaim"]
    owners = [[reference.kind for reference in claim.metadata.owner_references] for claim in claims]
    assert owners == [["StatefulSet"], ["StatefulSet"]]
    assert counts(the_set(outcome)) == (2, 2, 2, 2, 2)


def test_deleting_the_set_in_the_foreground_ends_with_the_set() -> None:
    outcome = played({"apply": manifest(replicas=2)}, {"delete": "sts/web", "cascade": "foreground"})
    gone = [r.subject.kind for r in outcome.steps[1].records if r.type == "DELETED"]
    # As long as the set is there its controller makes a new revision for each that the garbage collector takes.
    assert [kind for kind in gone if kind != "ControllerRevision"] == ["Pod", "Pod", "StatefulSet"]
    assert [each.kind for each in outcome.objects if each.kind in {"ControllerRevision", "Pod", "StatefulSet"}] == []


def test_deleting_the_set_ends_its_pods_together() -> None:
    outcome = played({"apply": manifest()}, {"delete": "sts/web"})
    instants = [
        r.time_ms
        for r in outcome.steps[1].records
        if r.subject.kind == "Pod" and r.type == "MODIFIED" and r.previous.metadata.deletion_timestamp is None
    ]
    assert len(instants) >= 3
    assert max(instants[:3]) - min(instants[:3]) < 20
