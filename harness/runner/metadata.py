"""Changing labels or annotations of one object: what `label` and `annotate` have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.objects.wire import to_wire
from harness.runner.verb import Stage
from harness.scenario.model import Target


class Words(NamedTuple):
    """What is printed once entries were set, removed, both or neither, and why one may not be overwritten."""

    changed: str
    removed: str
    both: str
    same: str
    refusals: Callable[[Sequence[str], Mapping[str, str]], list[str]]


async def change(
    stage: Stage,
    target: Target,
    field: str,
    wanted: Mapping[str, str | None],
    *,
    words: Words,
    overwrite: bool = True,
    resource_version: str = "",
) -> None:
    """Set the entries of `metadata.<field>`, None removing one, and print the word for what came of it.

    Without `overwrite`, another value that is there already is left alone, and the command fails. With a
    `resource_version`, so does one that met another version.
    """
    kubectl = stage.kubectl
    kind = kinds.of_resource(target.resource)
    namespace = target.namespace if kind.resource.namespaced else ""
    try:
        live = to_wire(await kubectl.get(kind, namespace, target.name))
        present = live["metadata"].get(field) or {}
        for key, value in wanted.items():
            if value is None and key not in present and field == "labels":
                kubectl.printed.append(f'label "{key}" not found.')
        differing = {key: value for key, value in wanted.items() if present.get(key) != value}
        taken = [key for key, value in differing.items() if value is not None and key in present]
        refusals = words.refusals(taken, present) if not overwrite else []
        if refusals:
            for refusal in refusals:
                kubectl.fail(f"error: {refusal}")
            return
        if not differing:
            kubectl.say(kind.resource, target.name, words.same)
            return
        metadata: dict[str, Any] = {field: dict(wanted)}
        if resource_version:
            metadata["resourceVersion"] = resource_version
        body = {"metadata": metadata}
        _, warned = await kubectl.ask(
            lambda: patching.patch(
                kubectl.server, kind, namespace, target.name, patching.MERGE, body, cause=kubectl.cause
            )
        )
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.pass_on(warned)
    removed = {value is None for value in differing.values()}
    word = words.both if len(removed) > 1 else words.removed if True in removed else words.changed
    kubectl.say(kind.resource, target.name, word)


def _refused_labels(taken: Sequence[str], present: Mapping[str, str]) -> list[str]:
    return [f"'{key}' already has a value ({present[key]}), and --overwrite is false" for key in taken]


def _refused_annotations(taken: Sequence[str], present: Mapping[str, str]) -> list[str]:
    """What a release is for may always be written anew."""
    texts = [f"'{key}' already has a value ({present[key]})" for key in taken if key != _CHANGE_CAUSE]
    listed = "; ".join(texts)
    return [f"--overwrite is false but found the following declared annotation(s): {listed}"] if texts else []


_CHANGE_CAUSE = "kubernetes.io/change-cause"

LABELS = Words("labeled", "unlabeled", "modified", "not labeled", _refused_labels)
ANNOTATIONS = Words("annotated", "annotated", "annotated", "annotated", _refused_annotations)


def told_changes(wanted: Mapping[str, str | None]) -> str:
    """As kubectl users write it: `tier=front stale-`."""
    return " ".join(f"{key}-" if value is None else f"{key}={value}" for key, value in wanted.items())
