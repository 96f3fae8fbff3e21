"""What the API server demands of a CustomResourceDefinition: its names, its versions, how they are served.

What it demands of the schemas stands in `definition_schemas`. What all versions have in common is told of the spec as
a whole, since the server keeps it there. Mirrors apiextensions-apiserver's pkg/apis/apiextensions/validation.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from harness.api.problems import FieldProblem, Verbatim, forbidden, go_json, invalid, required, unsupported
from harness.api.validation.definition_schemas import schema_problems
from harness.api.validation.metadata import IMMUTABLE, metadata_problems, metadata_update_problems
from harness.api.validation.names import Complaints, dns_1035_label, dns_subdomain
from harness.api.validation.rules import Rules
from harness.objects import conditions
from harness.objects.custom_definition import (
    ESTABLISHED,
    CustomResourceColumnDefinition,
    CustomResourceConversion,
    CustomResourceDefinition,
    CustomResourceDefinitionNames,
    CustomResourceDefinitionSpec,
    CustomResourceDefinitionVersion,
    CustomResourceSubresources,
)
from harness.objects.meta import Object
from harness.objects.wire import to_wire

_COLUMN_TYPES = ("boolean", "date", "integer", "number", "string")
_COLUMN_FORMATS = ("byte", "date", "date-time", "double", "float", "int32", "int64", "password")
_REVIEW_VERSIONS = ("v1", "v1beta1")
_APPROVAL = "api-approved.kubernetes.io"
_PROTECTED = ("k8s.io", "kubernetes.io")


def definition_problems(definition: CustomResourceDefinition) -> list[FieldProblem]:
    """Of a new definition."""

    def rule(name: str) -> Complaints:
        fits = name == f"{definition.spec.names.plural}.{definition.spec.group}"
        return dns_subdomain(name) if fits else (*dns_subdomain(name), 'must be spec.names.plural+"."+spec.group')

    problems = metadata_problems(definition.metadata, False, rule, "metadata")
    problems += _spec_problems(definition.spec)
    problems += _stored_version_problems(definition)
    problems += _approval_problems(definition)
    if definition.spec.preserve_unknown_fields:
        text = "cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead"
        problems.append(invalid("spec.preserveUnknownFields", True, text))
    return problems


def definition_update_problems(new: CustomResourceDefinition, old: CustomResourceDefinition) -> list[FieldProblem]:
    """Of a changed definition."""
    problems = metadata_update_problems(new.metadata, old.metadata)
    if new.spec is not old.spec:
        problems += _spec_problems(new.spec)
        kept = [
            ("group", new.spec.group, old.spec.group),
            ("names.plural", new.spec.names.plural, old.spec.names.plural),
        ]
        if conditions.is_true(old.status.conditions, ESTABLISHED):
            kept[:0] = [
                ("scope", new.spec.scope, old.spec.scope),
                ("names.kind", new.spec.names.kind, old.spec.names.kind),
            ]
        problems += [invalid(f"spec.{field}", now, IMMUTABLE) for field, now, before in kept if now != before]
    problems += _stored_version_problems(new)
    return problems


def _spec_problems(spec: CustomResourceDefinitionSpec) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    if not spec.group:
        problems.append(required("spec.group"))
    elif wrong := dns_subdomain(spec.group):
        problems.append(invalid("spec.group", spec.group, ",".join(wrong)))
    elif "." not in spec.group:
        problems.append(invalid("spec.group", spec.group, "should be a domain with at least one dot"))
    problems += _one_of("spec.scope", spec.scope, ("Cluster", "Namespaced"))
    problems += [
        required(f"spec.versions[{index}].schema.openAPIV3Schema")
        for index, version in enumerate(spec.versions)
        if version.schema is None or version.schema.open_api_v3_schema is None
    ]
    # What all versions have in common is one thing to the server.
    shared = _shared(spec.versions)
    for index, version in enumerate(spec.versions):
        path = f"spec.versions[{index}]"
        if wrong := dns_1035_label(version.name):
            problems.append(invalid(f"{path}.name", version.name, ",".join(wrong)))
        problems += _version_problems(version, path, shared)
    problems += _version_list_problems(spec.versions)
    problems += _name_problems(spec.names)
    if spec.versions:
        first = spec.versions[0]
        if "schema" in shared:
            any_status = _has_status(first) if "subresources" in shared else any(map(_has_status, spec.versions))
            problems += schema_problems(first.schema, "spec.validation", any_status)
        if "subresources" in shared:
            problems += _subresource_problems(first.subresources, "spec.subresources")
        if "columns" in shared:
            problems += _column_problems(first.additional_printer_columns, "spec.additionalPrinterColumns")
    problems += _conversion_problems(spec.conversion)
    return problems


def _shared(versions: tuple[CustomResourceDefinitionVersion, ...]) -> frozenset[str]:
    """Which parts are the same in every version."""
    if not versions:
        return frozenset()
    first, others = versions[0], versions[1:]
    parts = (
        ("schema", all(other.schema == first.schema for other in others)),
        ("subresources", all(other.subresources == first.subresources for other in others)),
        ("columns", all(other.additional_printer_columns == first.additional_printer_columns for other in others)),
    )
    return frozenset(name for name, same in parts if same)


def _has_status(version: CustomResourceDefinitionVersion) -> bool:
    return version.subresources is not None and version.subresources.status is not None


def _version_problems(
    version: CustomResourceDefinitionVersion, path: str, shared: frozenset[str]
) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    warning = version.deprecation_warning
    if warning is not None and not version.deprecated:
        problems.append(invalid(f"{path}.deprecationWarning", warning, "can only be set for deprecated versions"))
    elif warning is not None and len(warning) > 256:
        problems.append(invalid(f"{path}.deprecationWarning", warning, "must be <= 256 characters long"))
    elif warning == "":
        problems.append(invalid(f"{path}.deprecationWarning", warning, "must not be an empty string"))
    if "schema" not in shared:
        problems += schema_problems(version.schema, f"{path}.schema", _has_status(version))
    if "subresources" not in shared:
        problems += _subresource_problems(version.subresources, f"{path}.subresources")
    if "columns" not in shared:
        problems += _column_problems(version.additional_printer_columns, f"{path}.additionalPrinterColumns")
    return problems


def _version_list_problems(versions: tuple[CustomResourceDefinitionVersion, ...]) -> list[FieldProblem]:
    problems = []
    if len({version.name for version in versions}) != len(versions):
        problems.append(invalid("spec.versions", _internal(versions), "must contain unique version names"))
    if sum(version.storage for version in versions) != 1:
        text = "must have exactly one version marked as storage version"
        problems.append(invalid("spec.versions", _internal(versions), text))
    return problems


def _internal(versions: tuple[CustomResourceDefinitionVersion, ...]) -> Verbatim:
    """Versions as an error shows them: in the server's own form, with what they share left out."""
    shared = _shared(versions)
    shown = [
        {
            "Name": version.name,
            "Served": version.served,
            "Storage": version.storage,
            "Deprecated": version.deprecated,
            "DeprecationWarning": version.deprecation_warning,
            "Schema": None if version.schema is None or "schema" in shared else to_wire(version.schema),
            "Subresources": None
            if version.subresources is None or "subresources" in shared
            else to_wire(version.subresources),
            "AdditionalPrinterColumns": None
            if not version.additional_printer_columns or "columns" in shared
            else [to_wire(column) for column in version.additional_printer_columns],
            "SelectableFields": None,
        }
        for version in versions
    ]
    return Verbatim(go_json(shown) if versions else "null")


