"""The page about Events of workloads keeps its word, and none of their controllers' catalogue is left out.

Owns the catalogue: the reasons in pkg/controller of the controllers of workloads. How the tables of a page are read
stands beside.
"""

from __future__ import annotations

from collections.abc import Iterator

from event_tables import (
    EVENT,
    KINDS,
    NOT_REACHED,
    ROOT,
    SEEN,
    table,
    told,
)

PAGE = ROOT / "docs" / "workload-events.md"

OF_POD_CONTROL = "Normal SuccessfulCreate, Normal SuccessfulDelete, Warning FailedCreate, Warning FailedDelete"
CATALOGUE = {
    ("deployment-controller", "deployment"): "Normal ScalingReplicaSet, Warning ReplicaSetCreateError, "
    "Normal DeploymentRollback, Warning DeploymentRollbackRevisionNotFound, "
    "Warning DeploymentRollbackTemplateUnchanged, Warning SelectingAll",
    ("replicaset-controller", "replica set"): OF_POD_CONTROL,
    ("daemonset-controller", "daemon set"): "Normal SuccessfulCreate, Normal SuccessfulDelete, Warning FailedDelete, "
    "Warning SelectingAll, Warning FailedDaemonPod, Normal SucceededDaemonPod",
    ("job-controller", "job"): "Normal SuccessfulCreate, Normal SuccessfulDelete, Warning FailedDelete, "
    "Normal Completed, Normal Suspended, Normal Resumed, Warning BackoffLimitExceeded, Warning DeadlineExceeded, "
    "Warning PodFailurePolicy, Warning MaxFailedIndexesExceeded, Warning FailedIndexes, Warning TooManySucceededPods, "
    "Warning UnknownCompletionMode",
    ("cronjob-controller", "cron job"): f"{OF_POD_CONTROL}, Normal SawCompletedJob, Normal MissingJob, "
    "Normal JobAlreadyActive, Warning MissSchedule, Warning TooManyMissedTimes, Warning UnexpectedJob, "
    "Warning FailedGet, Warning UnknownTimeZone, Warning UnparseableSchedule, Warning UnParseableCronJobSchedule, "
    "Warning InvalidSchedule, Warning UnsupportedSchedule",
    ("horizontal-pod-autoscaler", "autoscaler"): "Normal SuccessfulRescale, Warning FailedRescale, "
    "Warning FailedGetScale, Warning FailedGetResourceMetric, Warning FailedGetContainerResourceMetric, "
    "Warning FailedGetPodsMetric, Warning FailedGetObjectMetric, Warning FailedGetExternalMetric, "
    "Warning FailedComputeMetricsReplicas, Warning SelectorRequired, Warning InvalidSelector, "
    "Warning AmbiguousSelector, Warning FailedUpdateStatus",
    ("controllermanager", "budget"): "Normal NoPods, Warning NoPods, Warning CalculateExpectedPodCountFailed, "
    "Warning UnmanagedPods",
    ("controllermanager", "pod"): "Warning MultiplePodDisruptionBudgets, Warning NotDeleted",
    ("endpoint-slice-controller", "service"): "Warning FailedToUpdateEndpointSlices, Warning FailedToListPods, "
    "Warning FailedToListEndpointSlices, Warning TopologyAwareHintsDisabled",
    ("endpoint-controller", "endpoints"): "Warning FailedToCreateEndpoint, Warning FailedToUpdateEndpoint",
    ("endpoint-slice-mirroring-controller", "endpoints"): "Warning InvalidIPAddress, Warning TooManyAddressesToMirror",
    ("garbage-collector-controller", "any object"): "Warning OwnerRefInvalidNamespace",
}


def listed() -> Iterator[tuple[str, str, str]]:
    """(source, about, type and reason) of every Event that the page shows, and of those it is said not to reach."""
    for row in table(PAGE, SEEN):
        yield row.heading, row.cells["about"], " ".join(row.event)
    for row in table(PAGE, NOT_REACHED):
        for event in EVENT.findall(row.cells["type and reason"]):
            yield row.cells["source"], row.cells["about"], " ".join(event)


def test_every_event_of_the_catalogue_is_on_the_page_or_said_not_to_be_reached() -> None:
    catalogue = [(*place, event) for place, events in CATALOGUE.items() for event in events.split(", ")]
    assert [" ".join(entry) for entry in catalogue if entry not in set(listed())] == []


def test_what_is_not_reached_is_in_no_golden_file() -> None:
    absent = {
        (KINDS.get(row.cells["about"], row.cells["about"]), *event)
        for row in table(PAGE, NOT_REACHED)
        for event in EVENT.findall(row.cells["type and reason"])
    }
    seen = [
        f"{golden.name}: {said['reason']}"
        for golden in sorted((ROOT / "golden").rglob("*.yaml"))
        for said in told(golden)
        if (said["kind"], "Warning" if said["warning"] else "Normal", said["reason"]) in absent
    ]
    assert seen == []
