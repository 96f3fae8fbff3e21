"""What is refused in Services, budgets, priorities, configuration and nodes, and which of their changes."""

from __future__ import annotations

import pytest

from harness.api.validation import validate_create
from harness.objects.config import ConfigMap, Namespace, Secret
from harness.objects.meta import CustomObject, ObjectMeta
from harness.objects.node import Node
from harness.objects.policy import PodDisruptionBudget, PriorityClass

from .building import built, merged, metadata, refused, refused_change, service


@pytest.mark.parametrize(
    ("spec", "problem"),
    [
        ({"ports": None}, "spec.ports: Required value"),
        ({"ports": [{"port": 0}]}, "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive"),
        ({"ports": [{"port": 1}, {"port": 2, "name": "b"}]}, "spec.ports[0].name: Required value"),
        (
            {"ports": [{"port": 1, "name": "a"}, {"port": 2, "name": "a"}]},
            'spec.ports[1].name: Duplicate value: "a"',
        ),
        (
            {"type": "X"},
            'spec.type: Unsupported value: "X": '
            'supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
        ),
    ],
)
def test_a_broken_service_is_refused_with_its_place(spec, problem):
    assert problem in refused(service({"spec": spec}))


def test_a_headless_service_needs_no_ports():
    assert refused(service({"spec": {"clusterIP": "None", "ports": None}})) == []


def test_the_address_of_a_service_stays():
    old = service({"spec": {"clusterIP": "None", "clusterIPs": ["None"]}})
    new = service({"spec": {"clusterIP": "10.96.0.77", "clusterIPs": ["10.96.0.77"]}})
    assert refused_change(new, old) == ['spec.clusterIPs[0]: Invalid value: ["10.96.0.77"]: may not change once set']


def budget(**spec):
    return built(PodDisruptionBudget, {"metadata": metadata("b"), "spec": spec})


def test_a_budget_has_one_bound_and_shows_itself_when_it_has_two():
    assert refused(budget(minAvailable=1)) == []
    assert refused(budget(minAvailable=1, maxUnavailable="50%")) == [
        'spec: Invalid value: {"MinAvailable":1,"Selector":null,"MaxUnavailable":"50%",'
        '"UnhealthyPodEvictionPolicy":null}: minAvailable and maxUnavailable cannot be both set'
    ]


def test_a_bound_of_a_budget_is_a_number_or_a_share():
    assert refused(budget(minAvailable=-1)) == [
        "spec.minAvailable: Invalid value: -1: must be greater than or equal to 0"
    ]
    assert refused(budget(minAvailable="half")) == [
        'spec.minAvailable: Invalid value: "half": a valid percent string must be a numeric string followed by an '
        "ending '%' (e.g. '1%',  or '93%', regex used for validation is '[0-9]+%')"
    ]


def priority(**fields):
    return built(PriorityClass, merged({"metadata": metadata("high", namespaced=False), "value": 100}, fields))


def test_the_value_of_a_priority_is_fixed_and_limited():
    assert refused_change(priority(value=200), priority()) == ["value: Forbidden: may not be changed in an update."]
    assert refused(priority(value=1_000_000_001)) == [
        "value: Forbidden: maximum allowed value of a user defined priority is 1000000000"
    ]


def test_the_keys_of_configuration_can_be_file_names():
    assert refused(built(ConfigMap, {"metadata": metadata("c"), "data": {"a b": "x"}})) == [
        "data[a b]: Invalid value: \"a b\": a valid config key must consist of alphanumeric characters, '-', '_' or "
        "'.' (e.g. 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')"
    ]
    assert refused(built(Secret, {"metadata": metadata("s"), "data": {"..": ""}})) == [
        "data[..]: Invalid value: \"..\": must not be '..'"
    ]


def test_immutable_configuration_stays():
    old, new = (
        built(ConfigMap, {"metadata": metadata("c"), "data": {"a": value}, "immutable": True}) for value in "xy"
    )
    assert refused_change(new, old) == ["data: Forbidden: field is immutable when `immutable` is set"]


def test_the_type_of_a_secret_stays():
    old, new = (built(Secret, {"metadata": metadata("s"), "type": name}) for name in ("Opaque", "other"))
    assert refused_change(new, old) == ['type: Invalid value: "other": field is immutable']


def test_a_taint_of_a_node_has_an_effect_and_comes_once():
    def node(*taints):
        return built(Node, {"metadata": metadata("n", namespaced=False), "spec": {"taints": list(taints)}})

    assert refused(node({"key": "a"})) == ["spec.taints[0].effect: Required value"]
    twice = {"key": "a", "effect": "NoSchedule"}
    assert refused(node(twice, twice)) == [
        'spec.taints[1]: Duplicate value: {"Key":"a","Value":"","Effect":"NoSchedule","TimeAdded":null}: '
        "taints must be unique by key and effect pair"
    ]


def test_kinds_without_rules_of_their_own_still_need_a_good_name():
    assert validate_create(CustomObject(metadata=ObjectMeta(name="a.b", namespace="default"))) == ()
    assert refused(Namespace(metadata=ObjectMeta(name="a.b"))) == [
        'metadata.name: Invalid value: "a.b": must not contain dots'
    ]