def _one_of(path: str, value: str, accepted: tuple[str, ...]) -> list[FieldProblem]:
    if not value:
        return [required(path)]
    return [] if value in accepted else [unsupported(path, value, accepted)]


def _name_problems(names: CustomResourceDefinitionNames) -> list[FieldProblem]:
    path = "spec.names"
    parts: tuple[tuple[str, str], ...] = (
        ("plural", names.plural),
        ("singular", names.singular),
        ("kind", names.kind),
        ("listKind", names.list_kind),
    )
    problems = [required(f"{path}.{field}") for field, name in parts if not name]
    for field, name in parts:
        kind = field in ("kind", "listKind")
        wrong = dns_1035_label(name.lower() if kind else name) if name else ()
        if wrong:
            prefix = "may have mixed case, but should otherwise match: " if kind else ""
            problems.append(invalid(f"{path}.{field}", name, prefix + ",".join(wrong)))
    problems += _labels(f"{path}.shortNames", names.short_names)
    if names.kind and names.kind == names.list_kind:
        problems.append(invalid(f"{path}.listKind", names.list_kind, "kind and listKind may not be the same"))
    problems += _labels(f"{path}.categories", names.categories)
    return problems


def _labels(path: str, words: Iterable[str]) -> list[FieldProblem]:
    return [
        invalid(f"{path}[{index}]", word, ",".join(wrong))
        for index, word in enumerate(words)
        if (wrong := dns_1035_label(word))
    ]


def _subresource_problems(subresources: CustomResourceSubresources | None, path: str) -> list[FieldProblem]:
    if subresources is None or subresources.scale is None:
        return []
    scale = subresources.scale
    problems: list[FieldProblem] = []
    for field, value, root in (
        ("specReplicasPath", scale.spec_replicas_path, ".spec"),
        ("statusReplicasPath", scale.status_replicas_path, ".status"),
    ):
        if not value:
            problems.append(required(f"{path}.scale.{field}"))
        elif not value.startswith("."):
            text = "must be a simple json path starting with ."
            problems.append(invalid(f"{path}.scale.{field}", value, text))
        elif not value.startswith(f"{root}."):
            problems.append(invalid(f"{path}.scale.{field}", value, f"should be a json path under {root}"))
    selector = scale.label_selector_path
    if selector and not selector.startswith((".spec.", ".status.")):
        text = "should be a json path under either .status or .spec"
        problems.append(invalid(f"{path}.scale.labelSelectorPath", selector, text))
    return problems


