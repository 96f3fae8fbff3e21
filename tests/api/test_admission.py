"""What the admission plugins add to a request, and what they refuse.

Source: plugin/pkg/admission and staging/src/k8s.io/apiserver/pkg/admission/plugin.
"""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace
from server_world import CLAIM, POD, ServerWorld, refusal

from harness.api import kinds
from harness.objects.claim import PersistentVolumeClaim
from harness.objects.config import ConfigMap, Namespace, ServiceAccount
from harness.objects.csi import VolumeAttributesClass
from harness.objects.meta import ObjectMeta
from harness.objects.pod import Pod, Toleration
from harness.objects.policy import PriorityClass
from harness.objects.service import Service
from harness.objects.storage import PersistentVolume, StorageClass

DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class"

# Namespaces


def test_nothing_is_created_in_a_namespace_that_is_missing(world: ServerWorld) -> None:
    problem = refusal(world.make, ConfigMap, metadata={"namespace": "nowhere"})
    assert (problem.code, problem.message) == (404, 'namespaces "nowhere" not found')


def test_nothing_is_created_in_a_namespace_on_its_way_out(world: ServerWorld) -> None:
    world.delete(world.make(Namespace, "team"))
    problem = refusal(world.make, ConfigMap, metadata={"namespace": "team"})
    assert (problem.code, problem.message) == (
        403,
        'configmaps "web" is forbidden: unable to create new content in namespace team because it is being terminated',
    )


def test_what_is_there_can_still_change_in_a_namespace_on_its_way_out(world: ServerWorld) -> None:
    team = world.make(Namespace, "team")
    config = world.make(ConfigMap, metadata={"namespace": "team"})
    world.delete(team)
    assert world.server.update(replace(config, data={"a": "1"})).data == {"a": "1"}


# Pods


def test_a_pod_runs_as_the_default_account_unless_told_otherwise(world: ServerWorld) -> None:
    assert world.make(Pod).spec.service_account_name == "default"


def test_an_account_that_is_missing_is_refused(world: ServerWorld) -> None:
    problem = refusal(world.make, Pod, spec={**POD, "serviceAccountName": "robot"})
    assert (problem.code, problem.message) == (
        403,
        'pods "web" is forbidden: error looking up service account default/robot: serviceaccount "robot" not found',
    )


def test_an_account_that_is_there_is_taken(world: ServerWorld) -> None:
    world.make(ServiceAccount, "robot")
    spec = world.make(Pod, spec={**POD, "serviceAccountName": "robot"}).spec
    assert (spec.service_account_name, spec.service_account) == ("robot", "robot")


def test_a_pod_without_secrets_pulls_with_those_of_its_account(world: ServerWorld) -> None:
    world.make(ServiceAccount, "robot", imagePullSecrets=[{"name": "registry"}])
    without = world.make(Pod, "a", spec={**POD, "serviceAccountName": "robot"})
    own = world.make(Pod, "b", spec={**POD, "serviceAccountName": "robot", "imagePullSecrets": [{"name": "mine"}]})
    assert [[one.name for one in pod.spec.image_pull_secrets] for pod in (without, own)] == [["registry"], ["mine"]]


def test_a_refusal_names_a_pod_without_a_name_by_its_base(world: ServerWorld) -> None:
    problem = refusal(
        world.make, Pod, "", metadata={"generateName": "web-"}, spec={**POD, "serviceAccountName": "robot"}
    )
    assert problem.message.startswith('pods "web-" is forbidden: ')


def test_a_pod_has_the_priority_of_its_class(world: ServerWorld) -> None:
    world.make(PriorityClass, "high", value=1_000, preemptionPolicy="Never")
    spec = world.make(Pod, spec={**POD, "priorityClassName": "high"}).spec
    assert (spec.priority, spec.preemption_policy) == (1_000, "Never")


def test_a_pod_without_a_class_has_no_priority(world: ServerWorld) -> None:
    spec = world.make(Pod).spec
    assert (spec.priority, spec.preemption_policy) == (0, "PreemptLowerPriority")


