"""What is said of a stream does not depend on what a real cluster leaves to chance."""

from __future__ import annotations

from typing import Any

from conformance.facts import facts_of, subject_of
from conformance.score import Recording, judge

Wire = dict[str, Any]


def step(index: int, **written: Any) -> Wire:
    return {"type": "STEP", "index": index, "time": 0, "step": written}


def response(index: int, message: str = "", rejected: str | None = None) -> Wire:
    return {"type": "RESPONSE", "index": index, "message": message, "rejected": rejected}


def change(type_: str, kind: str, name: str, **fields: Any) -> Wire:
    metadata = {"name": name, "namespace": "default", **fields.pop("metadata", {})}
    return {"type": type_, "time": 0, "object": {"kind": kind, "apiVersion": "v1", "metadata": metadata, **fields}}


def owned_by(kind: str, name: str) -> Wire:
    return {"ownerReferences": [{"kind": kind, "name": name, "controller": True}]}


def event(name: str, about: str, message: str) -> Wire:
    involved = {"kind": "Pod", "name": about, "namespace": "default"}
    return change("ADDED", "Event", name, involvedObject=involved, type="Normal", reason="Pulled", message=message)


def kinds(facts: Wire, kind: str) -> Wire:
    return {fact: value for fact, value in facts.items() if fact.startswith(f"{kind}|")}


def test_replies_are_told_line_by_line_without_the_name_of_the_file() -> None:
    stream = [step(0, apply="x"), response(0, "pod/a created\npod/b created", 'error in "dir/list.yaml": no')]
    assert list(kinds(facts_of(stream), "reply")) == [
        'reply|0|rejected|error in "<file>": no',
        "reply|0|says|pod/a created",
        "reply|0|says|pod/b created",
    ]


def test_what_is_said_of_a_wait_or_an_expect_is_not_compared() -> None:
    stream = [step(0, wait="3s"), response(0, "x"), step(1, expect=[]), response(1, "y"), step(2, scale="sts/z")]
    stream.append(response(2, "scaled"))
    assert list(kinds(facts_of(stream), "reply")) == ["reply|1|says|scaled"]


def test_pods_of_a_replica_set_are_compared_as_a_bag() -> None:
    replica_set = change("ADDED", "ReplicaSet", "web-6578754d74", metadata=owned_by("Deployment", "web"))
    pods = [
        change("ADDED", "Pod", f"web-6578754d74-{suffix}", metadata=owned_by("ReplicaSet", "web-6578754d74"))
        for suffix in ("x7abc", "2kd9q")
    ]
    facts = facts_of([step(0, apply="x"), replica_set, *pods])
    assert facts["path|0|pod/web-hash1-*|created"] == 2
    assert facts["final|replicaset/web-hash1|its real name"] == "web-6578754d74"


def test_order_is_told_only_among_the_pods_of_one_set() -> None:
    pods = [change("ADDED", "Pod", f"web-{n}", metadata=owned_by("StatefulSet", "web")) for n in (0, 1)]
    facts = facts_of([step(0, apply="x"), pods[0], change("ADDED", "Pod", "alone"), pods[1]])
    assert list(kinds(facts, "order")) == ["order|0|statefulset/web|pod/web-0 created < pod/web-1 created"]


def test_an_event_counts_where_it_is_first_seen() -> None:
    took = "Successfully pulled image in {0}ms ({0}ms including waiting). Image size: {0} bytes"
    stream = [step(0, apply="x"), event("a.1", "web-0", took.format(5)), step(1, scale="x")]
    stream.append(event("a.2", "web-0", took.format(9)))
    (fact,) = kinds(facts_of(stream), "event")
    assert fact.startswith("event|0|pod/web-0|Normal|Pulled|Successfully pulled image in <time>")


def test_only_the_last_counts_of_a_step_are_told() -> None:
    counts = [change("MODIFIED", "StatefulSet", "web", status={"replicas": n}) for n in (1, 2)]
    assert list(kinds(facts_of([step(0, scale="x"), *counts]), "count")) == [
        "count|0|statefulset/web|status replicas=2"
    ]


def test_what_is_gone_at_the_end_leaves_no_leaves() -> None:
    claim = {"spec": {"volumeName": "pv-1"}}
    stream = [step(0, delete="x"), change("ADDED", "PersistentVolumeClaim", "data", **claim)]
    assert kinds(facts_of(stream), "final")
    stream.append(change("DELETED", "PersistentVolumeClaim", "data", **claim))
    assert not kinds(facts_of(stream), "final")


def test_a_score_is_the_mean_over_kinds_of_what_agrees() -> None:
    recorded = {"reply|0|says|a": True, "reply|0|says|b": True, "final|pod/a|spec.x": "1"}
    seen = {"reply|0|says|a": True, "reply|0|says|c": True, "final|pod/a|spec.x": "2"}
    judgement = judge(Recording(facts=recorded, loose=(), runs=2), seen)
    assert judgement.by_kind == {"reply": 1 / 3, "final": 0.0}
    assert judgement.score == 1 / 6
    assert judgement.missing == ("reply|0|says|b = True", "final|pod/a|spec.x = 1   (here: 2)")


def test_what_recordings_disagree_on_is_not_held_against_a_run() -> None:
    seen = {"reply|0|says|a": True, "path|0|pod/a|created → ready": 1}
    loose = (subject_of("path|0|pod/a|created"),)
    assert judge(Recording(facts={"reply|0|says|a": True}, loose=loose, runs=2), seen).score == 1