def _column_problems(columns: Iterable[CustomResourceColumnDefinition], path: str) -> list[FieldProblem]:
    problems: list[FieldProblem] = []
    types = f"must be one of {','.join(_COLUMN_TYPES)}"
    for index, column in enumerate(columns):
        where = f"{path}[{index}]"
        if not column.name:
            problems.append(required(f"{where}.name"))
        if not column.type:
            problems.append(required(f"{where}.type", types))
        elif column.type not in _COLUMN_TYPES:
            problems.append(invalid(f"{where}.type", column.type, types))
        if column.format and column.format not in _COLUMN_FORMATS:
            problems.append(invalid(f"{where}.format", column.format, f"must be one of {','.join(_COLUMN_FORMATS)}"))
        if not column.json_path:
            problems.append(required(f"{where}.JSONPath"))
        elif not column.json_path.startswith("."):
            text = "must be a simple json path starting with ."
            problems.append(invalid(f"{where}.JSONPath", column.json_path, text))
    return problems


def _conversion_problems(conversion: CustomResourceConversion | None) -> list[FieldProblem]:
    if conversion is None:
        return []
    path, webhook = "spec.conversion", conversion.webhook
    problems = _one_of(f"{path}.strategy", conversion.strategy, ("None", "Webhook"))
    if conversion.strategy != "Webhook":
        if webhook is not None and webhook.client_config is not None:
            text = "should not be set when strategy is not set to Webhook"
            problems.append(forbidden(f"{path}.webhookClientConfig", text))
        if webhook is not None and webhook.conversion_review_versions:
            text = "should not be set when strategy is not set to Webhook"
            problems.append(forbidden(f"{path}.conversionReviewVersions", text))
        return problems
    client = webhook.client_config if webhook is not None else None
    if client is None:
        problems.append(required(f"{path}.webhookClientConfig", "required when strategy is set to Webhook"))
    elif (client.url is None) == (client.service is None):
        problems.append(required(f"{path}.webhookClientConfig", "exactly one of url or service is required"))
    versions = webhook.conversion_review_versions if webhook is not None else ()
    if not versions:
        problems.append(required(f"{path}.conversionReviewVersions"))
    elif not set(versions) & set(_REVIEW_VERSIONS):
        text = f"must include at least one of {', '.join(_REVIEW_VERSIONS)}"
        problems.append(invalid(f"{path}.conversionReviewVersions", versions, text))
    return problems


def _stored_version_problems(definition: CustomResourceDefinition) -> list[FieldProblem]:
    path, stored = "status.storedVersions", definition.status.stored_versions
    if not stored:
        return [invalid(path, stored, "must have at least one stored version")]
    names = [version.name for version in definition.spec.versions]
    problems = [
        invalid(path, stored, f"must have the storage version {version.name}")
        for version in definition.spec.versions
        if version.storage and version.name not in stored
    ]
    return problems + [
        invalid(
            f"{path}[{index}]",
            name,
            f"missing from spec.versions; {name} was previously a storage version, and must remain in spec.versions "
            f"until a storage migration ensures no data remains persisted in {name} and removes {name} from "
            "status.storedVersions",
        )
        for index, name in enumerate(stored)
        if name not in names
    ]


def _approval_problems(definition: CustomResourceDefinition) -> list[FieldProblem]:
    """Groups that belong to Kubernetes need the word of its reviewers (pkg/apihelpers/helpers.go)."""
    group = definition.spec.group
    if not any(group == protected or group.endswith(f".{protected}") for protected in _PROTECTED):
        return []
    path, approval = f"metadata.annotations[{_APPROVAL}]", definition.metadata.annotations.get(_APPROVAL)
    if not approval:
        text = (
            f'protected groups must have approval annotation "{_APPROVAL}", '
            "see https://github.com/kubernetes/enhancements/pull/1111"
        )
        return [required(path, text)]
    if approval.startswith("unapproved") or "://" in approval:
        return []
    text = (
        f'protected groups must have approval annotation "{_APPROVAL}" with either a URL or a reason starting with '
        '"unapproved", see https://github.com/kubernetes/enhancements/pull/1111'
    )
    return [invalid(path, approval, text)]


RULES: Mapping[type[Object], Rules] = {
    CustomResourceDefinition: (definition_problems, definition_update_problems),
}
