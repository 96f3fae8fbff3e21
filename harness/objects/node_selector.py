"""Terms that pick nodes by label or field.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from harness.objects.value import Value


class NodeSelectorRequirement(Value, frozen=True):
    key: str = ""
    operator: str = ""
    values: tuple[str, ...] = ()


class NodeSelectorTerm(Value, frozen=True):
    match_expressions: tuple[NodeSelectorRequirement, ...] = ()
    match_fields: tuple[NodeSelectorRequirement, ...] = ()


class NodeSelector(Value, frozen=True):
    node_selector_terms: tuple[NodeSelectorTerm, ...] = ()
