"""What is refused in a StatefulSet, and which of its changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.statefulset import StatefulSetStatus

from .building import merged, refused, refused_change, stateful_set

FIXED = (
    "spec: Forbidden: updates to statefulset spec for fields other than 'replicas', 'ordinals', 'template', "
    "'updateStrategy', 'revisionHistoryLimit', 'persistentVolumeClaimRetentionPolicy' and 'minReadySeconds' are "
    "forbidden"
)
CLAIM_TEMPLATE = {
    "metadata": {"name": "data"},
    "spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}},
}


def with_spec(**spec):
    return stateful_set({"spec": spec})


def test_a_plain_set_is_accepted():
    assert refused(stateful_set()) == []


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        (
            {"podManagementPolicy": "X"},
            "spec.podManagementPolicy: Invalid value: \"X\": must be 'OrderedReady' or 'Parallel'",
        ),
        (
            {"updateStrategy": {"type": "X"}},
            'spec.updateStrategy: Invalid value: {"Type":"X","RollingUpdate":null}: '
            "must be 'RollingUpdate' or 'OnDelete'",
        ),
        (
            {"updateStrategy": {"type": "OnDelete", "rollingUpdate": {"partition": 1}}},
            'spec.updateStrategy.rollingUpdate: Invalid value: {"Partition":1,"MaxUnavailable":null}: '
            "only allowed for updateStrategy 'RollingUpdate'",
        ),
        (
            {"updateStrategy": {"rollingUpdate": {"partition": -1}}},
            "spec.updateStrategy.rollingUpdate.partition: Invalid value: -1: must be greater than or equal to 0",
        ),
        (
            {"persistentVolumeClaimRetentionPolicy": {"whenScaled": "X"}},
            'spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported value: "X": '
            'supported values: "Delete", "Retain"',
        ),
        ({"replicas": -1}, "spec.replicas: Invalid value: -1: must be greater than or equal to 0"),
        ({"minReadySeconds": -1}, "spec.minReadySeconds: Invalid value: -1: must be greater than or equal to 0"),
        ({"ordinals": {"start": -1}}, "spec.ordinals.start: Invalid value: -1: must be greater than or equal to 0"),
        (
            {"template": {"spec": {"restartPolicy": "Never"}}},
            'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        ),
        (
            {"template": {"spec": {"activeDeadlineSeconds": 5}}},
            "spec.template.spec.activeDeadlineSeconds: Forbidden: "
            "activeDeadlineSeconds in StatefulSet is not Supported",
        ),
        (
            {"template": {"metadata": {"labels": {"app": "other"}}}},
            'spec.template.metadata.labels: Invalid value: {"app":"other"}: '
            "`selector` does not match template `labels`",
        ),
        (
            {"selector": {"matchLabels": None}},
            "spec.selector: Invalid value: {}: empty selector is invalid for statefulset",
        ),
        ({"serviceName": "a.b"}, 'spec.serviceName: Invalid value: "a.b": must not contain dots'),
        (
            {"volumeClaimTemplates": [merged(CLAIM_TEMPLATE, {"spec": {"accessModes": None}})]},
            "spec.volumeClaimTemplates[0].spec.accessModes: Required value: at least 1 access mode is required",
        ),
    ],
)
def test_a_broken_spec_is_refused_with_its_place(spec, problem):
    assert refused(with_spec(**spec)) == [problem]


def test_without_a_selector_the_labels_do_not_match_either():
    assert refused(stateful_set({"spec": {"selector": None}})) == [
        "spec.selector: Required value",
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
    ]


def test_a_negative_history_is_kept_whole():
    assert refused(with_spec(revisionHistoryLimit=-1)) == []


def test_a_container_can_mount_what_a_claim_template_brings():
    mounting = [{"name": "c", "image": "i", "volumeMounts": [{"name": "data", "mountPath": "/d"}]}]
    template = {"spec": {"containers": mounting}}
    assert refused(with_spec(template=template, volumeClaimTemplates=[CLAIM_TEMPLATE])) == []
    assert refused(with_spec(template=template)) == [
        'spec.template.spec.containers[0].volumeMounts[0].name: Not found: "data"'
    ]


@pytest.mark.parametrize(
    "spec",
    [
        {"replicas": 5},
        {"ordinals": {"start": 1}},
        {"minReadySeconds": 5},
        {"revisionHistoryLimit": 2},
        {"updateStrategy": {"type": "OnDelete"}},
        {"persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Delete"}},
        {"template": {"spec": {"containers": [{"name": "c", "image": "app:v2"}]}}},
    ],
    ids=lambda spec: next(iter(spec)),
)
def test_these_fields_can_change(spec):
    assert refused_change(with_spec(**spec), stateful_set()) == []


@pytest.mark.parametrize(
    "spec",
    [
        {"serviceName": "other"},
        {"podManagementPolicy": "Parallel"},
        {"volumeClaimTemplates": [CLAIM_TEMPLATE]},
    ],
    ids=lambda spec: next(iter(spec)),
)
def test_the_other_fields_cannot_change(spec):
    assert refused_change(with_spec(**spec), stateful_set()) == [FIXED]


def test_a_changed_selector_is_wrong_twice():
    assert refused_change(with_spec(selector={"matchLabels": {"app": "other"}}), stateful_set()) == [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
        FIXED,
    ]


def test_a_changed_template_is_checked_like_a_new_one():
    broken = with_spec(template={"spec": {"containers": [{"name": "c", "image": ""}]}})
    assert refused_change(broken, stateful_set()) == ["spec.template.spec.containers[0].image: Required value"]


@pytest.mark.parametrize(
    ("status", "problems"),
    [
        (
            {"current_replicas": -1},
            ["status.currentReplicas: Invalid value: -1: must be greater than or equal to 0"],
        ),
        (
            {"replicas": 1, "updated_replicas": 2},
            ["status.updatedReplicas: Invalid value: 2: cannot be greater than status.replicas"],
        ),
        (
            {"replicas": 2, "ready_replicas": 1, "available_replicas": 2},
            ["status.availableReplicas: Invalid value: 2: cannot be greater than status.readyReplicas"],
        ),
        ({"replicas": 2, "ready_replicas": 2, "available_replicas": 1}, []),
    ],
)
def test_the_counts_of_a_status_fit_each_other(status, problems):
    old = stateful_set()
    assert refused_change(replace(old, status=StatefulSetStatus(**status)), old) == problems
