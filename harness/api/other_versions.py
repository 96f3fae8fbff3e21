"""Versions of built-in kinds that are served beside the one that is kept: their fields, and how they are converted.

Owns the way in only: what was sent in another version is from then on an object of the version that is kept.
Source: pkg/apis/autoscaling/v1/conversion.go.
"""

from __future__ import annotations

from typing import Any

from harness.api import kinds
from harness.api.kinds import Kind
from harness.objects.value import Value

Document = dict[str, Any]

# (apiVersion, kind) -> apiVersion of what is kept
_KEPT = {("autoscaling/v1", "HorizontalPodAutoscaler"): "autoscaling/v2"}


def kind_of(api_version: str, kind: str) -> Kind | None:
    """The kind that is kept in place of what another version calls so; None if there is no such version."""
    kept = _KEPT.get((api_version, kind))
    return kinds.of_manifest(kept, kind) if kept is not None else None


def own_type(document: Document) -> type[Value] | None:
    """The fields of the version a document is written in, if it is another than the one that is kept."""
    if (document.get("apiVersion"), document.get("kind")) not in _KEPT:
        return None
    from harness.objects.autoscaling import HorizontalPodAutoscalerV1

    return HorizontalPodAutoscalerV1


def converted(document: Document) -> Document:
    """The document as the version that is kept has it; itself if it is written in that."""
    kept = _KEPT.get((str(document.get("apiVersion")), str(document.get("kind"))))
    if kept is None:
        return document
    spec = document.get("spec")
    if not isinstance(spec, dict):
        return {**document, "apiVersion": kept}
    spec = dict(spec)
    target = spec.pop("targetCPUUtilizationPercentage", None)
    if target is not None:
        utilization = {"type": "Utilization", "averageUtilization": target}
        spec["metrics"] = [{"type": "Resource", "resource": {"name": "cpu", "target": utilization}}]
    return {**document, "apiVersion": kept, "spec": spec}
