"""The tables of `get`: what stands in a column, and how old things are."""

from __future__ import annotations

from typing import Any

import pytest

from harness.kernel.clock import parse
from harness.objects import resources
from harness.runner.tables import ages, columns_of, laid_out
from harness.runner.tables.pods import summary

NOW = parse("2026-01-02T00:00:00Z")
S, M, H, D = 1_000, 60_000, 3_600_000, 86_400_000


@pytest.mark.parametrize(
    ("duration_ms", "text"),
    [
        (-2 * S, "<invalid>"),
        (-1 * S, "0s"),
        (0, "0s"),
        (119 * S + 999, "119s"),
        (120 * S, "2m"),
        (5 * M + 3 * S, "5m3s"),
        (10 * M + 59 * S, "10m"),
        (179 * M, "179m"),
        (3 * H, "3h"),
        (3 * H + 5 * M, "3h5m"),
        (8 * H + 59 * M, "8h"),
        (47 * H, "47h"),
        (3 * D + 4 * H, "3d4h"),
        (8 * D + 4 * H, "8d"),
        (400 * D, "400d"),
        (760 * D, "2y30d"),
        (3000 * D, "8y"),
    ],
)
def test_an_age_has_as_few_figures_as_say_something(duration_ms: int, text: str) -> None:
    assert ages.human(duration_ms) == text


def test_columns_are_three_blanks_apart_and_not_too_narrow() -> None:
    assert laid_out([["A", "B", "C"], ["long-name", "", "x"]]) == ["A           B     C", "long-name         x"]


def test_only_the_first_line_of_a_cell_is_shown() -> None:
    assert laid_out([["one\ntwo", "x"]]) == ["one...   x"]


def pod(
    status: dict[str, Any], *, containers: int = 1, inits: list[dict[str, Any]] | None = None, going: bool = False
) -> Any:
    metadata: dict[str, Any] = {"name": "web-0"}
    if going:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    spec: dict[str, Any] = {"containers": [{"name": f"c{number}"} for number in range(containers)]}
    if inits is not None:
        spec["initContainers"] = inits
    return {"metadata": metadata, "spec": spec, "status": status}


def container(
    name: str = "c0", *, restarts: int = 0, ready: bool = False, ended: str = "", **state: Any
) -> dict[str, Any]:
    found: dict[str, Any] = {"name": name, "ready": ready, "state": state}
    if restarts:
        found["restartCount"] = restarts
    if ended:
        found["lastState"] = {"terminated": {"finishedAt": ended}}
    return found


RUNNING: dict[str, Any] = {"running": {"startedAt": "2026-01-01T00:00:00Z"}}
FAILED: dict[str, Any] = {"terminated": {"exitCode": 1, "reason": "Error"}}
DONE: dict[str, Any] = {"terminated": {"reason": "Completed"}}
READY = [{"type": "Ready", "status": "True"}]

PODS = [
    ("a pod nobody placed", pod({"phase": "Pending"}), "0/1 Pending 0"),
    (
        "a gated pod",
        pod({"phase": "Pending", "conditions": [{"type": "PodScheduled", "reason": "SchedulingGated"}]}),
        "0/1 SchedulingGated 0",
    ),
    (
        "a pull that fails",
        pod({"phase": "Pending", "containerStatuses": [container(waiting={"reason": "ErrImagePull"})]}),
        "0/1 ErrImagePull 0",
    ),
    (
        "one that runs",
        pod({"phase": "Running", "containerStatuses": [container(ready=True, **RUNNING)]}),
        "1/1 Running 0",
    ),
    (
        "one that crashed before",
        pod(
            {
                "phase": "Running",
                "containerStatuses": [container(ready=True, restarts=3, ended="2026-01-01T23:54:50Z", **RUNNING)],
            }
        ),
        "1/1 Running 3 (5m10s ago)",
    ),
    (
        "one container done beside one that runs and is ready",
        pod(
            {
                "phase": "Running",
                "conditions": READY,
                "containerStatuses": [container(**DONE), container("c1", ready=True, **RUNNING)],
            },
            containers=2,
        ),
        "1/2 Running 0",
    ),
    (
        "one container done beside one that runs in a pod that is not ready",
        pod(
            {"phase": "Running", "containerStatuses": [container(**DONE), container("c1", ready=True, **RUNNING)]},
            containers=2,
        ),
        "1/2 NotReady 0",
    ),
    ("one that is done", pod({"phase": "Succeeded", "containerStatuses": [container(**DONE)]}), "0/1 Completed 0"),
    ("one that failed", pod({"phase": "Failed", "containerStatuses": [container(**FAILED)]}), "0/1 Error 0"),
    (
        "one that says no reason",
        pod({"phase": "Failed", "containerStatuses": [container(terminated={"exitCode": 3})]}),
        "0/1 ExitCode:3 0",
    ),
    ("an evicted one", pod({"phase": "Failed", "reason": "Evicted"}), "0/1 Evicted 0"),
    (
        "one on its way out",
        pod({"phase": "Running", "containerStatuses": [container(ready=True, **RUNNING)]}, going=True),
        "1/1 Terminating 0",
    ),
    (
        "one that is done and on its way out",
        pod({"phase": "Succeeded", "containerStatuses": [container(**DONE)]}, going=True),
        "0/1 Completed 0",
    ),
    (
        "one whose first init container runs",
        pod(
            {"phase": "Pending", "initContainerStatuses": [container("i0", **RUNNING)]},
            inits=[{"name": "i0"}, {"name": "i1"}],
        ),
        "0/1 Init:0/2 0",
    ),
    (
        "one whose init container fails",
        pod(
            {
                "phase": "Pending",
                "initContainerStatuses": [container("i0", restarts=2, waiting={"reason": "CrashLoopBackOff"})],
            },
            inits=[{"name": "i0"}],
        ),
        "0/1 Init:CrashLoopBackOff 2",
    ),
    (
        "one with a sidecar",
        pod(
            {
                "phase": "Running",
                "initContainerStatuses": [{**container("s", ready=True, **RUNNING), "started": True}],
                "containerStatuses": [container(ready=True, **RUNNING)],
            },
            inits=[{"name": "s", "restartPolicy": "Always"}],
        ),
        "2/2 Running 0",
    ),
]


