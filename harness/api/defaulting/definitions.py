"""Defaults of a CustomResourceDefinition: names that follow from others (apis/apiextensions/v1/defaults.go)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from msgspec.structs import replace

from harness.objects.custom_definition import CustomResourceConversion, CustomResourceDefinition
from harness.objects.meta import Object


def default_definition(definition: CustomResourceDefinition) -> CustomResourceDefinition:
    spec, names = definition.spec, definition.spec.names
    if not names.singular and names.kind:
        names = replace(names, singular=names.kind.lower())
    if not names.list_kind and names.kind:
        names = replace(names, list_kind=f"{names.kind}List")
    conversion = spec.conversion or CustomResourceConversion(strategy="None")
    if names is spec.names and conversion is spec.conversion:
        return definition
    return replace(definition, spec=replace(spec, names=names, conversion=conversion))


DEFAULTS: Mapping[type[Object], Callable[[Any], Any]] = {CustomResourceDefinition: default_definition}
