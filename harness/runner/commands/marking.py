"""`label`, `annotate` and `taint`: marks of all that a line picks. Mirrors kubectl's commands of these names."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harness.api import kinds
from harness.objects.node import Node
from harness.objects.wire import to_wire
from harness.runner.commands.choosing import chosen
from harness.runner.commands.running import Run
from harness.runner.metadata import Words, change
from harness.runner.tainting import change_taints


def marking(field: str, words: Words) -> Callable[[Run], Coroutine[Any, Any, None]]:
    """The command that sets entries of `metadata.<field>`."""

    async def play(run: Run) -> None:
        options = run.options
        if options.get("list"):
            await _list(run, field)
            return
        for one in await chosen(run, run.line.selection):
            await change(
                run.stage,
                one.target,
                field,
                options["set"],
                words=words,
                overwrite=options.get("overwrite", False),
                resource_version=options.get("resource-version", ""),
            )

    return play


async def _list(run: Run, field: str) -> None:
    """The entries that are there; before those of several objects, whose they are."""
    kubectl, selection = run.kubectl, run.line.selection
    found = await chosen(run, selection, look=True)
    single = not selection.resources and len(selection.targets) + len(selection.manifests) == 1
    for one in found:
        assert one.obj is not None
        resource = one.kind.resource
        if not single:
            kubectl.printed.append(f"Listing {field} for {resource.kind}.{resource.group}/{one.name}:")
        entries = to_wire(one.obj)["metadata"].get(field, {})
        kubectl.printed += [f"{'' if single else ' '}{key}={entries[key]}" for key in sorted(entries)]


async def taint(run: Run) -> None:
    kind = kinds.BY_TYPE[Node]
    for one in await chosen(run, run.line.selection):
        assert one.kind is kind
        await change_taints(run.stage, one.name, run.options["set"], overwrite=run.options.get("overwrite", False))
