"""A manifest file with the place of everything in it, for those who judge manifests and play nothing.

Owns that JSON which is no YAML is read too. What kubectl makes of a file stands in `streams`. Knows no objects.
"""

from __future__ import annotations

import json
from typing import Any

from harness.errors import ScenarioError
from harness.scenario.complaints import Complaints
from harness.scenario.nodes import Mapping, Node, Sequence, node_of
from harness.scenario.text import MOST_LEVELS, compose


def read_documents(text: str, file: str, complaints: Complaints, doubled: Complaints | None = None) -> list[Node]:
    """The documents of a manifest file, YAML or JSON. Raises ScenarioError for what is neither.

    A key that is there twice is wrong; with `doubled` it is told there, and the last counts, as it does for kubectl.
    """
    try:
        return compose(text, file, complaints, doubled)
    except ScenarioError as error:
        documents = _json_documents(text) if text.lstrip().startswith("{") else None
        if documents is None:
            raise error from None
        return documents


def _json_documents(text: str) -> list[Node] | None:
    """JSON objects one after the other; what JSON allows and YAML does not gets through here. None if it is no JSON."""
    decoder = json.JSONDecoder(object_pairs_hook=_without_duplicates, parse_constant=_no_constant)
    documents, offset = [], 0
    try:
        while (rest := text[offset:].lstrip()) != "":
            start = len(text) - len(rest)
            data, offset = decoder.raw_decode(text, start)
            before = text[:start]
            documents.append(node_of(data, before.count("\n") + 1, start - before.rfind("\n")))
        return documents if all(_levels(node) <= MOST_LEVELS for node in documents) else None
    except (ValueError, RecursionError):
        return None


def _without_duplicates(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    data = dict(pairs)
    if len(data) != len(pairs):
        raise ValueError("a key is there twice")
    return data


def _no_constant(word: str) -> None:
    raise ValueError(f"{word} is no JSON")


def _levels(node: Node) -> int:
    if isinstance(node, Sequence):
        below = node.items
    else:
        below = [value for _, value in node.entries] if isinstance(node, Mapping) else []
    return 1 + max(map(_levels, below), default=0)
