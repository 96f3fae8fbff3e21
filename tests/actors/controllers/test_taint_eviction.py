"""Pods that a NoExecute taint drives off: which, when, and in which steps."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from harness.actors.controllers.taint_eviction import TaintEvictionController, stay_seconds
from harness.api import kinds
from harness.api.server import Server
from harness.control.controller import Process
from harness.kernel.chance import Chance
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.objects.meta import ObjectMeta
from harness.objects.node import Node, NodeSpec, Taint
from harness.objects.pod import Pod, Toleration
from harness.objects.wire import from_wire

BROKEN = Taint(key="disk", value="broken", effect="NoExecute")
OTHER = Taint(key="rack", effect="NoExecute")
FOR_EVER = {"key": "disk", "operator": "Exists", "effect": "NoExecute"}


def for_seconds(seconds: int, key: str = "disk") -> dict[str, Any]:
    return {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": seconds}


class World:
    """Two nodes, pods on them, and the controller; no kubelet, so that a pod that is sent away stays as it is."""

    def __init__(self, *taints: Taint) -> None:
        self.loop = Loop(Clock(parse("2026-01-01T00:00:00Z")))
        self.trace = Trace()
        self.server = Server(self.loop.clock, self.trace)
        self.server.create(Namespace(metadata=ObjectMeta(name="default")))
        self.server.create(Node(metadata=ObjectMeta(name="node-1"), spec=NodeSpec(taints=taints)))
        self.server.create(Node(metadata=ObjectMeta(name="node-2")))
        TaintEvictionController(Process.start(self.loop, self.server, Chance(), {}))

    def place(self, name: str, *tolerations: dict[str, Any], node: str = "node-1") -> None:
        containers = [{"name": "c", "image": "app:v1"}]
        spec = {"nodeName": node, "containers": containers, "tolerations": list(tolerations)}
        self.server.create(from_wire({"metadata": {"name": name, "namespace": "default"}, "spec": spec}, Pod))

    def taint(self, *taints: Taint) -> None:
        node = self.server.find(Node, "", "node-1")
        assert node is not None
        self.server.modify(node, lambda stored: replace(stored, spec=replace(stored.spec, taints=taints)))

    def run(self, milliseconds: int) -> None:
        self.loop.run_until(self.loop.now_ms + milliseconds)

    def delete(self, name: str) -> None:
        self.server.delete(kinds.BY_TYPE[Pod], "default", name, grace_seconds=0)

    def pod(self, name: str) -> Pod:
        found = self.server.find(Pod, "default", name)
        assert found is not None
        return found

    def is_sent_away(self, name: str) -> bool:
        return self.pod(name).metadata.deletion_timestamp is not None

    def said(self) -> list[str]:
        events: list[Event] = list(self.server.store.collection("events").objects.values())
        return [event.message for event in events]


def toleration(**fields: Any) -> Toleration:
    return from_wire(fields, Toleration)


@pytest.mark.parametrize(
    ("tolerations", "taints", "expected"),
    [
        ([], [], None),
        ([], [BROKEN], 0),
        ([FOR_EVER], [BROKEN], None),
        ([for_seconds(8)], [BROKEN], 8),
        ([for_seconds(0)], [BROKEN], 0),
        ([for_seconds(-5)], [BROKEN], 0),
        ([for_seconds(8), for_seconds(3)], [BROKEN], 8),
        ([FOR_EVER, for_seconds(3)], [BROKEN], None),
        ([for_seconds(8), for_seconds(3, "rack")], [BROKEN, OTHER], 3),
        ([FOR_EVER, for_seconds(3, "rack")], [BROKEN, OTHER], 3),
        ([for_seconds(8)], [BROKEN, OTHER], 0),
        ([{"operator": "Exists"}], [BROKEN, OTHER], None),
    ],
)
def test_how_long_a_pod_may_stay(tolerations: list[dict[str, Any]], taints: list[Taint], expected: int | None) -> None:
    assert stay_seconds([toleration(**one) for one in tolerations], taints) == expected


def test_pod_without_a_toleration_is_sent_away_at_once() -> None:
    world = World()
    world.place("a")
    world.place("elsewhere", node="node-2")
    world.run(1_000)
    world.taint(BROKEN)
    world.run(10)
    assert world.is_sent_away("a")
    assert not world.is_sent_away("elsewhere")
    assert world.said() == ["Marking for deletion Pod default/a"]


def test_sending_away_is_an_event_a_condition_and_a_deletion() -> None:
    world = World()
    world.place("a")
    world.run(1_000)
    before = len(world.trace.records)
    world.taint(BROKEN)
    world.run(10)
    _, said, marked, deleted = [record.subject for record in world.trace.records[before:]]
    assert isinstance(said, Event)
    assert (said.type, said.reason, said.involved_object.uid) == ("Normal", "TaintManagerEviction", "")
    assert isinstance(marked, Pod)
    assert isinstance(deleted, Pod)
    condition = marked.status.conditions[0]
    assert (condition.type, condition.status, condition.reason, condition.message) == (
        "DisruptionTarget",
        "True",
        "DeletionByTaintManager",
        "Taint manager: deleting due to NoExecute taint",
    )
    assert marked.metadata.deletion_timestamp is None
    assert deleted.metadata.deletion_grace_period_seconds == 30


def test_pod_with_seconds_is_sent_away_after_them() -> None:
    world = World()
    world.place("a", for_seconds(8))
    world.taint(BROKEN)
    world.run(7_999)
    assert not world.is_sent_away("a")
    world.run(10)
    assert world.is_sent_away("a")


def test_pod_that_tolerates_for_ever_stays() -> None:
    world = World()
    world.place("a", FOR_EVER)
    world.taint(BROKEN)
    world.run(3_600_000)
    assert not world.is_sent_away("a")
    assert world.said() == []


def test_eviction_is_cancelled_when_the_taint_goes() -> None:
    world = World()
    world.place("a", for_seconds(8))
    world.taint(BROKEN)
    world.run(5_000)
    world.taint()
    world.run(60_000)
    assert not world.is_sent_away("a")
    assert world.said() == ["Cancelling deletion of Pod default/a"]


def test_a_further_taint_that_is_tolerated_for_a_while_leaves_the_deadline_as_it_is() -> None:
    world = World()
    world.place("a", for_seconds(20), for_seconds(3, "rack"))
    world.taint(BROKEN)
    world.run(5_000)
    world.taint(BROKEN, OTHER)
    world.run(14_000)
    assert not world.is_sent_away("a")
    world.run(1_010)
    assert world.is_sent_away("a")
    assert world.said() == ["Marking for deletion Pod default/a"]


def test_a_further_taint_that_is_not_tolerated_ends_the_wait() -> None:
    world = World()
    world.place("a", for_seconds(20))
    world.taint(BROKEN)
    world.run(5_000)
    world.taint(BROKEN, OTHER)
    world.run(10)
    assert world.is_sent_away("a")
    assert world.said() == ["Cancelling deletion of Pod default/a", "Marking for deletion Pod default/a"]


def test_a_pod_that_was_sent_away_and_is_still_there_is_not_sent_again_after_another_wait() -> None:
    world = World()
    world.place("a", for_seconds(3), for_seconds(3, "rack"))
    world.taint(BROKEN)
    world.run(4_000)
    assert world.is_sent_away("a")
    world.taint(BROKEN, OTHER)
    world.run(2_000)
    world.taint()
    world.run(2_000)
    assert world.said() == ["Marking for deletion Pod default/a"]


def test_a_pod_that_goes_by_itself_cancels_its_eviction() -> None:
    world = World()
    world.place("a", for_seconds(20))
    world.taint(BROKEN)
    world.run(5_000)
    world.delete("a")
    world.run(60_000)
    assert world.said() == ["Cancelling deletion of Pod default/a"]


def test_a_toleration_added_later_counts_if_it_comes_first() -> None:
    world = World()
    world.place("a")
    world.place("b", for_seconds(20))
    world.run(1_000)
    more = toleration(operator="Exists")
    for name in ("a", "b"):
        world.server.modify(
            world.pod(name),
            lambda stored, more=more: replace(
                stored, spec=replace(stored.spec, tolerations=(*stored.spec.tolerations, more))
            ),
        )
    world.taint(BROKEN)
    world.run(60_000)
    assert [world.is_sent_away(name) for name in ("a", "b")] == [False, True]


@pytest.mark.parametrize(("seconds", "stays"), [(None, False), (20, True)])
def test_a_pod_that_comes_to_a_tainted_node_is_treated_likewise(seconds: int | None, stays: bool) -> None:
    world = World(BROKEN)
    world.run(60_000)
    world.place("a", *([for_seconds(seconds)] if seconds else []))
    world.run(10)
    assert world.is_sent_away("a") is not stays
    world.run(20_000)
    assert world.is_sent_away("a")


def test_taints_with_another_effect_drive_nobody_off() -> None:
    world = World()
    world.place("a")
    world.taint(Taint(key="disk", effect="NoSchedule"))
    world.run(60_000)
    assert not world.is_sent_away("a")


def test_a_node_that_is_deleted_stops_no_eviction_that_was_set() -> None:
    world = World()
    world.place("a", for_seconds(8))
    world.taint(BROKEN)
    world.run(1_000)
    world.server.delete(kinds.BY_TYPE[Node], "", "node-1")
    world.run(7_010)
    assert world.is_sent_away("a")
