"""What the API server fills into the kinds that few runs use."""

from __future__ import annotations

from importlib import import_module

import pytest
from msgspec.structs import replace

from harness.api import defaulting
from harness.api.defaulting import default
from harness.objects.schemas import TYPES, type_of
from harness.objects.wire import from_wire, to_wire

CONTAINERS = [{"name": "c", "image": "app:v1"}]
TEMPLATE = {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": CONTAINERS}}
APPS, BATCH, ADMISSION = "apps/v1", "batch/v1", "admissionregistration.k8s.io/v1"
RBAC, NETWORK, RESOURCE = "rbac.authorization.k8s.io/v1", "networking.k8s.io/v1", "resource.k8s.io/v1"


def filled(api_version, kind, **fields):
    """The served form of an object with its defaults, without what names it."""
    cls = type_of(api_version, kind)
    assert cls is not None
    served = to_wire(default(from_wire({"metadata": {"name": "n"}, **fields}, cls)))
    return {key: item for key, item in served.items() if key not in ("apiVersion", "kind", "status")}


def spec_of(api_version, kind, **spec):
    return filled(api_version, kind, spec=spec)["spec"]


@pytest.mark.parametrize(("api_version", "kind"), TYPES)
def test_every_kind_with_its_defaults_is_returned_as_it_is(api_version, kind):
    cls = type_of(api_version, kind)
    assert cls is not None
    obj = default(cls())
    assert default(obj) is obj


def test_every_file_of_defaults_that_is_loaded_late_fills_a_kind_that_there_is():
    known = {type_of(*key) for key in TYPES}
    for file in set(defaulting._LOADED_LATER.values()):
        assert set(import_module(f"harness.api.defaulting.{file}").DEFAULTS) <= known


def test_a_deployment_rolls_a_quarter_at_a_time():
    spec = spec_of(APPS, "Deployment", template=TEMPLATE)
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"},
    }
    assert spec["template"]["spec"]["dnsPolicy"] == "ClusterFirst"


def test_a_deployment_that_recreates_has_no_limits_of_a_rolling_update():
    assert spec_of(APPS, "Deployment", strategy={"type": "Recreate"})["strategy"] == {"type": "Recreate"}
    given = {"rollingUpdate": {"maxSurge": 2}}
    assert spec_of(APPS, "Deployment", strategy=given)["strategy"]["rollingUpdate"] == {
        "maxUnavailable": "25%",
        "maxSurge": 2,
    }


def test_a_daemon_set_replaces_one_pod_at_a_time():
    assert spec_of(APPS, "DaemonSet")["updateStrategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxUnavailable": 1, "maxSurge": 0},
    }
    assert spec_of(APPS, "DaemonSet", updateStrategy={"type": "OnDelete"})["updateStrategy"] == {"type": "OnDelete"}


def test_a_replica_set_keeps_one_pod():
    assert spec_of(APPS, "ReplicaSet")["replicas"] == 1


def test_a_replication_controller_takes_labels_and_selector_from_its_template():
    found = filled("v1", "ReplicationController", spec={"template": TEMPLATE})
    assert found["spec"]["selector"] == {"app": "web"}
    assert found["metadata"]["labels"] == {"app": "web"}
    own = filled("v1", "ReplicationController", metadata={"labels": {"a": "b"}}, spec={"template": TEMPLATE})
    assert own["metadata"]["labels"] == {"a": "b"}


def test_a_job_runs_one_pod_to_its_end():
    spec = spec_of(BATCH, "Job", template=TEMPLATE)
    assert {key: item for key, item in spec.items() if key != "template"} == {
        "parallelism": 1,
        "completions": 1,
        "backoffLimit": 6,
        "manualSelector": False,
        "completionMode": "NonIndexed",
        "suspend": False,
        "podReplacementPolicy": "TerminatingOrFailed",
    }


def test_a_job_that_says_how_many_at_a_time_has_no_number_to_complete():
    assert "completions" not in spec_of(BATCH, "Job", parallelism=3)


def test_limits_by_index_and_rules_for_failed_pods_change_what_a_job_gets():
    assert spec_of(BATCH, "Job", backoffLimitPerIndex=1)["backoffLimit"] == 2**31 - 1
    rules = {"rules": [{"action": "Ignore", "onPodConditions": [{"type": "DisruptionTarget"}]}]}
    spec = spec_of(BATCH, "Job", podFailurePolicy=rules)
    assert spec["podReplacementPolicy"] == "Failed"
    assert spec["podFailurePolicy"]["rules"][0]["onPodConditions"] == [{"type": "DisruptionTarget", "status": "True"}]


def test_a_cron_job_leaves_its_jobs_to_be_filled_in_when_they_are_made():
    spec = spec_of(BATCH, "CronJob", schedule="@daily", jobTemplate={"spec": {"template": TEMPLATE}})
    assert (spec["concurrencyPolicy"], spec["suspend"]) == ("Allow", False)
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 1)
    assert spec["jobTemplate"]["spec"].keys() == {"template"}
    assert spec["jobTemplate"]["spec"]["template"]["spec"]["schedulerName"] == "default-scheduler"


def test_an_autoscaler_watches_the_processor():
    spec = spec_of("autoscaling/v2", "HorizontalPodAutoscaler", maxReplicas=3)
    assert spec["minReplicas"] == 1
    assert spec["metrics"] == [
        {
            "type": "Resource",
            "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 80}},
        }
    ]
    assert "behavior" not in spec


