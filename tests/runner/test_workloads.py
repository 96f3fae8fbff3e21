"""What Deployments, ReplicaSets and ReplicationControllers do, told from outside."""

from __future__ import annotations

from playing import last, played

from harness.objects.apps import Deployment, ReplicaSet
from harness.objects.meta import Object, controller_of
from harness.objects.pod import Pod
from harness.outcome import Outcome

LABELS = "template: {metadata: {labels: {app: web}}, spec: {terminationGracePeriodSeconds: 1, "
POD = f"{LABELS}containers: [{{name: c, image: 'app:v1'}}]}}}}"
DEPLOYMENT = (
    "apply: [{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: {replicas}, {more}"
    "selector: {{matchLabels: {{app: web}}}}, {pod}}}}}]"
)
STRAY = (
    "{apiVersion: v1, kind: Pod, metadata: {name: stray, labels: {app: web}}, "
    "spec: {containers: [{name: c, image: x}]}}"
)


def deploy(replicas: int = 2, more: str = "") -> str:
    return DEPLOYMENT.format(replicas=replicas, more=f"{more}, " if more else "", pod=POD)


def replicated(kind: str, version: str, selector: str, replicas: int = 2) -> str:
    return (
        f"apply: [{{apiVersion: {version}, kind: {kind}, metadata: {{name: web}}, "
        f"spec: {{replicas: {replicas}, selector: {selector}, {POD}}}}}]"
    )


def image(tag: str) -> str:
    return f"setImage: deploy/web\nimages: {{c: 'app:{tag}'}}"


def of(outcome: Outcome, type_: type[Object]) -> list[object]:
    return [found for found in outcome.objects if isinstance(found, type_)]


def replica_sets(outcome: Outcome) -> list[ReplicaSet]:
    return [found for found in outcome.objects if isinstance(found, ReplicaSet)]


def pods(outcome: Outcome) -> list[Pod]:
    return [found for found in outcome.objects if isinstance(found, Pod)]


def test_a_deleted_deployment_takes_its_replica_set_and_its_pods_along() -> None:
    outcome = played(deploy(), "delete: deploy/web")
    assert not of(outcome, Deployment) and not replica_sets(outcome) and not pods(outcome)


def test_a_deleted_pod_is_replaced() -> None:
    outcome = played(deploy(), "delete: pod\nselector: app=web")
    assert len(pods(outcome)) == 2


def test_a_replication_controller_makes_its_pods_and_takes_in_a_matching_one() -> None:
    outcome = played(f"apply: [{STRAY}]", replicated("ReplicationController", "v1", "{app: web}"))
    owners = {controller_of(pod) for pod in pods(outcome)}
    assert len(pods(outcome)) == 2
    assert {owner.kind for owner in owners if owner is not None} == {"ReplicationController"}


def test_a_relabelled_pod_is_let_go_of_and_replaced() -> None:
    outcome = played(
        f"apply: [{STRAY}]",
        replicated("ReplicaSet", "apps/v1", "{matchLabels: {app: web}}"),
        "label: pod/stray\nset: {app: other}",
    )
    owned = {pod.metadata.name: controller_of(pod) is not None for pod in pods(outcome)}
    assert len(owned) == 3 and not owned["stray"]


def test_the_history_keeps_no_more_replica_sets_than_its_limit() -> None:
    outcome = played(deploy(1, "revisionHistoryLimit: 1"), image("v2"), image("v3"), image("v4"))
    assert len(replica_sets(outcome)) == 2


def test_an_undo_without_history_is_refused() -> None:
    assert "no rollout history found for deployment" in (last(deploy(), "rollout: undo\nof: deploy/web").rejected or "")


def test_an_undo_of_a_paused_deployment_is_refused() -> None:
    refused = last(deploy(), image("v2"), "rollout: pause\nof: deploy/web", "rollout: undo\nof: deploy/web").rejected
    assert "you cannot rollback a paused deployment" in (refused or "")


def test_a_restart_makes_a_new_replica_set_of_the_same_image() -> None:
    outcome = played(deploy(), "wait: 5s", "rollout: restart\nof: deploy/web")
    images = {found.spec.template.spec.containers[0].image for found in replica_sets(outcome)}
    assert len(replica_sets(outcome)) == 2 and images == {"app:v1"}


def test_a_deployment_takes_in_a_replica_set_with_its_template() -> None:
    outcome = played(deploy(), "delete: deploy/web\ncascade: orphan", deploy())
    [found] = replica_sets(outcome)
    owner = controller_of(found)
    assert owner is not None and owner.kind == "Deployment" and len(pods(outcome)) == 2


def test_a_replica_set_scaled_by_hand_is_brought_back() -> None:
    outcome = played(deploy())
    [found] = replica_sets(outcome)
    assert len(pods(played(deploy(), f"scale: rs/{found.metadata.name}\nreplicas: 5"))) == 2


def test_a_quota_keeps_pods_away_and_the_deployment_says_so() -> None:
    quota = "apply: [{apiVersion: v1, kind: ResourceQuota, metadata: {name: few}, spec: {hard: {pods: '1'}}}]"
    outcome = played(quota, deploy(2))
    [deployment] = of(outcome, Deployment)
    assert isinstance(deployment, Deployment)
    reasons = {condition.type: condition.reason for condition in deployment.status.conditions}
    assert reasons["ReplicaFailure"] == "FailedCreate" and len(pods(outcome)) == 1


def test_nothing_of_a_rollout_is_named_as_unattended() -> None:
    assert played(deploy()).unattended == ()


def test_first_of_several_pods_has_its_node_before_the_second_is_made() -> None:
    told = [
        (record.subject.metadata.name, record.subject.spec.node_name)
        for record in played(deploy(3)).steps[0].records
        if isinstance(record.subject, Pod)
    ]
    first = told[0][0]
    assert told[1] == (first, "node-1")
