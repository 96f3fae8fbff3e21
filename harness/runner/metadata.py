"""Changing labels or annotations of one object: what `label` and `annotate` have in common."""

from __future__ import annotations

from collections.abc import Mapping

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.objects.wire import to_wire
from harness.runner.verb import Stage
from harness.scenario.model import Target


async def change(
    stage: Stage,
    target: Target,
    field: str,
    wanted: Mapping[str, str | None],
    *,
    changed: str,
    removed: str,
    same: str,
) -> None:
    """Set the entries of `metadata.<field>`, None removing one, and print the word for what came of it."""
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
        if not differing:
            kubectl.say(kind.resource, target.name, same)
            return
        body = {"metadata": {field: dict(wanted)}}
        _, warned = await kubectl.ask(
            lambda: patching.patch(
                kubectl.server, kind, namespace, target.name, patching.MERGE, body, cause=kubectl.cause
            )
        )
    except ApiError as problem:
        kubectl.refuse(problem)
        return
    kubectl.pass_on(warned)
    only_removed = all(value is None for value in wanted.values())
    kubectl.say(kind.resource, target.name, removed if only_removed else changed)


def told_changes(wanted: Mapping[str, str | None]) -> str:
    """As kubectl users write it: `tier=front stale-`."""
    return " ".join(f"{key}-" if value is None else f"{key}={value}" for key, value in wanted.items())
