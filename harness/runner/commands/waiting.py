"""`wait`: until objects are there, gone, or as they are wanted. Mirrors kubectl's pkg/cmd/wait."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from harness.api.problems import ApiError
from harness.kernel.loop import sleep
from harness.objects import jsonpath
from harness.objects.meta import Object
from harness.objects.wire import to_wire
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import WEEK_MS, Run, watched
from harness.scenario.kubectl_line import wanted_value
from harness.scenario.model import Plain

_POLL_MS = 500
_DEFAULT_MS = 30_000
_TIMED_OUT = "error: timed out waiting for the condition"


class _Gone(Exception):
    """What was waited for is not there any more."""


async def play(run: Run) -> None:
    kubectl, selection, conditions = run.kubectl, run.line.selection, run.options["for"]
    timeout_ms = run.options.get("timeout", _DEFAULT_MS)
    timeout_ms = WEEK_MS if timeout_ms < 0 else timeout_ms
    ends_ms = run.clock.now_ms + timeout_ms
    words = [condition.lower() for condition in conditions]
    if "create" in words and not await _created(run, ends_ms):
        return
    found = await chosen(run, selection, look=True, ignore_missing="delete" in words)
    if not found and not kubectl.failed and "delete" not in words:
        kubectl.fail("error: no matching resources found")
    for one in found:
        for condition in conditions:
            try:
                if not await _waited(run, one, condition, ends_ms, check_only=timeout_ms == 0):
                    break
            except (ValueError, _Gone) as problem:
                kubectl.fail(f"error: {problem}" if isinstance(problem, ValueError) else str(problem))
                break


async def _created(run: Run, ends_ms: int) -> bool:
    """Look twice a second for anything to wait for; whether there was something in time."""
    while True:
        trial = run._replace(stage=_silenced(run))
        if await chosen(trial, run.line.selection, look=True):
            return True
        if run.line.selection.unknown:
            await chosen(run, run.line.selection)
            return False
        if run.clock.now_ms >= ends_ms:
            run.kubectl.fail(_TIMED_OUT)
            return False
        await sleep(min(_POLL_MS, ends_ms - run.clock.now_ms))


def _silenced(run: Run) -> Any:
    """The same stage, with a kubectl whose words nobody hears."""
    return type(run.stage)(run.stage.cluster, run.stage.step, type(run.kubectl)(run.kubectl.server))


async def _waited(run: Run, one: Chosen, condition: str, ends_ms: int, *, check_only: bool) -> bool:
    """Wait for one condition of one object, and say what came of it."""
    kubectl, resource = run.kubectl, one.kind.resource
    name = f"{resource.plural}/{one.name}"
    word = condition.lower()
    seen = _is_gone if word == "delete" else _is_there if word == "create" else _test(one, condition)
    timeout_ms = 0 if check_only else max(0, ends_ms - run.clock.now_ms)
    if not await watched(run, one.kind, one.namespace, one.name, seen, timeout_ms):
        kubectl.fail(f"error: condition not met for {name}" if check_only else f"{_TIMED_OUT} on {name}")
        return False
    # The printer of this command knows the object and not what became of it.
    kubectl.say(resource, one.name, "condition met")
    return True


def _is_gone(obj: Object | None) -> bool:
    return obj is None


def _is_there(obj: Object | None) -> bool:
    return obj is not None


def _test(one: Chosen, condition: str) -> Callable[[Object | None], bool]:
    """Whether an object is as it is wanted. What is not there any more ends the waiting."""
    kind, _, rest = condition.partition("=")
    test = _has_condition(rest) if kind == "condition" else _has_value(rest)

    def seen(obj: Object | None) -> bool:
        if obj is None:
            problem = ApiError.not_found(one.kind.resource, one.name)
            raise _Gone(f"Error from server (NotFound): {problem.message}")
        return test(to_wire(obj))

    return seen


def _has_condition(written: str) -> Callable[[Plain], bool]:
    """A condition with that status, of the spec as it is now."""
    name, _, status = written.partition("=")
    status = status or "true"

    def test(obj: Plain) -> bool:
        whole: Plain = obj.get("status") or {}
        for condition in whole.get("conditions") or []:
            if str(condition.get("type", "")).lower() == name.lower():
                observed = condition.get("observedGeneration", whole.get("observedGeneration"))
                generation = obj["metadata"].get("generation")
                if generation is not None and observed is not None and observed < generation:
                    return False
                return str(condition.get("status", "")).lower() == status.lower()
        return False

    return test


def _has_value(written: str) -> Callable[[Plain], bool]:
    """One value at an expression, and if one is wanted, that value."""
    expression, value = wanted_value(written)
    template = jsonpath.parse_expression(expression)

    def test(obj: Plain) -> bool:
        found = template.found(obj)
        if not found:
            return False
        if len(found) > 1:
            raise ValueError("given jsonpath expression matches more than one value")
        if value is None:
            return True
        if isinstance(found[0], dict | list):
            raise ValueError("jsonpath leads to a nested object or list which is not supported")
        return jsonpath.shown(found[0]).strip() == value.strip()

    return test
