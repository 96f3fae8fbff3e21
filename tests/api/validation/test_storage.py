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


BETA = "volume.beta.kubernetes.io/storage-class"


def annotated(value, **spec):
    annotations = {} if value is None else {BETA: value}
    return claim({"metadata": {"name": "data", "namespace": "default", "annotations": annotations}, "spec": spec})


@pytest.mark.parametrize(("was", "becomes"), [("fast", "slow"), ("fast", None), (None, "fast")])
def test_the_legacy_class_of_a_claim_is_fixed(was, becomes):
    assert refused_change(annotated(becomes), annotated(was)) == [
        f'metadata.annotations.{BETA}: Invalid value: "{becomes or ""}": field is immutable'
    ]


@pytest.mark.parametrize("annotation", ["fast", None])
def test_a_legacy_class_moves_to_the_field_with_or_without_its_annotation(annotation):
    assert refused_change(annotated(annotation, storageClassName="fast"), annotated("fast")) == []


def test_a_legacy_class_does_not_move_to_a_field_that_says_another():
    (problem,) = refused_change(annotated("fast", storageClassName="slow"), annotated("fast"))
    assert problem.startswith(FIXED)


def test_a_wrong_annotation_is_named_before_a_wrong_spec():
    first, second = refused_change(annotated("slow", accessModes=["ReadWriteMany"]), annotated("fast"))
    assert (first.split(":")[0], second.split(":")[0]) == (f"metadata.annotations.{BETA}", "spec")


def test_the_same_size_in_other_words_is_no_change():
    assert refused_change(claim_of("1073741824"), claim_of("1Gi")) == []


@pytest.mark.parametrize(
    ("attributes", "problems"),
    [
        ("silver", []),
        (None, ["update to nil is forbidden when status.currentVolumeAttributesClassName is not nil"]),
        ("", ["update to empty string is forbidden when status.currentVolumeAttributesClassName is not nil"]),
    ],
)
def test_a_bound_claim_changes_its_attributes_but_never_to_none(attributes, problems):
    has = replace(BOUND, current_volume_attributes_class_name="gold")
    old = claim_of("1Gi", has, volumeAttributesClassName="gold")
    expected = [f"spec.volumeAttributesClassName: Forbidden: {problem}" for problem in problems]
    assert refused_change(claim_of("1Gi", has, volumeAttributesClassName=attributes), old) == expected


def test_attributes_that_were_never_applied_can_be_taken_back():
    assert refused_change(claim_of("1Gi", BOUND), claim_of("1Gi", BOUND, volumeAttributesClassName="gold")) == []


def test_a_claim_that_is_not_bound_keeps_its_attributes():
    (problem,) = refused_change(claim_of("1Gi", volumeAttributesClassName="gold"), claim_of("1Gi"))
    assert problem.startswith(FIXED)


def test_several_mistakes_of_a_claim_are_named_in_the_order_of_the_fields():
    broken = claim(
        {"spec": {"accessModes": ["Some"], "resources": None, "storageClassName": "Fast", "volumeMode": "X"}}
    )
    assert [problem.split(":")[0] for problem in refused(broken)] == [
        "spec.accessModes",
        "spec.resources[storage]",
        "spec.storageClassName",
        "spec.volumeMode",
    ]


@pytest.mark.parametrize(
    ("sources", "problem"),
    [
        (
            {"dataSourceRef": {"kind": "Backup", "name": "b"}},
            "must be 'PersistentVolumeClaim' when referencing the default apiGroup",
        ),
        ({"dataSource": {"kind": "PersistentVolumeClaim"}}, "spec.dataSource.name: Required value"),
        (
            {
                "dataSource": {"kind": "PersistentVolumeClaim", "name": "a"},
                "dataSourceRef": {"kind": "PersistentVolumeClaim", "name": "b"},
            },
            "spec: Invalid value: {}: must match dataSourceRef",
        ),
    ],
)
def test_a_data_source_that_cannot_be_is_refused(sources, problem):
    assert any(problem in found for found in refused(claim({"spec": sources})))


def test_a_data_source_of_no_known_kind_is_dropped_and_a_known_one_is_mirrored():
    assert claim({"spec": {"dataSource": {"apiGroup": "x.io", "kind": "Backup", "name": "b"}}}).spec.data_source is None
    cloned = claim({"spec": {"dataSource": {"kind": "PersistentVolumeClaim", "name": "a"}}}).spec
    assert (cloned.data_source_ref.kind, cloned.data_source_ref.name) == ("PersistentVolumeClaim", "a")


