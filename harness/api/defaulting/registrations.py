"""What the API server fills into webhooks, admission policies and API services.

Mirrors pkg/apis/admissionregistration/v1/defaults.go and kube-aggregator's pkg/apis/apiregistration/v1/defaults.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.api.defaulting.filling import by_table, each, filled, filled_in, with_spec
from harness.objects.admission_registration import (
    MatchResources,
    MutatingAdmissionPolicy,
    MutatingAdmissionPolicyBinding,
    MutatingWebhookConfiguration,
    ValidatingAdmissionPolicy,
    ValidatingAdmissionPolicyBinding,
    ValidatingWebhookConfiguration,
)
from harness.objects.api_registration import APIService
from harness.objects.meta import LabelSelector, Object

_ANYTHING = (
    ("match_policy", None, "Equivalent"),
    ("namespace_selector", None, LabelSelector()),
    ("object_selector", None, LabelSelector()),
)
_WEBHOOK = (*_ANYTHING, ("failure_policy", None, "Fail"), ("timeout_seconds", None, 10))
_MUTATING_WEBHOOK = (*_WEBHOOK, ("reinvocation_policy", None, "Never"))
_POLICY = (("failure_policy", None, "Fail"),)
_rule = by_table((("scope", None, "*"),))
_service = by_table((("port", None, 443),))


def _with_rules(value: Any, field: str) -> Any:
    rules = getattr(value, field)
    filled_rules = each(rules, _rule)
    return value if filled_rules is rules else replace(value, **{field: filled_rules})


def _default_client(client: Any) -> Any:
    return filled_in(client, "service", _service)


def _default_configuration(configuration: Any) -> Any:
    mutating = isinstance(configuration, MutatingWebhookConfiguration)
    table = _MUTATING_WEBHOOK if mutating else _WEBHOOK

    def fill(webhook: Any) -> Any:
        return filled_in(_with_rules(filled(webhook, table), "rules"), "client_config", _default_client)

    webhooks = each(configuration.webhooks, fill)
    return configuration if webhooks is configuration.webhooks else replace(configuration, webhooks=webhooks)


def _default_match(match: MatchResources) -> Any:
    return _with_rules(_with_rules(filled(match, _ANYTHING), "resource_rules"), "exclude_resource_rules")


def _default_policy(policy: Any) -> Any:
    return with_spec(policy, filled_in(filled(policy.spec, _POLICY), "match_constraints", _default_match))


def _default_binding(binding: Any) -> Any:
    return with_spec(binding, filled_in(binding.spec, "match_resources", _default_match))


def _default_api_service(api_service: APIService) -> APIService:
    return with_spec(api_service, filled_in(api_service.spec, "service", _service))


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {
    APIService: _default_api_service,
    MutatingAdmissionPolicy: _default_policy,
    MutatingAdmissionPolicyBinding: _default_binding,
    MutatingWebhookConfiguration: _default_configuration,
    ValidatingAdmissionPolicy: _default_policy,
    ValidatingAdmissionPolicyBinding: _default_binding,
    ValidatingWebhookConfiguration: _default_configuration,
}
