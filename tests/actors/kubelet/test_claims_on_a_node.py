"""What a kubelet says of claims that it cannot follow to a volume."""

from __future__ import annotations

from mount_world import LOCAL, Volumes, gave_up

from harness.api import kinds
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.storage import PersistentVolume


def test_missing_claim_is_complained_about_ten_seconds_later_again_and_looked_for_only_then() -> None:
    world = Volumes()
    world.pod(v="data")
    world.wait(299)
    assert world.said("a") == []
    world.wait(3)
    missing = 'failed to fetch PVC from API server: persistentvolumeclaims "data" not found'
    assert world.said("a") == [gave_up(f"error processing PVC default/data: {missing}")]
    # Ten seconds after the pass that failed, at the next look at the node.
    world.wait(11_200)
    assert world.times() == [2]
    world.bound(**LOCAL)
    world.wait(5000)
    assert not world.runs()
    world.wait(7000)
    assert world.runs()


def test_claim_that_is_bound_a_moment_later_costs_nothing() -> None:
    world = Volumes()
    world.bound(**LOCAL)
    world.change(PersistentVolumeClaim, "data", {"status": {"phase": "Pending"}}, status=True)
    world.pod(v="data")
    world.wait(50)
    world.change(PersistentVolumeClaim, "data", {"status": {"phase": "Bound"}}, status=True)
    world.wait(2000)
    assert world.runs() and not world.warned()


def test_claim_that_is_not_bound_holds_its_pod() -> None:
    world = Volumes()
    world.bound(**LOCAL)
    world.change(PersistentVolumeClaim, "data", {"status": {"phase": "Lost"}}, status=True)
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [gave_up("error processing PVC default/data: PVC is not bound")]


def test_claim_whose_deletion_waits_for_its_pods_can_still_be_mounted() -> None:
    world = Volumes()
    world.bound(**LOCAL)
    world.change(PersistentVolumeClaim, "data", {"metadata": {"finalizers": ["kubernetes.io/pvc-protection"]}})
    world.server.delete(kinds.BY_TYPE[PersistentVolumeClaim], "default", "data")
    world.pod(v="data")
    world.wait(2000)
    assert world.runs()


def test_claim_on_its_way_out_without_protection_cannot_be_mounted() -> None:
    world = Volumes()
    world.bound(**LOCAL)
    world.change(PersistentVolumeClaim, "data", {"metadata": {"finalizers": ["example.com/slow"]}})
    world.server.delete(kinds.BY_TYPE[PersistentVolumeClaim], "default", "data")
    world.pod(v="data")
    world.wait(400)
    assert world.said("a") == [gave_up("error processing PVC default/data: PVC is being deleted")]


def test_volume_that_is_gone_or_points_elsewhere_is_not_the_claims() -> None:
    world = Volumes()
    world.bound("data", "disk", **LOCAL)
    world.bound("other", "shelf", **LOCAL)
    world.change(PersistentVolume, "shelf", {"spec": {"claimRef": {"namespace": "default", "name": "x", "uid": "u-9"}}})
    world.change(PersistentVolume, "disk", {"metadata": {"finalizers": []}})
    world.server.delete(kinds.BY_TYPE[PersistentVolume], "", "disk")
    world.pod("a", v="data")
    world.pod("b", v="other")
    world.wait(400)
    assert world.said("a") == [
        gave_up(
            "error processing PVC default/data: failed to fetch PV disk from API server: "
            'persistentvolumes "disk" not found'
        )
    ]
    assert world.said("b") == [
        gave_up(
            "error processing PVC default/other: found PV object shelf but its pv.Spec.ClaimRef.UID u-9 "
            f"does not point to claim.UID {world.uid('other')}"
        )
    ]


def test_problems_of_several_claims_are_said_at_once_beside_what_is_mounted() -> None:
    world = Volumes()
    world.pod(w="second", e={"emptyDir": {}}, v="first")
    world.wait(400)
    missing = 'failed to fetch PVC from API server: persistentvolumeclaims "{0}" not found'
    problems = "; ".join(f"error processing PVC default/{name}: {missing.format(name)}" for name in ("first", "second"))
    assert world.said("a") == [gave_up(problems, "v w")]


def test_claim_of_the_name_of_an_ephemeral_volume_must_be_the_pods_own() -> None:
    world = Volumes()
    world.bound("a-v", **LOCAL)
    template = {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}
    world.pod(v={"ephemeral": {"volumeClaimTemplate": template}})
    world.wait(400)
    problem = "PVC default/a-v was not created for pod default/a (pod is not owner)"
    assert world.said("a") == [gave_up(problem)]
