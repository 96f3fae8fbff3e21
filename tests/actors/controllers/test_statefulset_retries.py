"""What wakes a set and what does not, how a pass that failed comes again, and what is said of it."""

from __future__ import annotations

from itertools import pairwise

from statefulset_world import PARALLEL, SetWorld, other_pod, without_pod_name

from harness.objects.event import Event
from harness.objects.service import Service
from harness.objects.statefulset import ControllerRevision
from harness.objects.wire import from_wire

# So long that the label with the pod's name is refused.
LONG = "w" * 62


def test_a_name_that_is_too_long_for_its_pods_fails_over_and_over() -> None:
    world = SetWorld()
    world.make(1, name=LONG)
    (said,) = world.said()
    assert said.startswith(f"FailedCreate: Create Pod {LONG}-0 in StatefulSet {LONG} failed error: Pod ")
    assert world.said_times("FailedCreate") > 1


def test_a_pass_that_fails_comes_again_after_five_ms_and_twice_as_long_each_time() -> None:
    world = SetWorld()
    world.make(1, name=LONG)
    world.run(2_000)
    failures = [
        record.time_ms
        for record in world.trace.records
        if isinstance(record.subject, Event) and record.subject.reason == "FailedCreate"
    ]
    gaps = [later - earlier for earlier, later in pairwise(failures)]
    waits = [gap - 2 for gap in gaps[2:]]
    assert waits == [20 * 2**number for number in range(len(waits))]


def test_a_pass_that_fails_still_writes_the_status() -> None:
    world = SetWorld()
    world.make(1, name=LONG)
    assert world.statuses() == ["0/0/0/0/0"]


def test_a_pod_whose_name_is_taken_fails_in_silence() -> None:
    world = SetWorld()
    world.create(other_pod("web-0"))
    world.make(1)
    world.run(1_000)
    assert world.said() == []
    assert world.acted() == ["revision 1"]


def test_a_name_that_becomes_free_is_noticed_at_the_next_retry_only() -> None:
    world = SetWorld(rest_ms=0)
    world.create(other_pod("web-0"))
    world.make(1)
    world.run(700)  # between the retries 640 ms and 1280 ms apart
    world.lose("web-0")
    world.run(100)
    assert world.pods() == []
    world.run(2_000)
    assert world.pods() == ["web-0"]


def test_a_touch_of_the_set_ends_the_wait_at_once() -> None:
    world = SetWorld()
    world.create(other_pod("web-0"))
    world.make(1)
    world.run(100_000)
    world.lose("web-0")
    world.touch()
    assert world.pods() == ["web-0"]


def test_after_a_success_the_next_failure_waits_five_ms_again() -> None:
    world = SetWorld(rest_ms=0)
    world.create(other_pod("web-0"))
    world.make(1)
    world.run(10_000)
    world.lose("web-0")
    world.touch()
    world.run(10_000)
    world.lose("web-0")
    world.server.create(other_pod("web-0"))
    world.run(3)
    world.lose("web-0")
    freed = world.loop.now_ms
    world.run(10)
    assert 0 <= world.times("pod web-0")[-1] - freed <= 10


def test_a_claim_a_revision_or_a_service_wakes_no_set() -> None:
    world = SetWorld()
    world.made(1, claims=["data"])
    world.annotate(world.claim("data-web-0"), a="b")
    world.annotate(world.find(ControllerRevision, "web-6578754d74"), a="b")
    world.create(from_wire({"metadata": {"name": "web"}, "spec": {"ports": [{"port": 80}]}}, Service))
    assert world.did() == []


def test_a_pod_that_is_gone_wakes_its_set() -> None:
    world = SetWorld()
    world.made(1)
    world.end("web-0")
    assert world.acted() == ["pod web-0"]


def test_a_revision_deleted_by_hand_comes_back_with_the_next_pass() -> None:
    world = SetWorld()
    world.made(1)
    world.delete(world.find(ControllerRevision, "web-6578754d74"))
    assert world.revisions() == {}
    world.touch()
    assert world.revisions() == {"web-6578754d74": 1}


def test_a_repair_comes_again_ten_ms_after_a_conflict() -> None:
    world = SetWorld(rest_ms=0)
    world.make(1)
    world.run(20)
    world.start("web-0")
    world.run(20)
    world.forget()
    began = world.loop.now_ms
    world.server.modify(world.pod("web-0"), without_pod_name)
    world.loop.after(0, lambda: world.annotate(world.pod("web-0"), disturbed="yes"))
    world.run(30)
    assert [instant - began for instant in world.times("update web-0")] == [12]
    assert world.said_times("SuccessfulUpdate") == 1


def test_in_parallel_retries_of_one_slot_stop_the_batches_after_it() -> None:
    world = SetWorld()
    world.create(other_pod("web-2"))
    world.make(5, **PARALLEL)
    world.run(2_000)
    assert world.pods() == ["web-0", "web-1", "web-2"]
    world.lose("web-2")
    world.touch()
    assert world.pods() == ["web-0", "web-1", "web-2", "web-3", "web-4"]


def test_events_name_the_controller_and_the_set() -> None:
    world = SetWorld()
    world.make(1)
    (event,) = world.events()
    assert (event.source.component, event.reporting_component, event.reporting_instance) == (
        "statefulset-controller", "statefulset-controller", "",
    )  # fmt: skip
    assert (event.involved_object.kind, event.involved_object.name) == ("StatefulSet", "web")


def test_a_quota_like_refusal_leaves_the_claim_made_once() -> None:
    world = SetWorld()
    world.make(1, name=LONG[:55], claims=["data"])
    world.run(1_000)
    assert [line for line in world.acted() if line.startswith("claim")] == [f"claim data-{LONG[:55]}-0"]


def test_storage_that_is_not_the_sets_cannot_be_put_right() -> None:
    world = SetWorld()
    world.create(other_pod("web-0", {"app": "web"}))
    world.start("web-0")
    world.make(1, claims=["data"])
    (said,) = world.said("FailedUpdate")
    assert said.startswith(
        'FailedUpdate: Update Pod web-0 in StatefulSet web failed error: Pod "web-0" is invalid: spec: Forbidden: '
    )


def test_storage_that_cannot_be_put_right_for_want_of_a_claim_is_told_of_as_the_pods() -> None:
    world = SetWorld()
    world.give_claim("data-web-0", finalizers=["example.com/held"])
    world.delete(world.claim("data-web-0"))
    world.create(other_pod("web-0", {"app": "web"}))
    world.start("web-0")
    world.make(1, claims=["data"])
    assert world.said("FailedUpdate") == [
        "FailedUpdate: Update Pod web-0 in StatefulSet web failed error: pvc data-web-0 is being deleted"
    ]