def test_of_two_default_classes_the_lower_one_holds(world: ServerWorld) -> None:
    # Only two servers that do not yet know of each other's class let both in.
    kind = kinds.BY_TYPE[PriorityClass]
    for name, value in (("high", 1_000), ("low", 10)):
        marked = PriorityClass(metadata=ObjectMeta(name=name), value=value, global_default=True)
        world.server.store.commit(kind.key, None, marked, None)
    spec = world.make(Pod).spec
    assert (spec.priority_class_name, spec.priority) == ("low", 10)


def test_a_second_default_class_is_refused(world: ServerWorld) -> None:
    first = world.make(PriorityClass, "high", value=1_000, globalDefault=True)
    problem = refusal(world.make, PriorityClass, "low", globalDefault=True)
    assert problem.message == (
        'priorityclasses.scheduling.k8s.io "low" is forbidden: PriorityClass high is already marked as default. '
        "Only one default can exist"
    )
    assert world.server.update(replace(first, description="for all")).description == "for all"


def test_a_class_every_cluster_has_need_not_be_there(world: ServerWorld) -> None:
    spec = world.make(Pod, spec={**POD, "priorityClassName": "system-node-critical"}).spec
    assert spec.priority == 2_000_001_000


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        ({"priorityClassName": "high"}, "no PriorityClass with name high was found"),
        (
            {"priority": 5},
            "the integer value of priority (5) must not be provided in pod spec; priority admission controller "
            "computed 0 from the given PriorityClass name",
        ),
        (
            {"preemptionPolicy": "Never"},
            "the string value of PreemptionPolicy (Never) must not be provided in pod spec; priority admission "
            "controller computed PreemptLowerPriority from the given PriorityClass name",
        ),
    ],
)
def test_a_priority_that_does_not_come_from_a_class_is_refused(
    world: ServerWorld, spec: dict[str, Any], message: str
) -> None:
    assert refusal(world.make, Pod, spec={**POD, **spec}).message == f'pods "web" is forbidden: {message}'


def test_a_pod_stays_five_minutes_on_a_node_that_goes_away(world: ServerWorld) -> None:
    tolerations = world.make(Pod).spec.tolerations
    assert [(one.key, one.operator, one.effect, one.toleration_seconds) for one in tolerations] == [
        ("node.kubernetes.io/not-ready", "Exists", "NoExecute", 300),
        ("node.kubernetes.io/unreachable", "Exists", "NoExecute", 300),
    ]


def test_tolerations_that_a_change_takes_away_come_back(world: ServerWorld) -> None:
    pod = world.make(Pod)
    own = Toleration(key="x", operator="Exists")
    changed = world.server.update(replace(pod, spec=replace(pod.spec, tolerations=(own,))))
    assert changed.spec.tolerations == (own, *pod.spec.tolerations)


def test_a_toleration_of_ones_own_is_not_added_to(world: ServerWorld) -> None:
    given = {"key": "node.kubernetes.io/unreachable", "operator": "Exists", "effect": "NoExecute"}
    tolerations = world.make(Pod, spec={**POD, "tolerations": [given]}).spec.tolerations
    assert [(one.key, one.toleration_seconds) for one in tolerations] == [
        ("node.kubernetes.io/unreachable", None),
        ("node.kubernetes.io/not-ready", 300),
    ]


# Claims and volumes


def test_claims_and_volumes_are_protected_from_the_start(world: ServerWorld) -> None:
    found = (world.make(PersistentVolumeClaim), world.make(PersistentVolume))
    assert [obj.metadata.finalizers for obj in found] == [
        ("kubernetes.io/pvc-protection",),
        ("kubernetes.io/pv-protection",),
    ]


def default_class(world: ServerWorld, name: str) -> None:
    world.make(StorageClass, name, metadata={"annotations": {DEFAULT_CLASS: "true"}})


def class_of_a_claim(world: ServerWorld, **spec: str) -> str | None:
    return world.make(PersistentVolumeClaim, spec={**CLAIM, **spec}).spec.storage_class_name


def test_a_claim_that_names_no_class_gets_the_default_one(world: ServerWorld) -> None:
    world.make(StorageClass, "plain")
    default_class(world, "fast")
    assert class_of_a_claim(world) == "fast"


def test_of_two_default_classes_the_newest_is_taken(world: ServerWorld) -> None:
    default_class(world, "a-older")
    world.pass_seconds(1)
    default_class(world, "b-newer")
    assert class_of_a_claim(world) == "b-newer"


