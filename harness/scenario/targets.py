"""Targets: `sts/web`, `statefulset.apps/web`, `node/node-2`, and kinds by any of their names.

Knows how kubectl users name things. Does not know whether the thing exists.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from harness.objects import resources
from harness.objects.resources import Resource
from harness.scenario.complaints import quoted
from harness.scenario.model import DEFAULT_NAMESPACE, PROVISIONER, Target
from harness.scenario.nodes import Node
from harness.scenario.schema import Reading
from harness.scenario.values import text

A_TARGET = "a target such as sts/web"
A_FAILING_TARGET = "node/…, provisioner/… or pod/…"
A_NODE = "a node such as node-1"
A_KIND = "the name of a kind such as sts, pvc or pod"
_PROVISIONER_WORDS = {PROVISIONER.singular: PROVISIONER}


def target(node: Node, reading: Reading) -> Target:
    """An object that the API serves."""
    return parse_target(text(node, reading, A_TARGET), node, reading)


def target_named(written: str, namespace: str = DEFAULT_NAMESPACE) -> Target:
    """The target of a built-in kind that `written` names, for scenarios built in Python. Raises ValueError."""
    word, _, name = written.partition("/")
    found = PROVISIONER if word == PROVISIONER.singular else resources.find(word)
    if found is None or not name:
        raise ValueError(f"{written!r} names no object of a built-in kind")
    return Target(resource=found, name=name, namespace=namespace if found.namespaced else "", written=written)


def failing_target(node: Node, reading: Reading) -> Target:
    """What can fail: a node, a provisioner, a pod."""
    found = parse_target(text(node, reading, A_FAILING_TARGET), node, reading, also=_PROVISIONER_WORDS)
    if found.resource.kind not in ("Node", "Provisioner", "Pod"):
        reading.refuse(node, f"found {quoted(found.written)}, expected {A_FAILING_TARGET}")
    return found


def pod(node: Node, reading: Reading) -> Target:
    return _of_kind("Pod", "pod/web-0", node, reading)


def node_name(node: Node, reading: Reading) -> str:
    """The name of a node, with or without `node/` before it."""
    written = text(node, reading, A_NODE)
    return _of_kind("Node", "node-1", node, reading).name if "/" in written else written


def resource(node: Node, reading: Reading) -> Resource:
    """A kind, by any of its names."""
    return find_resource(text(node, reading, A_KIND), node, reading)


def kind(node: Node, reading: Reading) -> str:
    return resource(node, reading).kind


def _of_kind(kind: str, example: str, node: Node, reading: Reading) -> Target:
    found = target(node, reading)
    if found.resource.kind != kind:
        reading.refuse(node, f"found {quoted(found.written)}, expected a {kind.lower()} such as {example}")
    return found


def parse_targets(node: Node, reading: Reading) -> tuple[Target, ...]:
    """The targets that a text names: `sts/web`, `pod web-0 web-1` or `pod/web-0 sts/web`."""
    written = text(node, reading, A_TARGET)
    words = written.split()
    if len(words) > 1 and "/" not in written:
        words = [f"{words[0]}/{name}" for name in words[1:]]
    return tuple(parse_target(word, node, reading) for word in words)


def parse_target(written: str, node: Node, reading: Reading, also: dict[str, Resource] | None = None) -> Target:
    """The target that `written` names; complaints are about `node`. `also` are words that stand for something here."""
    words = written.split()
    if len(words) == 2 and "/" not in written:
        # As on the command line, a kind and a name may stand apart.
        written = "/".join(words)
    word, slash, name = written.partition("/")
    if not slash or not word or not name or " " in written:
        reading.refuse(node, f"found the text {quoted(written)}, expected {A_TARGET}")
    found = find_resource(word, node, reading, also or {})
    if "/" in name and found is not PROVISIONER:
        reading.refuse(node, f"found the text {quoted(written)}, expected {A_TARGET}, with one slash")
    namespace = reading.namespace if found.namespaced else ""
    return Target(resource=found, name=name, namespace=namespace, written=written)


def find_resource(word: str, node: Node, reading: Reading, also: dict[str, Resource] | None = None) -> Resource:
    """The kind a word names, built in or brought by a manifest of this scenario."""
    found = (also or {}).get(word) or resources.find(word) or reading.custom.get(word.lower())
    if found is None:
        near = resources.nearest(word, also=[*reading.custom, *(also or {})])
        guess = (
            f"; did you mean {quoted(near)}?" if near else "; a custom kind must come with a manifest of this scenario"
        )
        reading.refuse(node, f"found {quoted(word)}, expected {A_KIND}{guess}")
    return found


def words_of_custom_kinds(documents: Iterable[dict[str, Any]]) -> dict[str, Resource]:
    """Every word for the custom kinds that manifests bring, as definitions or as objects."""
    documents = list(documents)
    words: dict[str, Resource] = {}
    for document in documents:
        if document.get("kind") == "CustomResourceDefinition":
            _add_words(words, _defined(document))
    for document in documents:
        api_version, name = document.get("apiVersion"), document.get("kind")
        if isinstance(api_version, str) and isinstance(name, str) and resources.find(name) is None:
            _add_words(words, resources.custom(api_version, name))
    return words


def _defined(definition: dict[str, Any]) -> Resource | None:
    """The kind a CustomResourceDefinition defines; None if it is not whole (the API will say so)."""
    spec = definition.get("spec")
    names = spec.get("names") if isinstance(spec, dict) else None
    versions = spec.get("versions") if isinstance(spec, dict) else None
    if not isinstance(spec, dict) or not isinstance(names, dict) or not isinstance(versions, list) or not versions:
        return None
    first = versions[0].get("name") if isinstance(versions[0], dict) else None
    facts = (spec.get("group"), first, names.get("kind"), names.get("plural"))
    if not all(isinstance(fact, str) and fact for fact in facts):
        return None
    group, version, kind_name, plural = map(str, facts)
    short_names = names.get("shortNames")
    return Resource(
        kind=kind_name,
        group=group,
        version=version,
        plural=plural,
        singular=str(names.get("singular") or kind_name.lower()),
        short_names=tuple(str(name) for name in short_names) if isinstance(short_names, list) else (),
        namespaced=spec.get("scope") != "Cluster",
    )


def _add_words(words: dict[str, Resource], found: Resource | None) -> None:
    if found is None:
        return
    for word in (found.singular, found.plural, *found.short_names):
        words.setdefault(word.lower(), found)
        words.setdefault(f"{word}.{found.group}".lower(), found)
