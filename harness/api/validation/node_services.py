"""What the API server demands of leases and runtime classes.

Mirrors pkg/apis/coordination/validation and pkg/apis/node/validation.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.api.problems import FieldProblem, forbidden, invalid, unsupported
from harness.api.validation.fields import AT_LEAST_ZERO, complaints
from harness.api.validation.metadata import (
    IMMUTABLE,
    label_problems,
    metadata_problems,
    metadata_update_problems,
)
from harness.api.validation.names import dns_label, dns_subdomain, qualified_name
from harness.api.validation.resources import resource_problems
from harness.api.validation.rules import Rules
from harness.api.validation.scheduling import toleration_problems
from harness.objects.lease import Lease, LeaseSpec
from harness.objects.meta import Object
from harness.objects.pod import ResourceRequirements
from harness.objects.runtime_class import RuntimeClass

_STRATEGIES = ("OldestEmulationVersion",)


def _lease_problems(lease: Lease) -> list[FieldProblem]:
    return metadata_problems(lease.metadata, True, dns_subdomain, "metadata") + _lease_spec_problems(lease.spec)


def _lease_update_problems(new: Lease, old: Lease) -> list[FieldProblem]:
    return metadata_update_problems(new.metadata, old.metadata) + _lease_spec_problems(new.spec)


def _lease_spec_problems(spec: LeaseSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if spec.lease_duration_seconds is not None and spec.lease_duration_seconds <= 0:
        problems.append(invalid("spec.leaseDurationSeconds", spec.lease_duration_seconds, "must be greater than 0"))
    if spec.lease_transitions is not None and spec.lease_transitions < 0:
        problems.append(invalid("spec.leaseTransitions", spec.lease_transitions, AT_LEAST_ZERO))
    if spec.strategy is not None:
        # The field is named twice, as the server does.
        at = "spec.strategy.strategy"
        if "/" in spec.strategy:
            problems += complaints(at, spec.strategy, qualified_name(spec.strategy))
        elif spec.strategy not in _STRATEGIES:
            problems.append(unsupported(at, spec.strategy, _STRATEGIES))
    if spec.preferred_holder and not spec.strategy:
        problems.append(forbidden("spec.preferredHolder", "may only be specified if `strategy` is defined"))
    return problems


def _runtime_class_problems(runtime_class: RuntimeClass) -> list[FieldProblem]:
    problems = metadata_problems(runtime_class.metadata, False, dns_subdomain, "metadata")
    problems += complaints("handler", runtime_class.handler, dns_label(runtime_class.handler))
    if runtime_class.overhead is not None:
        problems += resource_problems(ResourceRequirements(limits=runtime_class.overhead.pod_fixed), "overhead")
    if runtime_class.scheduling is not None:
        problems += label_problems(runtime_class.scheduling.node_selector, "scheduling.nodeSelector")
        problems += toleration_problems(runtime_class.scheduling.tolerations, "scheduling.tolerations")
    return problems


def _runtime_class_update_problems(new: RuntimeClass, old: RuntimeClass) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.handler != old.handler:
        problems.append(invalid("handler", new.handler, IMMUTABLE))
    return problems


RULES: Mapping[type[Object], Rules] = {
    Lease: (_lease_problems, _lease_update_problems),
    RuntimeClass: (_runtime_class_problems, _runtime_class_update_problems),
}
