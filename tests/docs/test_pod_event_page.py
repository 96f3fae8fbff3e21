"""The page about Events of pods and nodes keeps its word, and none of kubelets' catalogue is left out.

Owns the catalogue: the reasons of pkg/kubelet/events/event.go and of refusals, without those about volumes. How the
tables of a page are read stands beside.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from event_tables import (
    EVENT,
    NOT_REACHED,
    ROOT,
    SEEN,
    table,
    told,
)

PAGE = ROOT / "docs" / "pod-events.md"

OF_PODS = (
    "Normal BackOff, Warning BackOff, Normal Created, Normal DeadlineExceeded, Warning DNSConfigForming, "
    "Warning ErrImageNeverPull, Warning ExceededGracePeriod, Warning Failed, Warning FailedCreatePodSandBox, "
    "Warning FailedKillPod, Warning FailedPodSandBoxStatus, Warning FailedPostStartHook, Warning FailedPreStopHook, "
    "Warning FailedSync, Warning FailedToRetrieveImagePullSecret, Warning HostPortConflict, Warning InspectFailed, "
    "Warning InvalidEnvironmentVariableNames, Normal Killing, Warning MissingClusterDNS, Warning NetworkNotReady, "
    "Warning NodeAffinity, Warning NodeName, Warning NodePorts, Warning NodeShutdown, Warning OutOfcpu, "
    "Warning OutOfmemory, Warning OutOfpods, Warning Preempting, Warning ProbeWarning, Normal Pulled, Normal Pulling, "
    "Normal ResizeCompleted, Warning ResizeDeferred, Warning ResizeError, Warning ResizeInfeasible, "
    "Normal ResizeStarted, Normal SandboxChanged, Normal Started, Warning SysctlForbidden, Warning TaintToleration, "
    "Warning Terminated, Warning UnexpectedAdmissionError, Warning Unhealthy"
)
OF_NODES = (
    "Warning CheckLimitsForResolvConf, Warning ContainerGCFailed, Warning EvictionThresholdMet, "
    "Warning FreeDiskSpaceFailed, Warning ImageGCFailed, Warning InvalidDiskCapacity, Warning KubeletSetupFailed, "
    "Normal NodeAllocatableEnforced, Normal NodeHasDiskPressure, Normal NodeHasInsufficientMemory, "
    "Normal NodeHasInsufficientPID, Normal NodeHasNoDiskPressure, Normal NodeHasSufficientMemory, "
    "Normal NodeHasSufficientPID, Normal NodeNotSchedulable, Normal NodeReady, Normal NodeSchedulable, "
    "Warning Rebooted, Normal Starting, Warning SystemOOM"
)
OF_CONTROLLERS = {
    "node-controller": (
        "node Normal NodeNotReady",
        "pod Warning NodeNotReady",
        "node Normal RegisteredNode",
        "node Normal RemovingNode",
    ),
    "taint-eviction-controller": ("pod Normal TaintManagerEviction",),
}
CATALOGUE = (
    *(("kubelet", "pod", *entry.split()) for entry in OF_PODS.split(", ")),
    *(("kubelet", "node", *entry.split()) for entry in OF_NODES.split(", ")),
    *((source, *entry.split()) for source, entries in OF_CONTROLLERS.items() for entry in entries),
)


def listed() -> Iterator[tuple[str, ...]]:
    """(source, about, type, reason) of every Event that the page shows, and of those it is said not to reach."""
    for row in table(PAGE, SEEN):
        yield (row.heading, row.cells["about"], *row.event)
    for row in table(PAGE, NOT_REACHED):
        for type_, reason in EVENT.findall(row.cells["type and reason"]):
            yield row.cells["source"], row.cells["about"], type_, reason


def test_every_event_of_the_catalogue_is_on_the_page_or_said_not_to_be_reached() -> None:
    known = set(listed())

    assert [" ".join(entry) for entry in CATALOGUE if entry not in known] == []


@pytest.mark.parametrize("golden", sorted((ROOT / "golden" / "pod").glob("*.yaml")), ids=lambda golden: golden.name)
def test_every_event_of_a_kubelet_in_a_golden_file_of_pods_can_be_looked_up(golden: Path) -> None:
    rows = table(PAGE, SEEN)
    reasons = {row.event[1] for row in rows}

    unknown = [
        said[0].strip()
        for said in told(golden)
        if said["reason"] in reasons and not any(row.is_told_by(said) for row in rows)
    ]

    assert unknown == []


def test_what_is_not_reached_is_in_no_golden_file() -> None:
    absent = {event for row in table(PAGE, NOT_REACHED) for event in EVENT.findall(row.cells["type and reason"])}

    seen = [
        f"{golden.name}: {said['reason']}"
        for golden in sorted((ROOT / "golden").rglob("*.yaml"))
        for said in told(golden)
        if ("Warning" if said["warning"] else "Normal", said["reason"]) in absent
    ]

    assert seen == []