@pytest.mark.parametrize(("found", "told"), [case[1:] for case in PODS], ids=[case[0] for case in PODS])
def test_a_pod_is_told_in_one_word(found: Any, told: str) -> None:
    assert " ".join(summary(found, NOW)) == told


ROWS: list[tuple[str, dict[str, Any], str]] = [
    (
        "sc",
        {
            "metadata": {"name": "fast", "annotations": {"storageclass.kubernetes.io/is-default-class": "true"}},
            "provisioner": "p",
        },
        "fast (default)|p|Delete|<unset>|false|<unknown>",
    ),
    (
        "pvc",
        {"metadata": {"name": "a"}, "spec": {"storageClassName": "x"}, "status": {"phase": "Pending"}},
        "a|Pending||||x|<unset>|<unknown>",
    ),
    (
        "pv",
        {
            "metadata": {"name": "v", "deletionTimestamp": "x"},
            "spec": {
                "capacity": {"storage": "1Gi"},
                "accessModes": ["ReadWriteMany", "ReadWriteOnce"],
                "claimRef": {"namespace": "n", "name": "c"},
            },
            "status": {"phase": "Bound"},
        },
        "v|1Gi|RWO,RWX||Terminating|n/c||<unset>||<unknown>",
    ),
    (
        "svc",
        {
            "metadata": {"name": "s"},
            "spec": {
                "type": "LoadBalancer",
                "clusterIPs": ["10.0.0.1"],
                "ports": [{"port": 80, "nodePort": 30080}, {"port": 53, "protocol": "UDP"}],
            },
        },
        "s|LoadBalancer|10.0.0.1|<pending>|80:30080/TCP,53/UDP|<unknown>",
    ),
    (
        "job",
        {
            "metadata": {"name": "j"},
            "spec": {"parallelism": 3},
            "status": {"succeeded": 1, "startTime": "2026-01-01T23:59:00Z"},
        },
        "j|Running|1/1 of 3|60s|<unknown>",
    ),
    (
        "job",
        {
            "metadata": {"name": "j"},
            "spec": {"completions": 2},
            "status": {"conditions": [{"type": "Failed", "status": "True"}]},
        },
        "j|Failed|0/2||<unknown>",
    ),
    (
        "no",
        {
            "metadata": {"name": "n", "labels": {"node-role.kubernetes.io/worker": ""}},
            "spec": {"unschedulable": True},
            "status": {"conditions": [{"type": "Ready", "status": "Unknown"}]},
        },
        "n|NotReady,SchedulingDisabled|worker|<unknown>|",
    ),
    (
        "hpa",
        {
            "metadata": {"name": "h"},
            "spec": {
                "scaleTargetRef": {"kind": "Deployment", "name": "d"},
                "maxReplicas": 3,
                "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": {"averageUtilization": 80}}}],
            },
        },
        "h|Deployment/d|cpu: <unknown>/80%|<unset>|3|0|<unknown>",
    ),
    ("pdb", {"metadata": {"name": "p"}, "spec": {"maxUnavailable": "30%"}}, "p|N/A|30%|0|<unknown>"),
    (
        "endpointslices",
        {
            "metadata": {"name": "e"},
            "addressType": "IPv4",
            "endpoints": [{"addresses": [f"10.0.0.{n}"]} for n in range(5)],
        },
        "e|IPv4|<unset>|10.0.0.0,10.0.0.1,10.0.0.2 + 2 more...|<unknown>",
    ),
    (
        "quota",
        {"metadata": {"name": "q"}, "status": {"hard": {"pods": "2", "limits.cpu": "1"}, "used": {"pods": "1"}}},
        "q|pods: 1/2|limits.cpu: 0/1|<unknown>",
    ),
    ("cj", {"metadata": {"name": "c"}, "spec": {"schedule": "@daily"}}, "c|@daily|<none>|False|0|<none>|<unknown>"),
    (
        "cm",
        {"metadata": {"name": "c", "creationTimestamp": "2026-01-01T00:00:00Z"}, "data": {"a": "", "b": ""}},
        "c|2|24h",
    ),
    ("leases", {"metadata": {"name": "l"}, "spec": {"holderIdentity": "me"}}, "l|me|<unknown>"),
    ("csr", {"metadata": {"name": "x"}}, "x|<unknown>"),
]


@pytest.mark.parametrize(("kind", "obj", "cells"), ROWS, ids=[f"{case[0]} {case[2]}" for case in ROWS])
def test_a_row_has_the_columns_of_its_kind(kind: str, obj: dict[str, Any], cells: str) -> None:
    found = resources.find(kind)
    assert found is not None
    assert "|".join(column.cell(obj, NOW) for column in columns_of(found)) == cells


def test_every_kind_has_columns_for_an_object_without_fields() -> None:
    for resource in resources.RESOURCES:
        for column in columns_of(resource, wide=True):
            assert isinstance(column.cell({"metadata": {"name": "x"}}, NOW), str), (resource.kind, column.heading)
