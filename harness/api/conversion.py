"""Older versions of kinds that the server still takes: reading a manifest in one, and turning it into the stored one.

Owns the conversions. Mirrors pkg/apis/autoscaling/v1/conversion.go.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

from harness.api.kinds import Kind
from harness.objects.autoscaling import HorizontalPodAutoscalerV1
from harness.objects.meta import Object

Document = dict[str, Any]


class Version(NamedTuple):
    """An older version of a kind: its type, and what makes the stored version of a document that fits the type."""

    type: type[Object]
    convert: Callable[[Document], Document]


@cache
def version_of(api_version: str, kind: Kind) -> Version | None:
    """The older version that an apiVersion names; None for the version that is stored."""
    return _VERSIONS.get((api_version, kind.resource.kind))


def converted(document: Document, kind: Kind) -> Document:
    """The document in the version that is stored."""
    version = version_of(document.get("apiVersion", ""), kind)
    return document if version is None else version.convert(document)


def _autoscaler(document: Document) -> Document:
    """A target for the processor is a metric like any other."""
    given = document.get("spec") or {}
    if not isinstance(given, dict):
        return {**document, "apiVersion": "autoscaling/v2"}
    spec = dict(given)
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        share = {"type": "Utilization", "averageUtilization": target}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": share}}]
    rest = {key: item for key, item in document.items() if key != "status"}
    return {**rest, "apiVersion": "autoscaling/v2", "spec": spec}


_VERSIONS = {("autoscaling/v1", "HorizontalPodAutoscaler"): Version(HorizontalPodAutoscalerV1, _autoscaler)}
