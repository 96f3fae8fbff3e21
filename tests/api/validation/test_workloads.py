"""What is refused in Deployments, ReplicaSets, DaemonSets and ReplicationControllers, and which of their changes."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from harness.objects.apps import DaemonSet, Deployment, DeploymentStatus, ReplicaSet, ReplicaSetStatus
from harness.objects.replication import PodTemplate, ReplicationController

from .building import built, merged, metadata, refused, refused_change

TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [{"name": "c", "image": "app:v1"}]}}
KEEPER = {"metadata": metadata("web"), "spec": {"selector": {"matchLabels": {"app": "web"}}, "template": TEMPLATE}}
KEEPERS = (Deployment, ReplicaSet, DaemonSet)
MISMATCH = 'spec.template.metadata.labels: Invalid value: {"app":"other"}: `selector` does not match template `labels`'
AT_LEAST_ZERO = "must be greater than or equal to 0"


def keeper(cls, **spec):
    return built(cls, merged(KEEPER, {"spec": spec}))


def controller(**spec):
    return built(ReplicationController, {"metadata": metadata("web"), "spec": {"template": TEMPLATE, **spec}})


def rolling(**bounds):
    return {"rollingUpdate": bounds}


@pytest.mark.parametrize("cls", KEEPERS)
def test_a_plain_workload_is_accepted(cls):
    assert refused(keeper(cls)) == []
    assert refused(controller()) == []
    assert refused(built(PodTemplate, {"metadata": metadata("web"), "template": TEMPLATE})) == []


@pytest.mark.parametrize("cls", KEEPERS)
def test_the_selector_must_select_the_template(cls):
    assert refused(keeper(cls, template={"metadata": {"labels": {"app": "other"}}})) == [MISMATCH]


def test_a_selector_is_demanded():
    labels = 'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'
    assert refused(keeper(Deployment, selector=None)) == ["spec.selector: Required value", labels]
    assert refused(keeper(ReplicaSet, selector=None)) == ["spec.selector: Required value", labels]
    assert refused(keeper(DaemonSet, selector=None)) == [labels]


@pytest.mark.parametrize(
    ("cls", "named"), [(Deployment, "deployment"), (ReplicaSet, "deployment"), (DaemonSet, "daemonset")]
)
def test_an_empty_selector_is_refused(cls, named):
    empty = {"matchLabels": None}
    assert refused(keeper(cls, selector=empty)) == [
        f"spec.selector: Invalid value: {{}}: empty selector is invalid for {named}"
    ]


@pytest.mark.parametrize(
    ("cls", "owner"), [(Deployment, "ReplicaSet"), (ReplicaSet, "ReplicaSet"), (DaemonSet, "DaemonSet")]
)
def test_pods_that_end_are_refused(cls, owner):
    template = {"spec": {"restartPolicy": "Never", "activeDeadlineSeconds": 5}}
    assert refused(keeper(cls, template=template)) == [
        'spec.template.spec.restartPolicy: Unsupported value: "Never": supported values: "Always"',
        f"spec.template.spec.activeDeadlineSeconds: Forbidden: activeDeadlineSeconds in {owner} is not Supported",
    ]


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"replicas": -1}, f"spec.replicas: Invalid value: -1: {AT_LEAST_ZERO}"),
        ({"minReadySeconds": -1}, f"spec.minReadySeconds: Invalid value: -1: {AT_LEAST_ZERO}"),
        ({"revisionHistoryLimit": -1}, f"spec.revisionHistoryLimit: Invalid value: -1: {AT_LEAST_ZERO}"),
        (
            {"progressDeadlineSeconds": 10, "minReadySeconds": 10},
            "spec.progressDeadlineSeconds: Invalid value: 10: must be greater than minReadySeconds",
        ),
        (
            {"strategy": {"type": "Rolling"}},
            'spec.strategy: Unsupported value: {"Type":"Rolling","RollingUpdate":null}: '
            'supported values: "Recreate", "RollingUpdate"',
        ),
        (
            {"strategy": {"type": "Recreate", **rolling()}},
            "spec.strategy.rollingUpdate: Forbidden: may not be specified when strategy `type` is 'Recreate'",
        ),
        (
            {"strategy": rolling(maxSurge=0, maxUnavailable="0%")},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "0%": may not be 0 when `maxSurge` is 0',
        ),
        (
            {"strategy": rolling(maxUnavailable="101%")},
            'spec.strategy.rollingUpdate.maxUnavailable: Invalid value: "101%": must not be greater than 100%',
        ),
        (
            {"strategy": rolling(maxSurge="half")},
            'spec.strategy.rollingUpdate.maxSurge: Invalid value: "half": a valid percent string must be a numeric '
            "string followed by an ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')",
        ),
    ],
)
def test_what_is_wrong_with_a_deployment_is_said_in_the_servers_words(spec, problem):
    assert refused(keeper(Deployment, **spec)) == [problem]


def test_more_than_all_pods_may_be_added_during_an_update():
    assert refused(keeper(Deployment, strategy=rolling(maxSurge="300%"))) == []


@pytest.mark.parametrize(
    ("strategy", "problem"),
    [
        (
            rolling(maxSurge=1),
            "spec.updateStrategy.rollingUpdate.maxSurge: Invalid value: 1: "
            "may not be set when maxUnavailable is non-zero",
        ),
        (
            rolling(maxUnavailable=0),
            "spec.updateStrategy.rollingUpdate.maxUnavailable: Required value: cannot be 0 when maxSurge is 0",
        ),
        (
            rolling(maxUnavailable="200%"),
            'spec.updateStrategy.rollingUpdate.maxUnavailable: Invalid value: "200%": must not be greater than 100%',
        ),
        (
            {"type": "X"},
            'spec.updateStrategy: Unsupported value: {"Type":"X","RollingUpdate":null}: '
            'supported values: "RollingUpdate", "OnDelete"',
        ),
    ],
)
def test_a_daemon_set_either_adds_a_pod_first_or_takes_one_away_first(strategy, problem):
    assert refused(keeper(DaemonSet, updateStrategy=strategy)) == [problem]


@pytest.mark.parametrize("cls", KEEPERS)
def test_a_selector_stays_as_it_was_created(cls):
    labels = {"matchLabels": {"app": "web", "tier": "front"}}
    template = {"metadata": {"labels": {"tier": "front"}}}
    assert refused_change(keeper(cls, selector=labels, template=template), keeper(cls)) == [
        'spec.selector: Invalid value: {"matchLabels":{"app":"web","tier":"front"}}: field is immutable'
    ]


@pytest.mark.parametrize("cls", KEEPERS)
def test_a_template_may_change(cls):
    template = {"spec": {"containers": [{"name": "c", "image": "app:v2"}]}}
    assert refused_change(keeper(cls, template=template), keeper(cls)) == []


def test_a_replication_controller_needs_something_to_select_by():
    bare = {"spec": TEMPLATE["spec"]}
    assert refused(controller(template=bare)) == ["spec.selector: Required value"]
    assert refused(controller(selector={"app": "other"})) == [
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`'
    ]


def test_a_replication_controller_without_a_template_is_refused():
    bare = built(ReplicationController, {"metadata": metadata("web"), "spec": {"selector": {"app": "web"}}})
    assert refused(bare) == ["spec.template: Required value"]


def test_a_replication_controller_may_select_something_else_later():
    template = merged(TEMPLATE, {"metadata": {"labels": {"tier": "front"}}})
    assert refused_change(controller(selector={"tier": "front"}, template=template), controller()) == []


def test_a_status_may_not_count_more_than_there_is():
    stored = keeper(Deployment)
    assert refused_change(replace(stored, status=DeploymentStatus(replicas=1, ready_replicas=2)), stored) == [
        "status.readyReplicas: Invalid value: 2: cannot be greater than status.replicas"
    ]
    known = replace(stored, status=DeploymentStatus(collision_count=2))
    assert refused_change(replace(stored, status=DeploymentStatus(collision_count=1)), known) == [
        "status.collisionCount: Invalid value: 1: cannot be decremented"
    ]
    stored = keeper(ReplicaSet)
    assert refused_change(replace(stored, status=ReplicaSetStatus(replicas=1, fully_labeled_replicas=2)), stored) == [
        "status.fullyLabeledReplicas: Invalid value: 2: cannot be greater than status.replicas"
    ]


@pytest.mark.parametrize("cls", KEEPERS)
def test_a_template_has_no_ephemeral_containers(cls):
    debugged = merged(TEMPLATE, {"spec": {"ephemeralContainers": [{"name": "debugger", "image": "debug:1"}]}})
    text = "spec.template.spec.ephemeralContainers: Forbidden: ephemeral containers not allowed in pod template"
    assert text in refused(keeper(cls, template=debugged))
