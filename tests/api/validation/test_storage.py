"""What is refused in claims, volumes and classes, and which of their changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.claim import PersistentVolumeClaimStatus

from .building import claim, refused, refused_change, storage_class, volume

BOUND = PersistentVolumeClaimStatus(phase="Bound", capacity={"storage": "1Gi"})
FIXED = (
    "spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName "
    "for bound claims\n"
)


def claim_of(size, status=None, **spec):
    return claim({"spec": {"resources": {"requests": {"storage": size}}, **spec}}, status)


def test_plain_storage_is_accepted():
    assert refused(claim()) == refused(volume()) == refused(storage_class()) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"accessModes": None}, "spec.accessModes: Required value: at least 1 access mode is required"),
        (
            {"accessModes": ["X"]},
            'spec.accessModes: Unsupported value: "X": '
            'supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod"',
        ),
        (
            {"accessModes": ["ReadWriteOncePod", "ReadWriteOnce"]},
            "spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes",
        ),
        ({"resources": None}, "spec.resources[storage]: Required value"),
        (
            {"resources": {"requests": {"storage": "0"}}},
            'spec.resources[storage]: Invalid value: "0": must be greater than zero',
        ),
    ],
)
def test_a_broken_claim_is_refused_with_its_place(spec, problem):
    assert refused(claim({"spec": spec})) == [problem]


def test_a_claim_is_given_a_volume_once():
    named = claim({"spec": {"volumeName": "v"}})
    assert refused_change(named, claim()) == []
    (problem,) = refused_change(claim({"spec": {"volumeName": "w"}}), named)
    assert problem.startswith(FIXED)
    assert '- "VolumeName": "v",\n+ "VolumeName": "w",\n' in problem


def test_a_claim_is_given_a_class_once():
    classed = claim({"spec": {"storageClassName": "fast"}})
    assert refused_change(classed, claim()) == []
    assert refused_change(claim({"spec": {"storageClassName": "slow"}}), classed)[0].startswith(FIXED)


def test_only_a_bound_claim_grows():
    assert refused_change(claim_of("2Gi", BOUND), claim_of("1Gi", BOUND)) == []
    (problem,) = refused_change(claim_of("2Gi"), claim_of("1Gi"))
    assert problem.startswith(FIXED)


def test_a_bound_claim_shrinks_only_above_its_capacity():
    grown = claim_of("3Gi", BOUND)
    assert refused_change(claim_of("2Gi", BOUND), grown) == []
    assert refused_change(claim_of("1Gi", BOUND), grown) == [
        "spec.resources.requests.storage: Forbidden: field can not be less than status.capacity"
    ]


def test_another_mode_of_a_claim_is_refused_twice():
    first, second = refused_change(claim({"spec": {"volumeMode": "Block"}}), claim())
    assert first.startswith(FIXED)
    assert second == 'volumeMode: Invalid value: "Block": field is immutable'


def test_the_status_of_a_claim_can_change():
    assert refused_change(replace(claim(), status=BOUND), claim()) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"accessModes": None}, "spec.accessModes: Required value"),
        (
            {"nodeAffinity": {"required": None}},
            "spec.nodeAffinity.required: Required value: must specify required node constraints",
        ),
        ({"nodeAffinity": None}, "spec.nodeAffinity: Required value: Local volume requires node affinity"),
        ({"local": None}, "spec: Required value: must specify a volume type"),
        ({"hostPath": {"path": "/x"}}, "spec.local: Forbidden: may not specify more than 1 volume type"),
        (
            {"local": None, "nfs": {"server": "s", "path": "x"}},
            'spec.nfs.path: Invalid value: "x": must be an absolute path',
        ),
        (
            {"local": None, "hostPath": {"path": "/"}, "persistentVolumeReclaimPolicy": "Recycle"},
            "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
        ),
        (
            {"volumeAttributesClassName": "gold"},
            "spec.csi: Required value: has to be specified when using volumeAttributesClassName",
        ),
    ],
)
def test_a_broken_volume_is_refused_with_its_place(spec, problem):
    assert refused(volume({"spec": spec})) == [problem]


def test_a_volume_without_capacity_is_refused():
    assert "spec.capacity: Required value" in refused(volume({"spec": {"capacity": None}}))


def test_the_source_of_a_volume_is_fixed_and_the_change_is_shown():
    assert refused_change(volume({"spec": {"local": {"path": "/mnt/disks/other"}}}), volume()) == [
        "spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation\n"
        '@@ -19,7 +19,7 @@\n  "PortworxVolume": null,\n  "ScaleIO": null,\n  "Local": {\n-  "Path": "/mnt/disks/v",\n'
        '+  "Path": "/mnt/disks/other",\n   "FSType": null\n  },\n  "StorageOS": null,\n'
    ]


def test_the_mode_of_a_volume_is_fixed():
    assert refused_change(volume({"spec": {"volumeMode": "Block"}}), volume()) == [
        'volumeMode: Invalid value: "Block": field is immutable'
    ]


def test_the_nodes_of_a_volume_are_fixed_once_given():
    term = {"matchExpressions": [{"key": "zone", "operator": "Exists"}]}
    moved = volume({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}})
    assert refused_change(moved, volume()) == [
        'nodeAffinity: Invalid value: {"Required":{"NodeSelectorTerms":[{"MatchExpressions":[{"Key":"zone",'
        '"Operator":"Exists","Values":null}],"MatchFields":null}]}}: '
        "field is immutable, except for updating from beta label to GA"
    ]


@pytest.mark.parametrize(
    "spec",
    [
        {"capacity": {"storage": "2Gi"}},
        {"persistentVolumeReclaimPolicy": "Delete"},
        {"claimRef": {"name": "data", "namespace": "default"}},
        {"accessModes": ["ReadWriteMany"]},
        {"storageClassName": "fast"},
    ],
    ids=lambda spec: next(iter(spec)),
)
def test_these_fields_of_a_volume_can_change(spec):
    assert refused_change(volume({"spec": spec}), volume()) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"volumeBindingMode": "WaitForFirstConsumer"}, '"WaitForFirstConsumer"'),
        ({"reclaimPolicy": "Retain"}, '"Retain"'),
        ({"parameters": {"type": "ssd"}}, '{"type":"ssd"}'),
        ({"provisioner": "example.com/other"}, '"example.com/other"'),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else None,
)
def test_what_a_class_does_is_fixed(changes, problem):
    (field,) = changes
    assert refused_change(storage_class(changes), storage_class()) == [
        f"{field}: Invalid value: {problem}: field is immutable"
    ]


def test_a_class_can_start_to_allow_growth():
    assert refused_change(storage_class({"allowVolumeExpansion": True}), storage_class()) == []


def test_a_class_does_not_recycle():
    assert refused(storage_class({"reclaimPolicy": "Recycle"})) == [
        'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"'
    ]