def test_of_two_default_classes_of_one_age_the_first_by_name_is_taken(world: ServerWorld) -> None:
    default_class(world, "b")
    default_class(world, "a")
    assert class_of_a_claim(world) == "a"


def test_a_claim_for_no_class_at_all_keeps_none(world: ServerWorld) -> None:
    default_class(world, "fast")
    assert class_of_a_claim(world, storageClassName="") == ""


def test_a_claim_waits_without_a_class_where_there_is_no_default(world: ServerWorld) -> None:
    world.make(StorageClass, "plain")
    assert class_of_a_claim(world) is None


def grow(world: ServerWorld, claim: PersistentVolumeClaim, size: str) -> PersistentVolumeClaim:
    resources = replace(claim.spec.resources, requests={"storage": size})
    return world.server.update(replace(claim, spec=replace(claim.spec, resources=resources)))


def bound_claim(world: ServerWorld, *, growing: bool) -> PersistentVolumeClaim:
    world.make(StorageClass, "fast", allowVolumeExpansion=growing)
    claim = world.make(PersistentVolumeClaim, spec={**CLAIM, "storageClassName": "fast", "volumeName": "disk"})
    status = replace(claim.status, phase="Bound", capacity={"storage": "1Gi"})
    return world.server.update_status(replace(claim, status=status))


def test_a_claim_grows_where_its_class_lets_it(world: ServerWorld) -> None:
    assert grow(world, bound_claim(world, growing=True), "2Gi").spec.resources.requests == {"storage": "2Gi"}


def test_a_claim_does_not_grow_where_its_class_does_not_let_it(world: ServerWorld) -> None:
    problem = refusal(grow, world, bound_claim(world, growing=False), "2Gi")
    assert (problem.code, problem.message) == (
        403,
        'persistentvolumeclaims "web" is forbidden: only dynamically provisioned pvc can be resized and the '
        "storageclass that provisions the pvc must support resize",
    )


# Services


def service(world: ServerWorld, name: str, **spec: Any) -> Service:
    return world.make(Service, name, spec={"ports": [{"port": 80}], **spec})


def test_a_service_gets_an_address_and_a_family(world: ServerWorld) -> None:
    spec = service(world, "a").spec
    assert spec.cluster_ip.startswith("10.96.")
    assert (spec.cluster_ips, spec.ip_families, spec.ip_family_policy) == ((spec.cluster_ip,), ("IPv4",), "SingleStack")


def test_services_get_different_addresses(world: ServerWorld) -> None:
    made = [service(world, f"s{number}").spec.cluster_ip for number in range(600)]
    assert len(dict.fromkeys(made)) == 600


def test_a_headless_service_gets_none(world: ServerWorld) -> None:
    spec = service(world, "a", clusterIP="None").spec
    assert (spec.cluster_ip, spec.cluster_ips) == ("None", ("None",))


def test_a_service_that_is_only_a_name_gets_nothing(world: ServerWorld) -> None:
    spec = service(world, "a", type="ExternalName", externalName="example.com").spec
    assert (spec.cluster_ip, spec.cluster_ips, spec.ip_families) == ("", (), ())


def test_a_service_keeps_the_address_it_asks_for(world: ServerWorld) -> None:
    assert service(world, "a", clusterIP="10.96.7.7").spec.cluster_ip == "10.96.7.7"


def test_an_address_that_was_asked_for_is_handed_to_no_one_else(world: ServerWorld) -> None:
    wanted = service(ServerWorld(), "scout").spec.cluster_ip
    service(world, "a", clusterIP=wanted)
    assert service(world, "b").spec.cluster_ip != wanted


def test_new_storage_is_protected_while_in_use(world: ServerWorld) -> None:
    attributes = {"driverName": "ebs.csi.aws.com", "parameters": {"iops": "4000"}}
    assert world.make(VolumeAttributesClass, **attributes).metadata.finalizers == ("kubernetes.io/vac-protection",)
    given = {"finalizers": ["kubernetes.io/vac-protection", "example.com/audit"]}
    kept = world.make(VolumeAttributesClass, "silver", metadata=given, **attributes).metadata.finalizers
    assert kept == ("kubernetes.io/vac-protection", "example.com/audit")
