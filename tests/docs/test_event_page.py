"""The page about Events keeps its word: each can be seen where it says, and none of storage is left out.

Owns the catalogue of what Kubernetes v1.36 says about storage. How the tables of a page are read stands beside.
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

PAGE = ROOT / "docs" / "events.md"
FIDELITY = ROOT / "docs" / "fidelity.md"

PERSISTENT_VOLUMES = "persistentvolume-controller"
PROVISIONERS = "External provisioners"
RESIZERS = "External resizers"
EXPAND = "volume_expand"
EPHEMERAL = "ephemeral_volume"
ATTACH_DETACH = "attachdetach-controller"
KUBELET = "kubelet"
SCHEDULER = "default-scheduler"

# (source, about, type, reason) of all that is said about storage, reached here or not.
CATALOGUE = (
    (PERSISTENT_VOLUMES, "claim", "Normal", "FailedBinding"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "FailedBinding"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "WaitForFirstConsumer"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "WaitForPodScheduled"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "VolumeMismatch"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeMismatch"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "ExternalProvisioning"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ProvisioningFailed"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ProvisioningCleanupFailed"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "ProvisioningSucceeded"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ClaimLost"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ClaimMisbound"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeFailedDelete"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeDelete"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeFailedRecycle"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeFailedRecycle"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeRecycled"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "RecyclerPod"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeUnknownReclaimPolicy"),
    (PROVISIONERS, "claim", "Normal", "Provisioning"),
    (PROVISIONERS, "claim", "Normal", "ProvisioningSucceeded"),
    (PROVISIONERS, "claim", "Warning", "ProvisioningFailed"),
    (PROVISIONERS, "volume", "Warning", "VolumeFailedDelete"),
    (RESIZERS, "claim", "Normal", "Resizing"),
    (RESIZERS, "claim", "Normal", "FileSystemResizeRequired"),
    (RESIZERS, "claim", "Normal", "VolumeResizeSuccessful"),
    (RESIZERS, "claim", "Warning", "VolumeResizeFailed"),
    (EXPAND, "claim", "Normal", "ExternalExpanding"),
    (EPHEMERAL, "pod", "Warning", "FailedBinding"),
    (ATTACH_DETACH, "pod", "Normal", "SuccessfulAttachVolume"),
    (ATTACH_DETACH, "pod", "Warning", "FailedAttachVolume"),
    (KUBELET, "pod", "Warning", "FailedMount"),
    (KUBELET, "pod", "Warning", "FailedMapVolume"),
    (KUBELET, "pod", "Normal", "SuccessfulMountVolume"),
    (KUBELET, "pod", "Normal", "FileSystemResizeSuccessful"),
    (KUBELET, "claim", "Normal", "FileSystemResizeSuccessful"),
    (KUBELET, "pod", "Warning", "FileSystemResizeFailed"),
    (KUBELET, "claim", "Warning", "FileSystemResizeFailed"),
    (KUBELET, "pod", "Warning", "VolumeResizeFailed"),
    (KUBELET, "claim", "Warning", "VolumeResizeFailed"),
    (KUBELET, "volume", "Warning", "FailedMountOnFilesystemMismatch"),
    (SCHEDULER, "pod", "Warning", "FailedScheduling"),
    (SCHEDULER, "pod", "Normal", "Scheduled"),
    (SCHEDULER, "pod", "Normal", "Preempted"),
)

# Said of pods for many reasons that have nothing to do with storage.
NOT_OF_STORAGE_ALONE = frozenset({"FailedScheduling", "SuccessfulCreate", "FailedCreate"})


def listed() -> Iterator[tuple[str, str, str, str]]:
    """(source, about, type, reason) of every Event that the page shows, and of those it is said not to reach."""
    for row in table(PAGE, SEEN):
        yield (row.heading, row.cells["about"], *row.event)
    for row in table(FIDELITY, NOT_REACHED):
        for about in row.cells["about"].split(", "):
            for type_, reason in EVENT.findall(row.cells["type and reason"]):
                yield row.cells["source"], about, type_, reason


def test_every_event_of_the_catalogue_is_on_the_page_or_said_not_to_be_reached() -> None:
    known = set(listed())

    assert [" ".join(entry) for entry in CATALOGUE if entry not in known] == []


@pytest.mark.parametrize("golden", sorted((ROOT / "golden" / "volumes").glob("*.yaml")), ids=lambda golden: golden.name)
def test_every_event_about_storage_in_a_golden_file_can_be_looked_up(golden: Path) -> None:
    rows = table(PAGE, SEEN)
    reasons = {row.event[1] for row in rows} - NOT_OF_STORAGE_ALONE

    unknown = [
        said[0].strip()
        for said in told(golden)
        if said["reason"] in reasons and not any(row.is_told_by(said) for row in rows)
    ]

    assert unknown == []


def test_what_is_not_reached_is_in_no_golden_file() -> None:
    shown = {row.event for row in table(PAGE, SEEN)}
    absent = {(type_, reason) for _, _, type_, reason in listed()} - shown
    goldens = sorted((ROOT / "golden").rglob("*.yaml"))

    seen = [
        f"{golden.name}: {said['reason']}"
        for golden in goldens
        for said in told(golden)
        if ("Warning" if said["warning"] else "Normal", said["reason"]) in absent
    ]

    assert seen == []
