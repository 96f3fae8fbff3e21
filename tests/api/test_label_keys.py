"""What the API server makes of label keys in the rules of a new pod."""

from __future__ import annotations

from harness.api.label_keys import with_label_keys
from harness.objects.pod import PodSpec
from harness.objects.wire import from_wire, to_wire

LABELS = {"app": "web", "pod-template-hash": "5f4d"}


def merged(spec: dict) -> dict:
    return to_wire(with_label_keys(from_wire(spec, PodSpec), LABELS))


def test_key_of_a_spread_constraint_becomes_an_expression_with_the_pods_own_value():
    constraint = {
        "maxSkew": 1,
        "topologyKey": "zone",
        "whenUnsatisfiable": "DoNotSchedule",
        "labelSelector": {"matchLabels": {"app": "web"}},
        "matchLabelKeys": ["pod-template-hash", "missing"],
    }
    (found,) = merged({"topologySpreadConstraints": [constraint]})["topologySpreadConstraints"]
    expression = {"key": "pod-template-hash", "operator": "In", "values": ["5f4d"]}
    assert found["labelSelector"] == {"matchLabels": {"app": "web"}, "matchExpressions": [expression]}
    assert found["matchLabelKeys"] == ["pod-template-hash", "missing"]


def test_keys_of_affinity_terms_say_in_and_not_in():
    term = {
        "topologyKey": "zone",
        "labelSelector": {},
        "matchLabelKeys": ["app"],
        "mismatchLabelKeys": ["pod-template-hash"],
    }
    affinity = {
        "podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]},
        "podAntiAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [{"weight": 5, "podAffinityTerm": term}]
        },
    }
    found = merged({"affinity": affinity})["affinity"]
    expressions = [
        {"key": "app", "operator": "In", "values": ["web"]},
        {"key": "pod-template-hash", "operator": "NotIn", "values": ["5f4d"]},
    ]
    (near,) = found["podAffinity"]["requiredDuringSchedulingIgnoredDuringExecution"]
    (far,) = found["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
    assert near["labelSelector"]["matchExpressions"] == expressions
    assert far["podAffinityTerm"]["labelSelector"]["matchExpressions"] == expressions


def test_rules_without_keys_or_without_a_selector_stay_the_very_same():
    term = {"topologyKey": "zone", "matchLabelKeys": ["app"]}
    affinity = {"podAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    spec = from_wire({"affinity": affinity}, PodSpec)
    assert with_label_keys(spec, LABELS) is spec