def test_a_data_source_in_another_namespace_is_forgotten():
    away = {"apiGroup": "x.io", "kind": "Backup", "name": "b", "namespace": "other"}
    assert claim({"spec": {"dataSourceRef": away}}).spec.data_source_ref is None


@pytest.mark.parametrize(
    ("capacity", "problems"),
    [
        ({"storage": "0"}, ['spec.capacity[storage]: Invalid value: "0": must be greater than zero']),
        (
            {"storage": "-1Gi"},
            [
                "spec.capacity[storage]: Invalid value: -1073741824: must be a valid resource quantity",
                'spec.capacity[storage]: Invalid value: "-1Gi": must be greater than zero',
            ],
        ),
        (
            {"storage": "1Gi", "iops": "5"},
            ['spec.capacity: Unsupported value: {"iops":"5","storage":"1Gi"}: supported values: "storage"'],
        ),
    ],
)
def test_the_capacity_of_a_volume_is_an_amount_of_storage(capacity, problems):
    assert refused(volume({"spec": {"capacity": capacity}})) == problems


def test_the_attributes_of_a_volume_are_named_but_never_taken_back():
    csi = {"local": None, "nodeAffinity": None, "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}}
    gold = volume({"spec": {**csi, "volumeAttributesClassName": "gold"}})
    assert refused_change(gold, volume({"spec": csi})) == []
    assert refused_change(volume({"spec": csi}), gold) == [
        "spec.volumeAttributesClassName: Forbidden: update from non-nil value to nil is forbidden"
    ]
    assert refused(volume({"spec": {**csi, "volumeAttributesClassName": ""}})) == [
        "spec.volumeAttributesClassName: Required value: an empty string is disallowed"
    ]


def test_a_secret_for_growth_can_be_given_to_a_volume_once():
    csi = {"driver": "ebs.csi.aws.com", "volumeHandle": "vol-1"}
    plain, secret, other = (
        volume({"spec": {"local": None, "nodeAffinity": None, "csi": {**csi, **extra}}})
        for extra in (
            {},
            {"controllerExpandSecretRef": {"name": "a", "namespace": "b"}},
            {"controllerExpandSecretRef": {"name": "c", "namespace": "b"}},
        )
    )
    assert refused_change(secret, plain) == []
    assert refused_change(other, secret)[0].startswith("spec.persistentvolumesource: Forbidden: ")


def nodes(key, value="node-1"):
    term = {"matchExpressions": [{"key": key, "operator": "In", "values": [value]}]}
    return volume({"spec": {"nodeAffinity": {"required": {"nodeSelectorTerms": [term]}}}})


def test_the_nodes_of_a_volume_can_be_named_by_a_label_of_today():
    old, new = "failure-domain.beta.kubernetes.io/zone", "topology.kubernetes.io/zone"
    assert refused_change(nodes(new, "a"), nodes(old, "a")) == []
    assert len(refused_change(nodes(old, "a"), nodes(new, "a"))) == 1
    assert len(refused_change(nodes(new, "b"), nodes(old, "a"))) == 1


def test_a_provisioner_is_named_like_a_label():
    assert refused(storage_class({"provisioner": ""})) == ["provisioner: Required value"]
    (problem,) = refused(storage_class({"provisioner": "Example.com/My NFS"}))
    assert problem.startswith('provisioner: Invalid value: "example.com/my nfs": name part must consist of ')
    assert refused(storage_class({"provisioner": "Example.com/NFS"})) == []


def test_a_changed_class_is_checked_like_a_new_one():
    assert refused_change(storage_class({"reclaimPolicy": "Recycle"}), storage_class()) == [
        'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
        'reclaimPolicy: Invalid value: "Recycle": field is immutable',
    ]


def test_topologies_of_a_class_name_each_place_once():
    zone = {"matchLabelExpressions": [{"key": "zone", "values": ["a", "a"]}]}
    assert refused(storage_class({"allowedTopologies": [zone, zone, {}]})) == [
        'allowedTopologies[0].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
        'allowedTopologies[1].matchLabelExpressions[0].values[1]: Duplicate value: "a"',
        'allowedTopologies[1].matchLabelExpressions: Duplicate value: ""',
        'allowedTopologies[2].matchLabelExpressions: Duplicate value: ""',
    ]


@pytest.mark.parametrize(
    "changes",
    [{"mountOptions": ["ro"]}, {"allowedTopologies": [{"matchLabelExpressions": [{"key": "z", "values": ["a"]}]}]}],
    ids=lambda changes: next(iter(changes)),
)
def test_these_fields_of_a_class_can_change(changes):
    assert refused_change(storage_class(changes), storage_class()) == []
