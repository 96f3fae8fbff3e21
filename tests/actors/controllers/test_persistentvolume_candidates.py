"""The index of candidates answers as a scan of everything would."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.actors.controllers.persistentvolume.candidates import Candidates
from harness.api.store import Change
from harness.control.informer import Informer
from harness.objects.claim import PersistentVolumeClaim, PersistentVolumeClaimSpec, VolumeResourceRequirements
from harness.objects.meta import ObjectMeta, ObjectReference
from harness.objects.storage import PersistentVolume, PersistentVolumeSpec, PersistentVolumeStatus
from harness.objects.volume_matching import find_matching_volume, normalised_modes

SIZES = st.sampled_from(["1Gi", "1024Mi", "2Gi", "3Gi"])
MODES = st.lists(st.sampled_from(["ReadWriteOnce", "ReadOnlyMany", "ReadWriteMany"]), min_size=1, max_size=3)
CLASSES = st.sampled_from(["", "fast"])
REFERENCES = st.sampled_from([None, None, "c", "other"])


@st.composite
def volumes(draw: st.DrawFn) -> PersistentVolume:
    kept_for = draw(REFERENCES)
    return PersistentVolume(
        metadata=ObjectMeta(
            name=draw(st.sampled_from("abcdefgh")),
            deletion_timestamp=draw(st.sampled_from([None, None, None, "2026-01-01T00:00:00Z"])),
        ),
        spec=PersistentVolumeSpec(
            capacity={"storage": draw(SIZES)},
            access_modes=tuple(draw(MODES)),
            storage_class_name=draw(CLASSES),
            volume_mode=draw(st.sampled_from(["Filesystem", "Filesystem", "Block"])),
            claim_ref=ObjectReference(namespace="default", name=kept_for) if kept_for else None,
        ),
        status=PersistentVolumeStatus(phase=draw(st.sampled_from(["Available", "Available", "Released"]))),
    )


@st.composite
def claims(draw: st.DrawFn) -> PersistentVolumeClaim:
    return PersistentVolumeClaim(
        metadata=ObjectMeta(name="c", namespace="default", uid="u"),
        spec=PersistentVolumeClaimSpec(
            access_modes=tuple(draw(MODES)),
            resources=VolumeResourceRequirements(requests={"storage": draw(SIZES)}),
            storage_class_name=draw(CLASSES),
        ),
    )


def scan(claim: PersistentVolumeClaim, found: list[PersistentVolume], late: bool) -> PersistentVolume | None:
    groups: dict[tuple[str, ...], list[PersistentVolume]] = {}
    for volume in sorted(found, key=lambda volume: volume.metadata.name):
        groups.setdefault(normalised_modes(volume.spec.access_modes), []).append(volume)
    for modes in sorted(groups, key=lambda modes: (len(modes), modes)):
        if set(claim.spec.access_modes) <= set(modes):
            match = find_matching_volume(claim, groups[modes], delay_binding=late)
            if match is not None:
                return match
    return None


@given(st.lists(volumes(), max_size=20), claims(), st.booleans())
def test_the_index_picks_what_a_scan_picks(
    history: list[PersistentVolume], claim: PersistentVolumeClaim, late: bool
) -> None:
    informer: Informer[PersistentVolume] = Informer()
    candidates = Candidates(informer)
    for number, volume in enumerate(history):
        gone = number % 5 == 4 and ("", volume.metadata.name) in informer.objects
        changed = replace(volume, metadata=replace(volume.metadata, resource_version=str(number)))
        informer.receive(Change("DELETED" if gone else "MODIFIED", changed, None, number))
    found = list(informer.objects.values())
    assert candidates.best(claim, delay_binding=late) == scan(claim, found, late)
