"""What is refused in autoscalers, leases, runtime classes, webhooks and Events, and which of their changes.

Source: pkg/apis/autoscaling/validation, pkg/apis/coordination/validation, pkg/apis/node/validation,
pkg/apis/admissionregistration/validation, pkg/apis/core/validation/events.go.
"""

from __future__ import annotations

import pytest

from harness.objects.admission_registration import ValidatingWebhookConfiguration
from harness.objects.autoscaling import HorizontalPodAutoscaler
from harness.objects.event import Event
from harness.objects.lease import Lease
from harness.objects.runtime_class import RuntimeClass

from .building import built, merged, metadata, refused, refused_change

TARGET = {"kind": "Deployment", "name": "web", "apiVersion": "apps/v1"}
CPU = {"type": "Resource", "resource": {"name": "cpu", "target": {"type": "Utilization", "averageUtilization": 50}}}
SPEC = {"maxReplicas": 3, "scaleTargetRef": TARGET, "metrics": [CPU]}
HOOK = {
    "name": "a.example.com",
    "sideEffects": "None",
    "admissionReviewVersions": ["v1"],
    "clientConfig": {"url": "https://example.com/check"},
    "rules": [{"operations": ["CREATE"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods"]}],
}


def autoscaler(**spec):
    return built(HorizontalPodAutoscaler, {"metadata": metadata("web"), "spec": merged(SPEC, spec)})


def metric(**fields):
    return {"metrics": [fields]}


def hits(version):
    """A metric of a Service, which is said to be of this version."""
    described = {"apiVersion": version, "kind": "Service", "name": "web"}
    target = {"type": "Value", "value": "1"}
    return {"type": "Object", "object": {"describedObject": described, "metric": {"name": "hits"}, "target": target}}


@pytest.mark.parametrize(
    ("spec", "problems"),
    [
        ({}, []),
        (
            {"minReplicas": 0},
            [
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "spec.metrics: Forbidden: must specify at least one Object or External metric to "
                "support scaling to zero "
                "replicas",
            ],
        ),
        (
            {"maxReplicas": 0},
            [
                "spec.maxReplicas: Required value: must be set and greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"maxReplicas": -1},
            [
                "spec.maxReplicas: Invalid value: -1: must be greater than 0",
                "spec.maxReplicas: Invalid value: -1: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            {"scaleTargetRef": {"apiVersion": None}},
            ['spec.scaleTargetRef.apiVersion: Invalid value: "": apiVersion must specify API group'],
        ),
        (
            {"scaleTargetRef": {"apiVersion": "v1"}},
            ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
        ),
        (
            {"scaleTargetRef": {"apiVersion": "a/b/c"}},
            ['spec.scaleTargetRef.apiVersion: Invalid value: "a/b/c": unexpected GroupVersion string: a/b/c'],
        ),
        ({"scaleTargetRef": {"kind": "ReplicationController", "apiVersion": "v1"}}, []),
        ({"scaleTargetRef": {"kind": "ReplicationController", "apiVersion": None}}, []),
        (metric(**hits("v1")), []),
        (
            metric(**hits("a/b/c")),
            [
                'spec.metrics[0].object.describedObject.apiVersion: Invalid value: "a/b/c": '
                "unexpected GroupVersion string: a/b/c"
            ],
        ),
        (
            {"scaleTargetRef": {"kind": "", "name": "a/b"}},
            [
                "spec.scaleTargetRef.kind: Required value",
                "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
            ],
        ),
        (
            metric(type="Resource"),
            [
                "spec.metrics[0].resource: Required value: must populate information for the given metric source",
            ],
        ),
        (
            metric(type="Cpu", resource=CPU["resource"]),
            [
                'spec.metrics[0].type: Unsupported value: "Cpu": supported values: "ContainerResource", "External", '
                '"Object", "Pods", "Resource"',
            ]
            * 2,
        ),
        (
            metric(type="Resource", resource={"name": "cpu", "target": {"type": "Utilization"}}),
            [
                "spec.metrics[0].resource.target.averageUtilization: Required value: must set "
                "either a target raw value or a "
                "target utilization",
            ],
        ),
        (
            metric(type="Pods", pods={"metric": {}, "target": {"type": "AverageValue", "averageValue": "0"}}),
            [
                "spec.metrics[0].pods.metric.name: Required value: must specify a metric name",
                'spec.metrics[0].pods.target.averageValue: Invalid value: "0": must be positive',
            ],
        ),
        (
            metric(type="ContainerResource", containerResource={"target": {"type": "Value"}}),
            [
                "spec.metrics[0].containerResource.name: Required value: must specify a resource name",
                "spec.metrics[0].containerResource.container: Required value: must specify a container",
                "spec.metrics[0].containerResource.target.averageUtilization: Required value: must "
                "set either a target raw "
                "value or a target utilization",
            ],
        ),
        (
            {
                "behavior": {
                    "scaleDown": {
                        "stabilizationWindowSeconds": 4000,
                        "selectPolicy": "Most",
                        "policies": [{"type": "Pods", "value": 0, "periodSeconds": 1801}],
                    }
                }
            },
            [
                "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 4000: must be "
                "less than or equal to 3600",
                'spec.behavior.scaleDown.selectPolicy: Unsupported value: "Most": supported values: '
                '"Disabled", "Max", "Min"',
                "spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than zero",
                "spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 1801: must be "
                "less than or equal to 1800",
            ],
        ),
    ],
)
def test_a_broken_autoscaler_is_refused_with_its_place(spec, problems):
    assert refused(autoscaler(**spec)) == problems


def test_an_autoscaler_that_scaled_to_zero_already_may():
    external = {"type": "External", "external": {"metric": {"name": "q"}, "target": {"type": "Value", "value": "1"}}}
    old = autoscaler(minReplicas=0, metrics=[external])
    assert refused_change(autoscaler(minReplicas=0, maxReplicas=4, metrics=[external]), old) == []


@pytest.mark.parametrize(
    ("old", "change", "problems"),
    [
        ({"scaleTargetRef": {"apiVersion": None}}, {"maxReplicas": 4}, []),
        (
            {"scaleTargetRef": {"apiVersion": None}},
            {"scaleTargetRef": {"apiVersion": "v1"}},
            ['spec.scaleTargetRef.apiVersion: Invalid value: "v1": apiVersion must specify API group'],
        ),
        (metric(**hits("a/b/c")), {"maxReplicas": 4}, []),
    ],
)
def test_a_version_that_was_let_in_before_may_stay(old, change, problems):
    assert refused_change(autoscaler(**merged(old, change)), autoscaler(**old)) == problems


@pytest.mark.parametrize(
    ("changes", "problems"),
    [
        ({}, []),
        (
            {"name": "example.com"},
            [
                'webhooks[0].name: Invalid value: "example.com": should be a domain with at least '
                "three segments separated "
                "by dots",
            ],
        ),
        (
            {"sideEffects": "Some", "timeoutSeconds": 31},
            [
                'webhooks[0].sideEffects: Unsupported value: "Some": supported values: "None", "NoneOnDryRun"',
                "webhooks[0].timeoutSeconds: Invalid value: 31: the timeout value must be between 1 and 30 seconds",
            ],
        ),
        (
            {"clientConfig": {"url": "http://example.com"}},
            [
                "webhooks[0].clientConfig.url: Invalid value: \"http\": 'https' is the only allowed "
                "URL scheme; desired "
                "format: https://host[/path]",
            ],
        ),
        (
            {"clientConfig": {"url": None}},
            [
                "webhooks[0].clientConfig: Required value: exactly one of url or service is required",
            ],
        ),
        (
            {"admissionReviewVersions": ["v9"]},
            [
                'webhooks[0].admissionReviewVersions: Invalid value: ["v9"]: must include at least one of v1, v1beta1',
            ],
        ),
        (
            {"rules": [{"operations": ["*", "CREATE"], "apiGroups": [""], "resources": ["*", "pods"]}]},
            [
                'webhooks[0].rules[0].operations: Invalid value: ["*","CREATE"]: if \'*\' is present, must not specify '
                "other operations",
                "webhooks[0].rules[0].apiVersions: Required value",
                'webhooks[0].rules[0].resources: Invalid value: ["*","pods"]: if \'*\' is present, '
                "must not specify other "
                "resources without subresources",
            ],
        ),
    ],
)
def test_a_broken_webhook_is_refused_with_its_place(changes, problems):
    document = {"metadata": metadata("a", False), "webhooks": [merged(HOOK, changes)]}
    assert refused(built(ValidatingWebhookConfiguration, document)) == problems


def test_a_broken_lease_is_refused_with_its_place():
    spec = {"leaseDurationSeconds": 0, "leaseTransitions": -1, "preferredHolder": "a"}
    assert refused(built(Lease, {"metadata": metadata("a"), "spec": spec})) == [
        "spec.leaseDurationSeconds: Invalid value: 0: must be greater than 0",
        "spec.leaseTransitions: Invalid value: -1: must be greater than or equal to 0",
        "spec.preferredHolder: Forbidden: may only be specified if `strategy` is defined",
    ]


def test_the_handler_of_a_runtime_class_is_a_label_and_stays():
    old, new = (built(RuntimeClass, {"metadata": metadata("a", False), "handler": name}) for name in ("runc", "kata"))
    assert refused_change(new, old) == ['handler: Invalid value: "kata": field is immutable']
    (problem,) = refused(built(RuntimeClass, {"metadata": metadata("a", False), "handler": "Kata"}))
    assert problem.startswith('handler: Invalid value: "Kata": a lowercase RFC 1123 label')


def test_an_event_stands_where_its_object_is():
    event = built(Event, {"metadata": metadata("a"), "involvedObject": {"namespace": "other"}})
    assert refused(event) == ['involvedObject.namespace: Invalid value: "other": does not match event.namespace']
    assert refused(built(Event, {"metadata": metadata("a"), "involvedObject": {"kind": "Node"}})) == []
