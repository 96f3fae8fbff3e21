"""What the volumes of a pod stand for: claims are followed to their volumes, as far as that is possible.

Owns the checks before a kubelet wants a volume on its node, their order and their texts. Mounts nothing. Source:
pkg/kubelet/volumemanager/populator/desired_state_of_world_populator.go (createVolumeSpec), volume_manager.go
(getExpectedVolumes).
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from harness.actors.kubelet.lookups import Lookups
from harness.objects.attachment import is_attachable, unique_volume_name
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.csi_migration import csi_volume
from harness.objects.finalizers import CLAIM_PROTECTION
from harness.objects.pod import Container, EphemeralContainer, Pod
from harness.objects.pod_claims import ephemeral_claim_name, ownership_problem
from harness.objects.storage import PersistentVolume
from harness.objects.storage_phases import BOUND
from harness.objects.volume import Volume
from harness.objects.volume_matching import BLOCK, FILESYSTEM, is_block, volume_mode_of
from harness.objects.volume_plugins import missing_plugin


class Desired(msgspec.Struct, frozen=True):
    """A volume that a pod wants on its node. `volume` is what its claim is bound to, None for one without a claim."""

    inline: Volume
    volume: PersistentVolume | None = None
    attachable: bool = False

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.volume.metadata.name if self.volume is not None else self.inline.name

    @property
    def is_block(self) -> bool:
        return self.volume is not None and is_block(self.volume)

    @property
    def shared_name(self) -> str:
        """What it is called on the whole node; empty if every pod there has it for itself.

        Only what can be attached, or mounted once for all pods, is known by one name (`GetUniqueVolumeNameFromSpec`).
        """
        if self.volume is None:
            return ""
        if self.volume.spec.local is not None:
            return f"kubernetes.io/local-volume/{self.volume.metadata.name}"
        return unique_volume_name(self.volume)


def used_volumes(pod: Pod) -> list[Volume]:
    """The volumes that a container mounts or maps, in the order of the pod's spec; a kubelet ignores all others."""
    used = {*_mounts(pod), *_devices(pod)}
    return [volume for volume in pod.spec.volumes if volume.name in used]


def desired(pod: Pod, volume: Volume, lookups: Lookups) -> Desired | str:
    """What the volume stands for, or why that cannot be told yet."""
    ephemeral = volume.ephemeral is not None
    if volume.persistent_volume_claim is not None:
        claim_name = volume.persistent_volume_claim.claim_name
    elif ephemeral:
        claim_name = ephemeral_claim_name(pod, volume.name)
    else:
        return missing_plugin(volume.name, volume) or Desired(volume)
    namespace = pod.metadata.namespace
    claim = lookups.claim(namespace, claim_name)
    problem = _claim_problem(claim_name, claim)
    if not problem:
        assert claim is not None
        foreign = ownership_problem(pod, claim) if ephemeral else ""
        if foreign:
            return foreign
        found = lookups.volume(claim.spec.volume_name)
        problem = _volume_problem(claim, found)
        if not problem:
            assert found is not None
            wrong = _mode_problem(pod, volume, found) or missing_plugin(found.metadata.name, found.spec)
            return wrong or Desired(volume, found, _must_attach(found, lookups))
    return f"error processing PVC {namespace}/{claim_name}: {problem}"


def gave_up(
    used: Iterable[Volume],
    wanted: Mapping[str, Desired],
    attached: Collection[str],
    mounted: Collection[str],
    problems: Iterable[str],
) -> str:
    """What is said of a pod some of whose volumes could not be told.

    `used` are those that count, and `wanted` the ones of them that could be told, by name.
    """
    expected = sorted(volume.name for volume in used)
    unmounted = _go_list([name for name in expected if name not in mounted])
    unattached = _go_list(
        [name for name in expected if name in wanted and wanted[name].attachable and name not in attached]
    )
    failed = _go_list([name for name in expected if name not in wanted])
    return (
        f"Unable to attach or mount volumes: unmounted volumes={unmounted}, unattached volumes={unattached}, "
        f"failed to process volumes={failed}: {'; '.join(sorted(set(problems)))}"
    )


def _go_list(names: Sequence[str]) -> str:
    return f"[{' '.join(names)}]"


def _claim_problem(name: str, claim: PersistentVolumeClaim | None) -> str:
    if claim is None:
        return f'failed to fetch PVC from API server: persistentvolumeclaims "{name}" not found'
    if claim.metadata.deletion_timestamp is not None and CLAIM_PROTECTION not in claim.metadata.finalizers:
        return "PVC is being deleted"
    if claim.status.phase != BOUND:
        return "PVC is not bound"
    return "" if claim.spec.volume_name else "PVC has empty pvc.Spec.VolumeName"


def _volume_problem(claim: PersistentVolumeClaim, volume: PersistentVolume | None) -> str:
    name, uid = claim.spec.volume_name, claim.metadata.uid
    if volume is None:
        return f'failed to fetch PV {name} from API server: persistentvolumes "{name}" not found'
    reference = volume.spec.claim_ref
    if reference is None:
        return f"found PV object {name} but it has a nil pv.Spec.ClaimRef indicating it is not yet bound to the claim"
    if reference.uid != uid:
        return f"found PV object {name} but its pv.Spec.ClaimRef.UID {reference.uid} does not point to claim.UID {uid}"
    return ""


def _mode_problem(pod: Pod, volume: Volume, found: PersistentVolume) -> str:
    mode = volume_mode_of(found)
    for used, field, right in ((_mounts(pod), "volumeMounts", FILESYSTEM), (_devices(pod), "volumeDevices", BLOCK)):
        if volume.name in used and mode != right:
            return f"volume {volume.name} has volumeMode {mode}, but is specified in {field}"
    return ""


def _must_attach(volume: PersistentVolume, lookups: Lookups) -> bool:
    source = csi_volume(volume)
    return is_attachable(volume, lookups.driver(source.driver) if source is not None else None)


def _containers(pod: Pod) -> Iterable[Container | EphemeralContainer]:
    return (*pod.spec.init_containers, *pod.spec.containers, *pod.spec.ephemeral_containers)


def _mounts(pod: Pod) -> set[str]:
    return {mount.name for container in _containers(pod) for mount in container.volume_mounts}


def _devices(pod: Pod) -> set[str]:
    return {device.name for container in _containers(pod) for device in container.volume_devices}