def test_an_autoscaler_with_a_behaviour_has_all_of_one():
    behavior = {"scaleDown": {"selectPolicy": "Disabled"}}
    filled_in = spec_of("autoscaling/v2", "HorizontalPodAutoscaler", maxReplicas=3, behavior=behavior)["behavior"]
    assert filled_in["scaleUp"]["stabilizationWindowSeconds"] == 0
    assert [policy["type"] for policy in filled_in["scaleUp"]["policies"]] == ["Pods", "Percent"]
    assert filled_in["scaleDown"] == {
        "selectPolicy": "Disabled",
        "policies": [{"type": "Percent", "value": 100, "periodSeconds": 15}],
    }


@pytest.mark.parametrize(
    ("spec", "types"),
    [({}, ["Ingress"]), ({"egress": [{}]}, ["Ingress", "Egress"]), ({"policyTypes": ["Egress"]}, ["Egress"])],
)
def test_a_network_policy_is_about_what_it_has_rules_for(spec, types):
    assert spec_of(NETWORK, "NetworkPolicy", **spec)["policyTypes"] == types


def test_ports_of_network_policies_and_endpoints_are_of_tcp():
    policy = spec_of(NETWORK, "NetworkPolicy", ingress=[{"ports": [{"port": 80}]}])
    assert policy["ingress"][0]["ports"] == [{"protocol": "TCP", "port": 80}]
    subsets = [{"addresses": [{"ip": "10.0.0.1"}], "ports": [{"port": 80}]}]
    assert filled("v1", "Endpoints", subsets=subsets)["subsets"][0]["ports"] == [{"port": 80, "protocol": "TCP"}]


def test_parameters_of_an_ingress_class_are_of_the_cluster():
    parameters = {"kind": "P", "name": "p"}
    assert spec_of(NETWORK, "IngressClass", parameters=parameters)["parameters"]["scope"] == "Cluster"


def test_a_role_and_people_are_of_the_group_of_roles_and_accounts_of_none():
    subjects = [{"kind": "User", "name": "ann"}, {"kind": "ServiceAccount", "name": "robot", "namespace": "default"}]
    found = filled(RBAC, "RoleBinding", roleRef={"kind": "Role", "name": "r"}, subjects=subjects)
    assert found["roleRef"]["apiGroup"] == "rbac.authorization.k8s.io"
    assert [subject.get("apiGroup") for subject in found["subjects"]] == ["rbac.authorization.k8s.io", None]


def test_a_webhook_fails_closed_after_ten_seconds():
    webhook = {
        "name": "w",
        "clientConfig": {"service": {"name": "s", "namespace": "n"}},
        "rules": [{"operations": ["*"]}],
    }
    (mutating,) = filled(ADMISSION, "MutatingWebhookConfiguration", webhooks=[webhook])["webhooks"]
    assert (mutating["failurePolicy"], mutating["timeoutSeconds"], mutating["matchPolicy"]) == (
        "Fail",
        10,
        "Equivalent",
    )
    assert (mutating["namespaceSelector"], mutating["objectSelector"]) == ({}, {})
    assert mutating["clientConfig"]["service"]["port"] == 443
    assert mutating["rules"] == [{"operations": ["*"], "scope": "*"}]
    assert mutating["reinvocationPolicy"] == "Never"
    (validating,) = filled(ADMISSION, "ValidatingWebhookConfiguration", webhooks=[webhook])["webhooks"]
    assert "reinvocationPolicy" not in validating


def test_an_admission_policy_fails_closed():
    constraints = {"resourceRules": [{"operations": ["CREATE"]}]}
    spec = spec_of(ADMISSION, "ValidatingAdmissionPolicy", matchConstraints=constraints)
    assert spec["failurePolicy"] == "Fail"
    assert spec["matchConstraints"]["matchPolicy"] == "Equivalent"
    assert spec["matchConstraints"]["resourceRules"] == [{"operations": ["CREATE"], "scope": "*"}]


def test_an_api_service_is_reached_at_the_usual_port():
    service = {"name": "s", "namespace": "n"}
    assert spec_of("apiregistration.k8s.io/v1", "APIService", service=service)["service"]["port"] == 443


def test_levels_of_priority_get_shares_and_queues():
    limited = {"limitResponse": {"type": "Queue", "queuing": {}}}
    spec = spec_of("flowcontrol.apiserver.k8s.io/v1", "PriorityLevelConfiguration", type="Limited", limited=limited)
    assert spec["limited"]["nominalConcurrencyShares"] == 30
    assert spec["limited"]["limitResponse"]["queuing"] == {"queues": 64, "handSize": 8, "queueLengthLimit": 50}
    assert spec_of("flowcontrol.apiserver.k8s.io/v1", "FlowSchema")["matchingPrecedence"] == 1000


def test_a_claim_on_a_device_wants_one():
    requests = [{"name": "gpu", "exactly": {"deviceClassName": "gpu"}}]
    (request,) = spec_of(RESOURCE, "ResourceClaim", devices={"requests": requests})["devices"]["requests"]
    assert (request["exactly"]["allocationMode"], request["exactly"]["count"]) == ("ExactCount", 1)
    every = [{"name": "gpu", "exactly": {"deviceClassName": "gpu", "allocationMode": "All"}}]
    template = spec_of(RESOURCE, "ResourceClaimTemplate", spec={"devices": {"requests": every}})
    assert "count" not in template["spec"]["devices"]["requests"][0]["exactly"]


def test_what_is_there_is_not_made_anew():
    cls = type_of(APPS, "Deployment")
    assert cls is not None
    deployment = default(from_wire({"metadata": {"name": "n"}, "spec": {"template": TEMPLATE}}, cls))
    assert default(replace(deployment)).spec is deployment.spec
