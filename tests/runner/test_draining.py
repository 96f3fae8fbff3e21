"""A drain: which pods leave, what is said of them, and how long each is waited for."""

from __future__ import annotations

from msgspec.structs import replace
from playing import last, played, web

from harness.api.server import Server
from harness.kernel.clock import Clock, parse
from harness.kernel.loop import Loop
from harness.kernel.trace import Trace
from harness.objects.config import Namespace
from harness.objects.meta import ObjectMeta
from harness.objects.pod import Pod
from harness.objects.policy import PodDisruptionBudget, PodDisruptionBudgetStatus
from harness.objects.wire import from_wire
from harness.runner.evicting import request_eviction
from harness.runner.kubectl import Kubectl

LISTED = "{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}, spec: {%s}}"
STRICT = "apply: " + LISTED % "minAvailable: 1, selector: {matchLabels: {app: web}}"
APPLIED = f"apply: {web()}"
TIMED_OUT = 'error when evicting pods/"web-0" -n "default": global timeout reached: 1m0s'
RETRIED = (
    'error when evicting pods/"web-0" -n "default" (will retry after 5s): '
    "Cannot evict pod as it would violate the pod's disruption budget."
)


def pod(name: str, more: str = "", metadata: str = "") -> str:
    return (
        f"create: {{apiVersion: v1, kind: Pod, metadata: {{name: {name}{metadata}}}, "
        f"spec: {{containers: [{{name: c, image: 'app:v1'}}]{more}}}}}"
    )


def test_a_budget_that_allows_nothing_is_asked_every_five_seconds_for_a_minute():
    done = last(APPLIED, STRICT, "drain: node-1")
    assert done.message.splitlines() == ["node/node-1 cordoned", *["evicting pod default/web-0"] * 13]
    assert done.rejected is not None
    assert done.rejected.splitlines() == [
        *[RETRIED] * 12,
        f'There are pending pods in node "node-1" when an error occurred: {TIMED_OUT}',
        "pod/web-0",
        f'error: unable to drain node "node-1" due to error: {TIMED_OUT}, continuing command...',
        "There are pending nodes to be drained:",
        " node-1",
        TIMED_OUT,
    ]


def test_the_next_command_begins_when_the_drain_is_over():
    outcome = played(APPLIED, STRICT, "drain: node-1\nsettle: false", "uncordon: node-1")
    drain, uncordon = outcome.steps[-2:]
    assert 60_000 <= uncordon.began_ms - drain.began_ms < 60_100


def test_a_pod_that_does_not_stop_in_time_fails_the_drain():
    done = last(
        APPLIED,
        "images: {'app:v1': {stop: never}}",
        pod("slow", ", terminationGracePeriodSeconds: 90"),
        "drain: node-1",
    )
    text = 'error when waiting for pod "slow" in namespace "default" to terminate: global timeout reached: 1m0s'
    assert done.message.splitlines()[-1] == "pod/web-0 evicted"
    assert done.rejected is not None
    assert done.rejected.splitlines()[-1] == text


def test_of_several_failures_each_has_a_line():
    many = "apply: " + LISTED % "minAvailable: 9, selector: {}"
    done = last(APPLIED, pod("bare"), many, "drain: node-1")
    other = TIMED_OUT.replace("web-0", "bare")
    assert done.rejected is not None
    assert done.rejected.splitlines()[-2:] == [other, TIMED_OUT]
    assert f"due to error: [{other}, {TIMED_OUT}], continuing command..." in done.rejected


def test_pods_without_a_controller_are_warned_of_and_those_that_are_over_are_not():
    done = last(
        pod("bare"),
        "images: {'app:v1': {exit: 0}}",
        pod("over", ", restartPolicy: Never"),
        pod("mirror", metadata=", annotations: {kubernetes.io/config.mirror: x}"),
        "drain: node-1",
    )
    assert done.rejected is None
    assert done.warned == "Warning: deleting Pods that declare no controller: default/bare"
    assert sorted(done.message.splitlines()) == sorted(
        [
            "node/node-1 cordoned",
            "evicting pod default/bare",
            "evicting pod default/over",
            "pod/bare evicted",
            "pod/over evicted",
            "node/node-1 drained",
        ]
    )


def test_pods_of_a_daemon_set_stay_unless_it_is_gone():
    daemon_set = (
        "apply: {apiVersion: apps/v1, kind: DaemonSet, metadata: {name: agent}, spec: {selector: {matchLabels: "
        "{app: agent}}, template: {metadata: {labels: {app: agent}}, spec: {containers: [{name: c, image: 'a:1'}]}}}}"
    )
    [agent] = [obj.metadata.name for obj in played(daemon_set).objects if obj.kind == "Pod"]
    stays = last(daemon_set, "drain: node-1")
    assert stays.message == "node/node-1 cordoned\nnode/node-1 drained"
    assert stays.warned == f"Warning: ignoring DaemonSet-managed Pods: default/{agent}"
    leaves = last(daemon_set, "delete: ds/agent\ncascade: orphan", "drain: node-1")
    assert leaves.message.splitlines()[1:] == [
        f"evicting pod default/{agent}",
        f"pod/{agent} evicted",
        "node/node-1 drained",
    ]


def test_a_node_that_is_not_there_is_not_drained():
    done = last("drain: node-9")
    assert (done.message, done.rejected) == ("", 'Error from server (NotFound): nodes "node-9" not found')


def test_a_server_that_says_when_to_come_again_is_asked_again_then():
    clock = Clock(parse("2026-01-01T00:00:00Z"))
    loop, server = Loop(clock), Server(clock, Trace())
    server.create(Namespace(metadata=ObjectMeta(name="default")))
    spec = {"containers": [{"name": "c", "image": "app:v1"}]}
    made = server.create(from_wire({"metadata": {"name": "web-0"}, "spec": spec}, Pod))
    server.modify(made, lambda stored: replace(stored, status=replace(stored.status, phase="Running")), status=True)
    budget = server.create(
        from_wire({"metadata": {"name": "web"}, "spec": {"minAvailable": 0, "selector": {}}}, PodDisruptionBudget)
    )
    loop.spawn(request_eviction(Kubectl(server), "default", "web-0"))
    loop.run_until(5_000)
    counted = PodDisruptionBudgetStatus(observed_generation=1, disruptions_allowed=1)
    server.update_status(replace(budget, status=counted))
    loop.run_until(10_001)
    assert server.find(Pod, "default", "web-0") is not None
    loop.run_until(10_002)
    assert server.find(Pod, "default", "web-0") is None
