"""Which type a kind has: that every kind of the table is there, is known to discovery, and reads what it is given."""

from __future__ import annotations

import subprocess
import sys

import pytest

from harness.objects import resources
from harness.objects.schemas import TYPES, type_of
from harness.objects.statefulset import StatefulSet
from harness.objects.wire import DecodeError, from_wire, to_wire, unknown_fields


@pytest.mark.parametrize(("api_version", "kind"), TYPES)
def test_every_typed_kind_is_the_one_that_discovery_names(api_version, kind):
    cls = type_of(api_version, kind)
    assert cls is not None
    assert (cls.api_version, cls.kind) == (api_version, kind)
    assert resources.of_kind(api_version, kind) is not None


def test_every_built_in_kind_is_typed():
    assert [each.kind for each in resources.RESOURCES if type_of(each.api_version, each.kind) is None] == []


@pytest.mark.parametrize(("api_version", "kind"), TYPES)
def test_an_empty_object_of_each_kind_is_read_and_written(api_version, kind):
    cls = type_of(api_version, kind)
    assert cls is not None
    document = {"apiVersion": api_version, "kind": kind, "metadata": {"name": "a"}}
    read = from_wire(document, cls)
    assert unknown_fields(to_wire(read), cls) == []
    assert from_wire(to_wire(read), cls) == read


def test_a_kind_is_typed_only_in_its_own_version() -> None:
    assert type_of("apps/v1", "StatefulSet") is StatefulSet
    assert type_of("apps/v1beta1", "StatefulSet") is None
    assert type_of("example.com/v1", "Pod") is None


def test_a_type_is_imported_only_when_it_is_asked_for():
    program = (
        "import sys\n"
        "import harness.cluster, harness.runner.session\n"
        "early = [name for name in sys.modules if name in ('harness.objects.autoscaling', 'harness.objects.batch')]\n"
        "assert not early, early\n"
    )
    subprocess.run([sys.executable, "-c", program], check=True)


@pytest.mark.parametrize(
    ("api_version", "kind", "document", "told"),
    [
        (
            "apps/v1",
            "Deployment",
            {"spec": {"strategy": {"type": 1}}},
            "number into Go struct field DeploymentStrategy.spec.strategy.type of type v1.DeploymentStrategyType",
        ),
        (
            "autoscaling/v2",
            "HorizontalPodAutoscaler",
            {"spec": {"metrics": {"type": "Resource"}}},
            "object into Go struct field HorizontalPodAutoscalerSpec.spec.metrics of type []v2.MetricSpec",
        ),
        (
            "admissionregistration.k8s.io/v1",
            "ValidatingAdmissionPolicy",
            {"spec": {"matchConstraints": {"resourceRules": [{"apiGroups": "apps"}]}}},
            "string into Go struct field "
            "NamedRuleWithOperations.spec.matchConstraints.resourceRules.RuleWithOperations.Rule.apiGroups "
            "of type []string",
        ),
        (
            "networking.k8s.io/v1",
            "Ingress",
            {"spec": {"rules": [{"http": []}]}},
            "array into Go struct field IngressRule.spec.rules.IngressRuleValue.http of type v1.HTTPIngressRuleValue",
        ),
        (
            "certificates.k8s.io/v1",
            "CertificateSigningRequest",
            {"spec": {"expirationSeconds": "1h"}},
            "string into Go struct field CertificateSigningRequestSpec.spec.expirationSeconds of type int32",
        ),
        (
            "batch/v1",
            "CronJob",
            {"spec": {"startingDeadlineSeconds": "1h"}},
            "string into Go struct field CronJobSpec.spec.startingDeadlineSeconds of type int64",
        ),
        (
            "v1",
            "Endpoints",
            {"subsets": [{"ports": 80}]},
            "number into Go struct field EndpointSubset.subsets.ports of type []v1.EndpointPort",
        ),
    ],
)
def test_a_wrong_type_is_told_in_the_words_of_go(api_version, kind, document, told):
    cls = type_of(api_version, kind)
    assert cls is not None
    with pytest.raises(DecodeError, match="json: cannot unmarshal") as error:
        from_wire(document, cls)
    assert str(error.value) == f"json: cannot unmarshal {told}"
