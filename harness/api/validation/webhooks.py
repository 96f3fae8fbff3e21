"""What the API server demands of webhook configurations.

Mirrors pkg/apis/admissionregistration/validation/validation.go and apiserver's pkg/util/webhook/validation.go. The
expressions of match conditions are not read.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from harness.api.problems import FieldProblem, duplicate, invalid, required, unsupported
from harness.api.validation.addresses import long_domain_name
from harness.api.validation.fields import complaints, selector_problems
from harness.api.validation.metadata import metadata_problems, metadata_update_problems
from harness.api.validation.names import between, dns_subdomain, old_label
from harness.api.validation.rules import Rules
from harness.objects.admission_registration import (
    MutatingWebhook,
    MutatingWebhookConfiguration,
    RuleWithOperations,
    ServiceReference,
    ValidatingWebhook,
    ValidatingWebhookConfiguration,
    WebhookClientConfig,
)
from harness.objects.meta import Object

_FAILURE_POLICIES = ("Fail", "Ignore")
_MATCH_POLICIES = ("Equivalent", "Exact")
_SIDE_EFFECTS = ("None", "NoneOnDryRun")
_REINVOCATIONS = ("IfNeeded", "Never")
_OPERATIONS = ("*", "CONNECT", "CREATE", "DELETE", "UPDATE")
_SCOPES = ("*", "Cluster", "Namespaced")
_REVIEW_VERSIONS = ("v1", "v1beta1")
_URL_FORM = "; desired format: https://host[/path]"

Webhook = MutatingWebhook | ValidatingWebhook
Configuration = MutatingWebhookConfiguration | ValidatingWebhookConfiguration


def _problems(configuration: Configuration) -> list[FieldProblem]:
    problems = metadata_problems(configuration.metadata, False, dns_subdomain, "metadata")
    return problems + _webhooks_problems(configuration.webhooks)


def _update_problems(new: Configuration, old: Configuration) -> list[FieldProblem]:
    problems = metadata_update_problems(new.metadata, old.metadata)
    return problems if new.webhooks == old.webhooks else problems + _webhooks_problems(new.webhooks)


def _webhooks_problems(webhooks: Sequence[Webhook]) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    names: set[str] = set()
    for index, webhook in enumerate(webhooks):
        at = f"webhooks[{index}]"
        problems += _webhook_problems(webhook, at)
        problems += _version_problems(webhook.admission_review_versions, f"{at}.admissionReviewVersions")
        if webhook.name in names and webhook.name:
            problems.append(duplicate(f"{at}.name", webhook.name))
        names.add(webhook.name)
    return problems


def _webhook_problems(webhook: Webhook, path: str) -> list[FieldProblem]:
    if webhook.name:
        problems = complaints(f"{path}.name", webhook.name, long_domain_name(webhook.name))
    else:
        problems = [required(f"{path}.name")]
    for index, rule in enumerate(webhook.rules):
        problems += _rule_problems(rule, f"{path}.rules[{index}]")
    words = (
        ("failurePolicy", webhook.failure_policy, _FAILURE_POLICIES),
        ("matchPolicy", webhook.match_policy, _MATCH_POLICIES),
        ("sideEffects", webhook.side_effects, _SIDE_EFFECTS),
    )
    for name, word, known in words:
        if word is None and name == "sideEffects":
            problems.append(required(f"{path}.{name}", f"must specify one of {', '.join(known)}"))
        elif word is not None and word not in known:
            problems.append(unsupported(f"{path}.{name}", word, known))
    seconds = webhook.timeout_seconds
    if seconds is not None and not 1 <= seconds <= 30:
        text = "the timeout value must be between 1 and 30 seconds"
        problems.append(invalid(f"{path}.timeoutSeconds", seconds, text))
    problems += selector_problems(webhook.namespace_selector, f"{path}.namespaceSelector")
    problems += selector_problems(webhook.object_selector, f"{path}.objectSelector")
    if isinstance(webhook, MutatingWebhook) and webhook.reinvocation_policy not in (None, *_REINVOCATIONS):
        problems.append(unsupported(f"{path}.reinvocationPolicy", webhook.reinvocation_policy, _REINVOCATIONS))
    return problems + _client_problems(webhook.client_config, f"{path}.clientConfig")


def _client_problems(config: WebhookClientConfig, path: str) -> list[FieldProblem]:
    if (config.url is None) == (config.service is None):
        return [required(path, "exactly one of url or service is required")]
    if config.url is not None:
        return _url_problems(config.url, f"{path}.url")
    assert config.service is not None
    return _service_problems(config.service, f"{path}.service")


def _url_problems(url: str, path: str) -> list[FieldProblem]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    found = (
        (parts.scheme != "https", parts.scheme, f"'https' is the only allowed URL scheme{_URL_FORM}"),
        (not host, host, f"host must be specified{_URL_FORM}"),
        (parts.username is not None, parts.netloc.rpartition("@")[0], "user information is not permitted in the URL"),
        (bool(parts.fragment), parts.fragment, "fragments are not permitted in the URL"),
        (bool(parts.query), parts.query, "query parameters are not permitted in the URL"),
    )
    return [invalid(path, shown, text) for is_wrong, shown, text in found if is_wrong]


def _service_problems(service: ServiceReference, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not service.name:
        problems.append(required(f"{path}.name", "service name is required"))
    if not service.namespace:
        problems.append(required(f"{path}.namespace", "service namespace is required"))
    if service.port is not None and not 1 <= service.port <= 65535:
        problems.append(invalid(f"{path}.port", service.port, f"port is not valid: {between(1, 65535)}"))
    if service.path is not None and not service.path.startswith("/"):
        problems.append(invalid(f"{path}.path", service.path, "must start with a '/'"))
    return problems


def _rule_problems(rule: RuleWithOperations, path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    at = f"{path}.operations"
    if not rule.operations:
        problems.append(required(at))
    if len(rule.operations) > 1 and "*" in rule.operations:
        problems.append(invalid(at, rule.operations, "if '*' is present, must not specify other operations"))
    for index, operation in enumerate(rule.operations):
        if operation not in _OPERATIONS:
            problems.append(unsupported(f"{at}[{index}]", operation, _OPERATIONS))
    for name, words, what in (
        ("apiGroups", rule.api_groups, "API groups"),
        ("apiVersions", rule.api_versions, "API versions"),
    ):
        if not words:
            problems.append(required(f"{path}.{name}"))
        if len(words) > 1 and "*" in words:
            problems.append(invalid(f"{path}.{name}", words, f"if '*' is present, must not specify other {what}"))
    problems += [required(f"{path}.apiVersions[{i}]") for i, version in enumerate(rule.api_versions) if not version]
    problems += _resources_problems(rule.resources, f"{path}.resources")
    if rule.scope is not None and rule.scope not in _SCOPES:
        problems.append(unsupported(f"{path}.scope", rule.scope, _SCOPES))
    return problems


def _resources_problems(resources: Sequence[str], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = [] if resources else [required(path)]
    all_of, everywhere = set[str](), set[str]()
    plain = False
    for index, each in enumerate(resources):
        at = f"{path}[{index}]"
        resource, slash, part = each.partition("/")
        if not each:
            problems.append(required(at))
        elif not slash:
            plain = each != "*"
        else:
            if resource in all_of:
                text = f"if '{resource}/*' is present, must not specify {each}"
                problems.append(invalid(at, each, text))
            if part in everywhere:
                problems.append(invalid(at, each, f"if '*/{part}' is present, must not specify {each}"))
            all_of.update([resource] if part == "*" else [])
            everywhere.update([part] if resource == "*" else [])
    if len(resources) > 1 and "*/*" in resources:
        problems.append(invalid(path, resources, "if '*/*' is present, must not specify other resources"))
    if "*" in resources and plain:
        text = "if '*' is present, must not specify other resources without subresources"
        problems.append(invalid(path, resources, text))
    return problems


def _version_problems(versions: Sequence[str], path: str) -> list[FieldProblem]:
    if not versions:
        return [required(path, f"must specify one of {', '.join(_REVIEW_VERSIONS)}")]
    problems: list[FieldProblem] = []
    for index, version in enumerate(versions):
        if version in versions[:index]:
            problems.append(invalid(f"{path}[{index}]", version, "duplicate version"))
        else:
            problems += complaints(f"{path}[{index}]", version, old_label(version))
    if not set(versions) & set(_REVIEW_VERSIONS):
        problems.append(invalid(path, versions, f"must include at least one of {', '.join(_REVIEW_VERSIONS)}"))
    return problems


RULES: Mapping[type[Object], Rules] = {
    MutatingWebhookConfiguration: (_problems, _update_problems),
    ValidatingWebhookConfiguration: (_problems, _update_problems),
}
