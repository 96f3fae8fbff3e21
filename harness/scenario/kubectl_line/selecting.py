"""Which objects a command line is about: `sts web`, `sts/web pod/a`, `pods,svc -l app=web`, `pods --all`, `-f file`.

Owns the forms that kubectl's resource builder takes, and what may not stand together. Mirrors
staging/src/k8s.io/cli-runtime/pkg/resource/builder.go.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from msgspec.structs import replace

from harness.objects import resources, selector
from harness.objects.resources import Resource
from harness.scenario.complaints import quoted
from harness.scenario.kubectl_line.options import Option, Wrong, listed, refused, text, truth
from harness.scenario.model import DEFAULT_NAMESPACE, Manifest, Selection, Target

FindResource: TypeAlias = Callable[[str], "Resource | None"]
FindManifests: TypeAlias = Callable[[str], "tuple[Manifest, ...]"]
FindText: TypeAlias = Callable[[str], str]

# The category `all`, in the order of discovery.
_CATEGORY_ALL = (
    "pods",
    "replicationcontrollers",
    "services",
    "daemonsets.apps",
    "deployments.apps",
    "replicasets.apps",
    "statefulsets.apps",
    "horizontalpodautoscalers.autoscaling",
    "cronjobs.batch",
    "jobs.batch",
)

FILES = (
    listed("filename", "f"),
    refused("kustomize", "kustomizations are not built: name the manifests with -f", "k"),
    truth("recursive", "R"),
)
LABELS = text("selector", "l")
FIELDS = text("field-selector")
ALL = truth("all")
EVERYWHERE = truth("all-namespaces", "A")
SELECTORS: tuple[Option, ...] = (*FILES, LABELS, FIELDS, ALL, EVERYWHERE)

_FIELD_OPERATORS = ("!=", "==", "=")


class Scope:
    """What is known where a line stands: the kinds there are, the files it names, and its namespace."""

    def __init__(self, find: FindResource, manifests: FindManifests, text: FindText, namespace: str | None) -> None:
        self.find = find
        self.manifests = manifests
        self.text = text
        self.namespace = namespace or DEFAULT_NAMESPACE


def selection(words: list[str], values: Mapping[str, Any], scope: Scope, *, whole_kinds: bool = False) -> Selection:
    """What the words and options pick. `whole_kinds` says whether a kind alone means all its objects.

    Raises Wrong for what kubectl itself would refuse.
    """
    labels, fields = values.get("selector", ""), values.get("field-selector", "")
    everything, everywhere = values.get("all", False), values.get("all-namespaces", False)
    _check_selectors(labels, fields, everything=everything)
    files = values.get("filename", ())
    common = Selection(labels=labels, fields=fields, namespace=scope.namespace, everywhere=everywhere)
    if files:
        if words:
            raise Wrong("found -f beside a resource, expected one of them")
        if labels or everything:
            raise Wrong("found -f beside a selector or --all, expected one of them")
        return replace(common, manifests=tuple(manifest for file in files for manifest in scope.manifests(file)))
    if not words:
        raise Wrong("found no resource, expected one such as sts/web, or pods with -l")
    by_slash = any("/" in word for word in words)
    if by_slash or len(words) > 1:
        if labels or fields or everything:
            raise Wrong("found a name beside a selector or --all, expected one of them")
        if everywhere:
            raise Wrong(
                "found a name beside --all-namespaces, expected one of them: names are looked up in one namespace"
            )
        pairs = _pairs(words) if by_slash else _named(words)
        return _of_names(common, pairs, scope)
    if not (whole_kinds or labels or fields or everything):
        raise Wrong(f"found the kind {quoted(words[0])} alone, expected a name, -l or --all beside it")
    return _of_kinds(common, words[0], scope)


def _check_selectors(labels: str, fields: str, *, everything: bool) -> None:
    if everything and (labels or fields):
        raise Wrong(f"found --all beside {'--selector' if labels else '--field-selector'}, expected one of them")
    try:
        selector.parse(labels)
    except ValueError as error:
        raise Wrong(f"found {quoted(labels)}, expected labels as -l takes them such as app=web: {error}") from None
    for term in filter(None, fields.split(",")):
        if not any(operator in term for operator in _FIELD_OPERATORS):
            raise Wrong(f"found {quoted(term)}, expected a field such as status.phase=Running")


def _pairs(words: list[str]) -> list[tuple[str, str]]:
    """`sts/web pod/a` as kinds and names."""
    pairs = []
    for word in words:
        kind, slash, name = word.partition("/")
        if not slash:
            raise Wrong(f"found {quoted(word)} beside names with a slash, expected TYPE/NAME everywhere")
        if "/" in name:
            raise Wrong(f"found {quoted(word)}, expected TYPE/NAME with one slash")
        if not kind or not name or "," in kind:
            raise Wrong(f"found {quoted(word)}, expected one kind, a slash and a name such as sts/web")
        pairs.append((kind, name))
    return pairs


def _named(words: list[str]) -> list[tuple[str, str]]:
    """`sts web db` as kinds and names."""
    kind, *names = words
    if "," in kind:
        raise Wrong(f"found {quoted(kind)} before names, expected one kind")
    return [(kind, name) for name in names]


def _of_names(common: Selection, pairs: list[tuple[str, str]], scope: Scope) -> Selection:
    targets = []
    for word, name in pairs:
        found = scope.find(word)
        if found is None:
            return replace(common, unknown=word)
        namespace = scope.namespace if found.namespaced else ""
        targets.append(Target(resource=found, name=name, namespace=namespace, written=f"{word}/{name}"))
    return replace(common, targets=tuple(targets))


def _of_kinds(common: Selection, words: str, scope: Scope) -> Selection:
    kinds: dict[Resource, None] = {}
    for word in words.split(","):
        if word == "all":
            kinds.update((found, None) for name in _CATEGORY_ALL if (found := resources.find(name)) is not None)
            continue
        found = scope.find(word)
        if found is None:
            return replace(common, unknown=word)
        kinds[found] = None
    return replace(common, resources=tuple(kinds))
