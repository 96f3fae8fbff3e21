"""`cordon`, `uncordon` and `drain`: nodes by name or by label. Mirrors kubectl's pkg/cmd/drain."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from harness.kernel.durations import go_duration
from harness.objects import selector
from harness.runner.commands.choosing import chosen
from harness.runner.commands.running import Run
from harness.runner.draining import Manner
from harness.runner.draining import drain as drain_nodes
from harness.runner.scheduling import set_unschedulable


def scheduling(unschedulable: bool) -> Callable[[Run], Coroutine[Any, Any, None]]:
    """The command that opens or closes nodes."""

    async def play(run: Run) -> None:
        for one in await chosen(run, run.line.selection, look=True):
            await set_unschedulable(run.stage, one.name, unschedulable)

    return play


async def drain(run: Run) -> None:
    options = run.options
    found = await chosen(run, run.line.selection, look=True)
    if run.kubectl.failed:
        return
    grace = options.get("grace-period", -1)
    timeout_ms = options.get("timeout", 0)
    manner = Manner(
        force=options.get("force", False),
        ignore_daemon_sets=options.get("ignore-daemonsets", False),
        delete_local_data=options.get("delete-emptydir-data", False),
        timeout_ms=timeout_ms,
        timeout_text=go_duration(timeout_ms),
        grace_seconds=grace if grace >= 0 else None,
        pods=selector.parse(options.get("pod-selector", "")),
        evict=not options.get("disable-eviction", False),
        skip_seconds=max(0, options.get("skip-wait-for-delete-timeout", 0)),
    )
    await drain_nodes([one.name for one in found], manner, run.stage)
