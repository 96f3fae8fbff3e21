"""Binding, provisioning and reclaim, seen through the API."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from volume_world import VolumeWorld, claim, pod, storage_class, volume

from harness.objects.meta import ObjectReference

COMPLETED = "pv.kubernetes.io/bind-completed"
BY_CONTROLLER = "pv.kubernetes.io/bound-by-controller"
NO_VOLUME = "no persistent volumes available for this claim and no storage class is set"


def bound_to(world: VolumeWorld, name: str) -> tuple[str, str]:
    found = world.claim(name)
    return found.status.phase, found.spec.volume_name


# Binding


def test_a_claim_is_bound_to_an_available_volume_without_an_event() -> None:
    world = VolumeWorld()
    world.apply(volume("v", "2Gi"), claim("c"))
    assert bound_to(world, "c") == ("Bound", "v")
    assert world.claim("c").status.capacity == {"storage": "2Gi"}
    assert world.volume("v").status.phase == "Bound"
    assert world.events("c") == []


def test_a_binding_is_four_writes_volume_first() -> None:
    world = VolumeWorld()
    world.apply(volume("v"))
    before = len(world.trace.records)
    world.apply(claim("c"))
    assert world.writes(before) == ["c Pending", "v Available", "v Bound", "c Pending", "c Bound"]


def test_a_plain_match_is_marked_on_both_sides() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    assert world.claim("c").metadata.annotations == {COMPLETED: "yes", BY_CONTROLLER: "yes"}
    assert world.volume("v").metadata.annotations == {BY_CONTROLLER: "yes"}


def test_a_claim_that_named_its_volume_is_not_marked_as_bound_by_the_controller() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c", volumeName="v"))
    assert world.claim("c").metadata.annotations == {COMPLETED: "yes"}
    assert world.volume("v").metadata.annotations == {BY_CONTROLLER: "yes"}


def test_a_volume_that_named_its_claim_is_not_marked_as_bound_by_the_controller() -> None:
    world = VolumeWorld()
    world.apply(volume("v", claimRef={"namespace": "default", "name": "c"}), claim("c"))
    assert bound_to(world, "c") == ("Bound", "v")
    assert world.volume("v").metadata.annotations == {}
    assert world.claim("c").metadata.annotations == {COMPLETED: "yes", BY_CONTROLLER: "yes"}


def test_the_reference_of_a_volume_is_that_of_the_claim_before_it_was_bound() -> None:
    world = VolumeWorld()
    world.apply(volume("v"))
    world.server.create(claim("c"))
    created = world.claim("c")
    world.run()
    assert world.volume("v").spec.claim_ref == ObjectReference(
        kind="PersistentVolumeClaim",
        api_version="v1",
        namespace="default",
        name="c",
        uid=created.metadata.uid,
        resource_version=created.metadata.resource_version,
    )


def test_a_new_volume_waits_for_the_resync_to_meet_a_waiting_claim() -> None:
    world = VolumeWorld()
    world.apply(claim("c"))
    assert world.events("c") == [("Normal", "FailedBinding", NO_VOLUME, 1)]
    world.apply(volume("v"))
    assert bound_to(world, "c") == ("Pending", "")
    world.run(15_000)
    assert bound_to(world, "c") == ("Bound", "v")


def test_a_waiting_claim_repeats_its_event_at_every_resync() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(claim("c"))
    world.run(10_000)
    assert world.events("c") == [("Normal", "FailedBinding", NO_VOLUME, 6)]


def test_a_volume_that_carries_the_uid_of_a_waiting_claim_wakes_it() -> None:
    world = VolumeWorld()
    world.apply(claim("c"))
    reference = {"namespace": "default", "name": "c", "uid": world.claim("c").metadata.uid}
    world.apply(volume("v", claimRef=reference))
    assert bound_to(world, "c") == ("Bound", "v")


def test_the_smallest_sufficient_volume_is_taken() -> None:
    world = VolumeWorld()
    world.apply(volume("small", "1Gi"), volume("large", "10Gi"), volume("medium", "5Gi"))
    world.apply(claim("c", "2Gi"))
    assert bound_to(world, "c") == ("Bound", "medium")


def test_fewer_access_modes_win_over_size_and_over_reservation() -> None:
    world = VolumeWorld()
    both = ("ReadWriteOnce", "ReadWriteMany")
    world.apply(volume("plain", "10Gi"), volume("kept", "1Gi", *both, claimRef={"namespace": "default", "name": "c"}))
    world.apply(claim("c"))
    assert bound_to(world, "c") == ("Bound", "plain")
    assert world.volume("kept").status.phase == "Available"


def test_a_reserved_volume_that_is_too_small_is_left_for_another() -> None:
    world = VolumeWorld()
    reference = {"namespace": "default", "name": "c"}
    world.apply(volume("kept", "1Gi", claimRef=reference), volume("free", "5Gi"), claim("c", "2Gi"))
    assert bound_to(world, "c") == ("Bound", "free")


def test_claims_are_served_in_the_order_in_which_they_came() -> None:
    world = VolumeWorld()
    world.apply(volume("v"))
    world.apply(claim("zebra"), claim("ant"))
    assert bound_to(world, "zebra") == ("Bound", "v")
    assert bound_to(world, "ant") == ("Pending", "")


@pytest.mark.parametrize(
    ("offered", "why"),
    [
        (volume("v", "1Mi"), "requested PV is too small"),
        (volume("v", storageClassName="fast"), "storageClassName does not match"),
        (volume("v", volumeMode="Block"), "incompatible volumeMode"),
        (volume("v", "1Gi", "ReadOnlyMany"), "incompatible accessMode"),
    ],
)
def test_a_named_volume_that_does_not_fit_is_refused(offered: object, why: str) -> None:
    world = VolumeWorld()
    world.apply(offered, claim("c", volumeName="v", storageClassName=""))  # type: ignore[arg-type]
    assert world.events("c") == [("Warning", "VolumeMismatch", f'Cannot bind to requested volume "v": {why}', 1)]
    assert world.claim("c").status.phase == "Pending"


def test_a_named_volume_on_its_way_out_is_refused() -> None:
    world = VolumeWorld()
    held = volume("v")
    world.apply(replace(held, metadata=replace(held.metadata, finalizers=("example.com/backup",))))
    world.delete(world.volume("v"))
    world.apply(claim("c", volumeName="v"))
    text = 'Cannot bind to requested volume "v": the volume is marked for deletion "v"'
    assert world.events("c") == [("Warning", "VolumeMismatch", text, 1)]


def test_a_claim_and_a_volume_that_name_each_other_are_bound_whatever_they_ask() -> None:
    world = VolumeWorld()
    kept = volume("v", "1Mi", "ReadOnlyMany", storageClassName="fast", claimRef={"namespace": "default", "name": "c"})
    world.apply(kept, claim("c", "1Gi", volumeName="v", storageClassName=""))
    assert bound_to(world, "c") == ("Bound", "v")
    assert world.claim("c").status.access_modes == ("ReadOnlyMany",)
    assert world.claim("c").metadata.annotations == {COMPLETED: "yes"}
    assert world.volume("v").metadata.annotations == {}


def test_a_named_volume_that_is_taken_is_refused_until_it_is_free() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(volume("v"), claim("first"), claim("second", volumeName="v"))
    assert world.events("second") == [("Warning", "FailedBinding", 'volume "v" already bound to a different claim.', 1)]
    world.delete(claim("first"))
    world.edit("v", claim_ref=None)
    world.run(2_000)
    assert bound_to(world, "second") == ("Bound", "v")


def test_a_volume_of_another_mode_is_not_bound_to_the_claim_it_names() -> None:
    world = VolumeWorld()
    world.apply(claim("c", volumeMode="Block"))
    reference = {"namespace": "default", "name": "c", "uid": world.claim("c").metadata.uid}
    world.apply(volume("v", claimRef=reference))
    assert bound_to(world, "c") == ("Pending", "")
    assert world.reasons("v") == ["VolumeMismatch"]
    assert world.reasons("c") == ["FailedBinding", "VolumeMismatch"]


def test_a_volume_that_names_a_claim_bound_elsewhere_keeps_the_name_and_loses_the_uid() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    reference = {"namespace": "default", "name": "c", "uid": world.claim("c").metadata.uid}
    world.apply(volume("dangling", claimRef=reference))
    found = world.volume("dangling")
    assert found.status.phase == "Available"
    assert found.spec.claim_ref is not None and (found.spec.claim_ref.name, found.spec.claim_ref.uid) == ("c", "")


def test_a_provisioned_volume_whose_claim_is_bound_elsewhere_is_deleted() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    reference = {"namespace": "default", "name": "c", "uid": world.claim("c").metadata.uid}
    marks = {"pv.kubernetes.io/provisioned-by": "kubernetes.io/host-path"}
    spare = volume("spare", annotations=marks, claimRef=reference, persistentVolumeReclaimPolicy="Delete")
    world.apply(spare)
    assert not world.has(spare)


# Waiting for a consumer


def test_a_late_binding_claim_waits_for_its_first_consumer() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(storage_class("late", volumeBindingMode="WaitForFirstConsumer"), volume("v", storageClassName="late"))
    world.apply(claim("c", storageClassName="late"))
    text = "waiting for first consumer to be created before binding"
    assert world.events("c") == [("Normal", "WaitForFirstConsumer", text, 1)]


def test_a_late_binding_claim_names_the_pods_that_wait_to_be_scheduled() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(storage_class("late", volumeBindingMode="WaitForFirstConsumer"), claim("c", storageClassName="late"))
    world.apply(pod("q", "c"), pod("p", "c"))
    world.run(2_000)
    assert world.events("c")[1] == ("Normal", "WaitForPodScheduled", "waiting for pods p,q to be scheduled", 1)


def test_a_volume_reserved_by_the_scheduler_is_bound_at_once() -> None:
    world = VolumeWorld()
    world.apply(storage_class("late", volumeBindingMode="WaitForFirstConsumer"), volume("v", storageClassName="late"))
    world.apply(claim("c", storageClassName="late"))
    reference = ObjectReference(namespace="default", name="c", uid=world.claim("c").metadata.uid)
    world.edit("v", claim_ref=reference)
    assert bound_to(world, "c") == ("Bound", "v")


# Losing


def test_a_claim_whose_volume_is_deleted_by_force_is_lost_and_recovers_with_a_new_one() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(volume("v"), claim("c"))
    world.delete(volume("v"))
    assert world.volume("v").metadata.deletion_timestamp is not None
    world.without_finalizers(world.volume("v"))
    assert world.claim("c").status.phase == "Lost"
    assert world.claim("c").status.capacity == {}
    lost = "Bound claim has lost its PersistentVolume. Data on the volume is lost!"
    assert world.events("c") == [("Warning", "ClaimLost", lost, 1)]
    world.apply(volume("v", "3Gi"))
    world.run(2_000)
    assert bound_to(world, "c") == ("Bound", "v")
    assert world.claim("c").status.capacity == {"storage": "3Gi"}


def test_a_bound_claim_whose_volume_points_elsewhere_is_misbound() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(volume("v"), claim("c"))
    world.edit("v", claim_ref=ObjectReference(namespace="default", name="c", uid="another"))
    world.run(2_000)
    assert world.volume("v").status.phase == "Released"
    assert world.reasons("c") == ["ClaimMisbound"]


# Default class


def test_a_claim_without_a_class_gets_the_default_class_that_comes_later() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(claim("c"), claim("none", storageClassName=""))
    world.apply(storage_class("standard", "example.com/p", default=True))
    world.run(2_000)
    assert world.claim("c").spec.storage_class_name == "standard"
    assert world.claim("none").spec.storage_class_name == ""


# Provisioning


def test_a_claim_of_a_missing_class_says_so() -> None:
    world = VolumeWorld()
    world.apply(claim("c", storageClassName="nowhere"))
    text = 'storageclass.storage.k8s.io "nowhere" not found'
    assert world.events("c") == [("Warning", "ProvisioningFailed", text, 1)]


def test_a_claim_of_a_class_without_provisioner_says_so() -> None:
    world = VolumeWorld()
    world.apply(storage_class("manual"), claim("c", storageClassName="manual"))
    text = "no volume plugin matched name: kubernetes.io/no-provisioner"
    assert world.events("c") == [("Warning", "ProvisioningFailed", text, 1)]
    assert world.claim("c").metadata.annotations == {}


def test_a_claim_for_an_external_provisioner_is_handed_over() -> None:
    world = VolumeWorld()
    world.apply(storage_class("fast", "example.com/disk"), claim("c", storageClassName="fast"))
    assert world.claim("c").metadata.annotations == {
        "volume.beta.kubernetes.io/storage-provisioner": "example.com/disk",
        "volume.kubernetes.io/storage-provisioner": "example.com/disk",
    }
    assert [(reason, count) for _, reason, _, count in world.events("c")] == [("ExternalProvisioning", 2)]


def test_host_path_provisioning_is_off_by_default() -> None:
    world = VolumeWorld()
    world.apply(storage_class("host", "kubernetes.io/host-path"), claim("c", storageClassName="host"))
    text = 'Failed to create provisioner: provisioning in volume plugin "kubernetes.io/host-path" is disabled'
    assert world.events("c") == [("Warning", "ProvisioningFailed", text, 1)]


@pytest.mark.parametrize(
    ("asked", "of_class", "why"),
    [
        (
            {},
            {"mountOptions": ["ro", "noatime"]},
            'Mount options are not supported by the provisioner but StorageClass "host" has mount options [ro noatime]',
        ),
        (
            {"dataSource": {"kind": "PersistentVolumeClaim", "name": "original"}},
            {},
            'plugin "kubernetes.io/host-path" is not a CSI plugin. '
            "Only CSI plugin can provision a claim with a datasource",
        ),
    ],
)
def test_host_path_provisioning_refuses_mount_options_and_copies(
    asked: dict[str, object], of_class: dict[str, object], why: str
) -> None:
    world = VolumeWorld(enable_hostpath_provisioner=True)
    world.apply(storage_class("host", "kubernetes.io/host-path", **of_class))
    world.apply(claim("c", storageClassName="host", **asked))
    assert world.events("c") == [("Warning", "ProvisioningFailed", why, 1)]


def test_host_path_provisioning_makes_a_volume_that_is_never_available() -> None:
    world = VolumeWorld(enable_hostpath_provisioner=True)
    world.apply(storage_class("host", "kubernetes.io/host-path"))
    before = len(world.trace.records)
    world.apply(claim("c", storageClassName="host"))
    name = f"pvc-{world.claim('c').metadata.uid}"
    assert world.writes(before) == [
        "c Pending",
        "c Pending",
        f"{name} Pending",
        f"{name} Bound",
        "c Pending",
        "c Bound",
    ]
    made = world.volume(name)
    assert made.metadata.finalizers == ("kubernetes.io/pv-controller", "kubernetes.io/pv-protection")
    assert made.spec.claim_ref is not None
    text = f"Successfully provisioned volume {name} using kubernetes.io/host-path"
    assert world.events("c") == [("Normal", "ProvisioningSucceeded", text, 1)]


def test_a_block_claim_is_refused_by_host_path_again_and_again() -> None:
    world = VolumeWorld(enable_hostpath_provisioner="true", pvclaimbinder_sync_period="2s")
    world.apply(
        storage_class("host", "kubernetes.io/host-path"), claim("c", storageClassName="host", volumeMode="Block")
    )
    world.run(4_000)
    text = (
        'Failed to provision volume with StorageClass "host": '
        "kubernetes.io/host-path does not support block volume provisioning"
    )
    assert world.events("c") == [("Warning", "ProvisioningFailed", text, 3)]


# Reclaim


def test_a_retained_volume_is_released_and_keeps_its_reference() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    uid = world.claim("c").metadata.uid
    world.delete(claim("c"))
    released = world.volume("v")
    assert released.status.phase == "Released"
    assert released.spec.claim_ref is not None and released.spec.claim_ref.uid == uid


def test_a_released_volume_is_available_again_once_its_reference_is_removed() -> None:
    world = VolumeWorld()
    world.apply(volume("v"), claim("c"))
    world.delete(claim("c"))
    world.edit("v", claim_ref=None)
    assert world.volume("v").status.phase == "Available"


def test_a_volume_below_tmp_is_deleted_with_its_claim_silently() -> None:
    world = VolumeWorld()
    world.apply(volume("v", hostPath={"path": "/mnt/tmp/v"}, persistentVolumeReclaimPolicy="Delete"), claim("c"))
    world.delete(claim("c"))
    assert not world.has(volume("v"))
    assert world.events("v") == []


@pytest.mark.parametrize(
    ("source", "text"),
    [
        (
            {"hostPath": {"path": "/data"}},
            "host_path deleter only supports /tmp/.+ but received provided /data",
        ),
        (
            {"nfs": {"server": "s", "path": "/d"}},
            'error getting deleter volume plugin for volume "v": no deletable volume plugin matched',
        ),
    ],
)
def test_a_volume_that_cannot_be_deleted_fails_once(source: dict[str, object], text: str) -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(volume("v", persistentVolumeReclaimPolicy="Delete", **source), claim("c"))
    world.delete(claim("c"))
    world.run(10_000)
    assert (world.volume("v").status.phase, world.volume("v").status.message) == ("Failed", text)
    assert world.events("v") == [("Warning", "VolumeFailedDelete", text, 1)]


def test_a_provisioned_volume_is_deleted_with_its_claim() -> None:
    world = VolumeWorld(enable_hostpath_provisioner=True)
    world.apply(storage_class("host", "kubernetes.io/host-path"), claim("c", storageClassName="host"))
    made = world.volume(world.claim("c").spec.volume_name)
    world.delete(claim("c"))
    assert not world.has(made)


def test_a_volume_of_an_external_provisioner_is_left_released() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    marked = volume(
        "v",
        annotations={"pv.kubernetes.io/provisioned-by": "example.com/disk"},
        persistentVolumeReclaimPolicy="Delete",
    )
    world.apply(marked, claim("c"))
    world.delete(claim("c"))
    world.run(5_000)
    assert world.volume("v").status.phase == "Released"
    assert world.events("v") == []


def test_recycling_a_volume_without_recycler_fails() -> None:
    world = VolumeWorld()
    source = {"csi": {"driver": "example.com", "volumeHandle": "h"}}
    world.apply(volume("v", persistentVolumeReclaimPolicy="Recycle", **source), claim("c"))
    world.delete(claim("c"))
    text = "No recycler plugin found for the volume!"
    assert world.events("v") == [("Warning", "VolumeFailedRecycle", text, 1)]


# Cost


def test_a_resync_that_finds_everything_in_order_writes_nothing() -> None:
    world = VolumeWorld(pvclaimbinder_sync_period="2s")
    world.apply(volume("v"), volume("free"), claim("c"))
    before = len(world.trace.records)
    world.run(60_000)
    assert len(world.trace.records) == before


def test_many_claims_and_volumes_bind_in_a_number_of_steps_that_grows_with_them() -> None:
    world = VolumeWorld()
    count = 200
    world.create(*(volume(f"v{number:03}", f"{number + 1}Gi") for number in range(count)))
    world.create(*(claim(f"c{number:03}") for number in range(count)))
    world.run(5_000)
    assert all(bound_to(world, f"c{number:03}") == ("Bound", f"v{number:03}") for number in range(count))
