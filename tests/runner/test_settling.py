"""When a step is over: quiet, bounded, or not awaited at all."""

from __future__ import annotations

from functools import partial

import pytest
from playing import config, last, played, web

from harness.cluster import Cluster, ClusterSpec
from harness.control.events import Recorders
from harness.errors import InternalError
from harness.objects.config import Namespace
from harness.objects.event import Event
from harness.outcome import LIMIT, NOT_AWAITED, SETTLED, StepOutcome
from harness.runner import settling

# A pod that is bound by its manifest to a node too small for it is refused there, removed by its set and made anew.
REFUSED_FOR_EVER = (
    "{apiVersion: apps/v1, kind: StatefulSet, metadata: {name: web}, spec: {serviceName: web, "
    "selector: {matchLabels: {app: web}}, template: {metadata: {labels: {app: web}}, spec: {nodeName: node-1, "
    "containers: [{name: c, image: 'app:v1', resources: {requests: {cpu: '100'}}}]}}}}"
)
CRASHING = "nodes: 1, images: {'app:v1': {exit: 1, after: 1s}}"


def changes(step: StepOutcome) -> list[int]:
    """When objects other than Events changed in a step."""
    return [record.time_ms for record in step.records if not isinstance(record.subject, Event)]


def test_a_step_is_over_once_nothing_has_changed_for_the_quiet_time() -> None:
    step = last(f"apply: {web()}", cluster="nodes: 1, quiet: 20s")
    first_said_ms = [record.time_ms for record in step.records if record.type == "ADDED"]
    assert (step.reason, step.settled_ms) == (SETTLED, max(changes(step) + first_said_ms) + 20_000)


def test_the_quiet_time_is_a_minute_unless_told_otherwise() -> None:
    step = last(f"create: {config()}")
    assert step.settled_ms - step.began_ms - 60_000 < 1_000


def test_a_command_that_changes_nothing_is_awaited_all_the_same() -> None:
    step = last("delete: pod/nope", cluster="nodes: 1, quiet: 5s")
    assert (step.reason, step.settled_ms >= 5_000) == (SETTLED, True)


def test_a_step_without_settling_ends_with_its_command() -> None:
    step = last(f"apply: {web()}\nsettle: false")
    assert (step.reason, step.settled_ms < 100) == (NOT_AWAITED, True)


def test_what_was_not_awaited_goes_on_in_the_next_step() -> None:
    first, second = played(f"apply: {web()}\nsettle: false", "wait: 30s").steps
    assert changes(second) != []
    assert first.records[-1].sequence + 1 == second.records[0].sequence


def test_steps_share_no_time() -> None:
    steps = played(f"apply: {web()}", "scale: sts/web\nreplicas: 2", "wait: 3s", "delete: sts/web").steps
    assert [step.began_ms for step in steps[1:]] == [step.settled_ms for step in steps[:-1]]


@pytest.mark.parametrize("duration_ms", [1, 3_000, 86_400_000])
def test_waiting_takes_exactly_its_time(duration_ms: int) -> None:
    step = last(f"apply: {web()}", f"wait: {duration_ms}ms")
    assert step.settled_ms - step.began_ms == duration_ms


def test_asking_takes_no_time() -> None:
    asked, after = played("expect: [{absent: pod/a}]", "wait: 1s").steps
    assert (asked.settled_ms, after.began_ms) == (0, 0)


def test_the_limit_ends_a_step_that_is_not_quiet_by_then() -> None:
    step = last(f"apply: {web()}\nfor: 7s", cluster="nodes: 1, quiet: 20s")
    assert (step.reason, step.settled_ms - step.began_ms) == (LIMIT, 7_000)


def test_the_limit_is_counted_from_the_beginning_of_its_step() -> None:
    step = last("wait: 1h", f"apply: {web()}\nfor: 7s", cluster="nodes: 1, quiet: 20s")
    assert step.settled_ms - step.began_ms == 7_000


def test_a_repeated_event_keeps_no_step_awake() -> None:
    nowhere_to_go = web().replace("spec: {terminationGrace", "spec: {nodeSelector: {no: where}, terminationGrace")
    step = last(f"apply: {nowhere_to_go}", "wait: 2h")
    assert changes(step) == []
    assert last(f"apply: {nowhere_to_go}").reason == SETTLED


def test_combined_events_keep_no_step_awake_although_their_message_changes() -> None:
    cluster = Cluster(ClusterSpec(start_ms=0, nodes=(), images={}, flags={}))
    quiet = settling.Quiet(cluster, 60_000)
    namespace = cluster.server.find(Namespace, "", "default")
    assert namespace is not None
    recorder = Recorders(cluster.server).recorder("gardener")
    for number in range(20):
        cluster.loop.at(number * 10_000, partial(recorder.event, namespace, "Normal", "Saw", f"message {number}"))
    assert (quiet.settle(600_000), cluster.clock.now_ms) == (SETTLED, 90_000 + 60_000)


def test_a_crash_loop_that_outpaces_the_quiet_time_runs_into_the_limit_and_is_named() -> None:
    step = last(f"apply: {web()}\nfor: 30m", cluster=f"{CRASHING}, quiet: 6m")
    assert step.reason == LIMIT
    assert any("pod/web-0 BackOff" in line for line in step.cycle)


def test_a_crash_loop_slower_than_the_quiet_time_lets_a_step_end() -> None:
    assert last(f"apply: {web()}", cluster=f"{CRASHING}, quiet: 5s").reason == SETTLED


def test_a_pod_that_is_refused_and_made_anew_for_ever_is_bounded() -> None:
    step = last(f"apply: {REFUSED_FOR_EVER}\nfor: 3s", cluster="nodes: 1, quiet: 1s")
    assert (step.reason, step.settled_ms) == (LIMIT, 3_000)


def test_a_pod_that_is_refused_and_made_anew_for_ever_is_named_with_those_who_do_it() -> None:
    step = last(f"apply: {REFUSED_FOR_EVER}\nfor: 3s", cluster="nodes: 1, quiet: 1s")
    assert {
        "pod/web-0 created by statefulset-controller",
        "pod/web-0 changed by kubelet",
        "pod/web-0 deleted by statefulset-controller",
    } <= set(step.cycle)


def test_a_step_that_settles_names_no_cycle() -> None:
    assert last(f"apply: {web()}").cycle == ()


def test_an_instant_that_never_ends_is_our_mistake_and_ends_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settling, "_ENTRIES_AT_ONE_INSTANT", 1_000)
    cluster = Cluster(ClusterSpec(start_ms=0, nodes=(), images={}, flags={}))

    def again() -> None:
        cluster.loop.after(0, again)

    quiet = settling.Quiet(cluster, 1_000)
    again()
    with pytest.raises(InternalError, match="cluster time stands still at 0 ms"):
        quiet.settle(60_000)
