"""`scale`, `patch` and `set`: changes of the workloads that a line picks.

Owns what these commands have beyond the verbs of one object. Mirrors kubectl's pkg/cmd/scale, pkg/cmd/patch and
pkg/cmd/set.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from fnmatch import fnmatchcase
from typing import Any

from harness.api import kinds, patching
from harness.api.problems import ApiError
from harness.kernel.loop import sleep
from harness.objects.meta import CustomObject
from harness.objects.wire import to_wire
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import Run
from harness.runner.verbs import patch as patch_verb
from harness.runner.verbs import scale as scale_verb
from harness.runner.verbs import set_image
from harness.scenario.model import Patch, Plain, Scale, SetImage, Target

_SYNC_MS = 1_000
_NO_ENVIRONMENT_NAME = re.compile(r"[^a-zA-Z0-9_]", re.ASCII)


async def scale(run: Run) -> None:
    kubectl, options = run.kubectl, run.options
    found = await chosen(run, run.line.selection)
    if not found and not kubectl.failed:
        kubectl.fail("error: no objects passed to scale")
    for one in found:
        failures = kubectl.failed
        if not await _as_expected(run, one):
            return
        await scale_verb.play(Scale(target=one.target, replicas=options["replicas"]), run.stage)
        if kubectl.failed and not failures:
            continue
        if options.get("timeout") and not await _synced(run, one, options["timeout"]):
            kubectl.fail(f'error: timed out waiting for "{one.name}" to be synced')
            return


async def _as_expected(run: Run, one: Chosen) -> bool:
    """Whether the object has the size and version that were named; if not, that is said."""
    kubectl, options = run.kubectl, run.options
    size, version = options.get("current-replicas", -1), options.get("resource-version", "")
    if size < 0 and not version:
        return True
    try:
        live = await kubectl.get(one.kind, one.namespace, one.name)
    except ApiError as problem:
        kubectl.refuse(problem)
        return False
    found = to_wire(live).get("spec", {}).get("replicas", 0)
    if size >= 0 and found != size:
        kubectl.fail(f"error: Expected replicas to be {size}, was {found}")
        return False
    if version and live.metadata.resource_version != version:
        kubectl.fail(f"error: Expected resource version to be {version}, was {live.metadata.resource_version}")
        return False
    return True


async def _synced(run: Run, one: Chosen, timeout_ms: int) -> bool:
    """Look every second whether there are as many replicas as there should be."""
    ends_ms = run.clock.now_ms + timeout_ms
    while run.clock.now_ms < ends_ms:
        await sleep(min(_SYNC_MS, ends_ms - run.clock.now_ms))
        try:
            live = to_wire(await run.kubectl.get(one.kind, one.namespace, one.name))
        except ApiError:
            return False
        if live.get("status", {}).get("replicas", 0) == live.get("spec", {}).get("replicas", 0):
            return True
    return False


async def patch(run: Run) -> None:
    options = run.options
    found = await chosen(run, run.line.selection)
    if not found and not run.kubectl.failed:
        run.kubectl.fail("error: no objects passed to patch")
    for one in found:
        action = Patch(
            target=one.target,
            body=options["body"],
            type=options.get("type", "strategic"),
            subresource=options.get("subresource", ""),
        )
        await patch_verb.play(action, run.stage)


async def images(run: Run) -> None:
    for one in await chosen(run, run.line.selection):
        await set_image.play(SetImage(target=one.target, images=run.options["set"]), run.stage)


async def resources(run: Run) -> None:
    """Requirements of every container, or of those that are named."""
    options = run.options
    wanted = {name: options[name] for name in ("limits", "requests") if name in options}

    def changed(container: Plain) -> Plain | None:
        present = container.get("resources", {})
        merged = {name: {**present.get(name, {}), **amounts} for name, amounts in wanted.items()}
        if all(present.get(name, {}) == amounts for name, amounts in merged.items()):
            return None
        return {"resources": merged}

    for one in await chosen(run, run.line.selection, look=True):
        await _of_containers(run, one, changed, "resource requirements updated")


async def environment(run: Run) -> None:
    """Variables of every container, or of those that are named."""
    options, kubectl = run.options, run.kubectl
    added = await _from_source(run, options["source"]) if options["source"] is not None else []
    given = [{"name": name, "value": value} for name, value in options["set"].items() if value is not None]
    wanted = [{**each, "name": f"{options.get('prefix', '')}{each['name']}"} for each in (*given, *added)]
    removed = [name for name, value in options["set"].items() if value is None]
    for one in await chosen(run, run.line.selection, look=True):
        if options.get("list"):
            _list_environment(run, one, wanted, removed)
            continue
        taken = _taken(run, one, wanted)
        if not options.get("overwrite", True) and taken is not None:
            name = f"{one.kind.resource.plural}/{one.name}"
            text = f"'{taken['name']}' already has a value ({taken.get('value', '')}), and --overwrite is false"
            kubectl.fail(f"error: {name} {text}\n")
            continue

        def changed(container: Plain) -> Plain | None:
            present = {each["name"]: each for each in container.get("env", [])}
            news = [each for each in wanted if present.get(each["name"]) != _served(each)]
            gone = [{"name": name, "$patch": "delete"} for name in removed if name in present]
            return {"env": [*news, *gone]} if news or gone else None

        await _of_containers(run, one, changed, "env updated")


def _served(variable: Plain) -> Plain:
    """A variable as the server shows it: without a value that is empty."""
    return {key: value for key, value in variable.items() if value != ""}


async def _from_source(run: Run, source: Target) -> list[Plain]:
    """A variable for each key of a config map or secret."""
    kind = kinds.of_resource(source.resource)
    try:
        found = to_wire(await run.kubectl.get(kind, source.namespace, source.name))
    except ApiError as problem:
        run.kubectl.refuse(problem)
        return []
    field = "configMapKeyRef" if source.resource.kind == "ConfigMap" else "secretKeyRef"
    variables = []
    for key in sorted(found.get("data", {})):
        if key not in run.options.get("keys", (key,)):
            continue
        name = _NO_ENVIRONMENT_NAME.sub("_", key).upper()
        if name != key:
            run.kubectl.warn(f"Warning: key {key} transferred to {name}")
        variables.append({"name": name, "valueFrom": {field: {"name": source.name, "key": key}}})
    return variables


def _picked(run: Run, one: Chosen) -> dict[str, list[Plain]]:
    """The containers that are meant, by the list they stand in."""
    assert one.obj is not None
    spec = set_image.pod_spec(to_wire(one.obj))
    pattern = run.options.get("containers", "*")
    return {
        group: [container for container in spec.get(group) or [] if fnmatchcase(container["name"], pattern)]
        for group in ("containers", "initContainers")
    }


def _taken(run: Run, one: Chosen, wanted: list[Plain]) -> Plain | None:
    """A variable that has another value already."""
    for containers in _picked(run, one).values():
        for container in containers:
            present = {each["name"]: each for each in container.get("env", [])}
            for each in wanted:
                found = present.get(each["name"])
                if found is not None and found.get("value", "") != each.get("value", ""):
                    return dict(found)
    return None


def _list_environment(run: Run, one: Chosen, wanted: list[Plain], removed: list[str]) -> None:
    for containers in _picked(run, one).values():
        for container in containers:
            run.kubectl.printed.append(f"# {one.kind.resource.kind} {one.name}, container {container['name']}")
            variables = {each["name"]: each for each in container.get("env", [])}
            variables.update({each["name"]: each for each in wanted})
            for name, each in variables.items():
                if name not in removed:
                    run.kubectl.printed.append(_told(each))


def _told(variable: Plain) -> str:
    """`LEVEL=debug`, or where the value comes from."""
    source = variable.get("valueFrom")
    if source is None:
        return f"{variable['name']}={variable.get('value', '')}"
    for field, word in (("configMapKeyRef", "configmap"), ("secretKeyRef", "secret")):
        if field in source:
            return f"# {variable['name']} from {word} {source[field]['name']}, key {source[field]['key']}"
    if "fieldRef" in source:
        return f"# {variable['name']} from field path {source['fieldRef']['fieldPath']}"
    reference = source.get("resourceFieldRef", {})
    return f"# {variable['name']} from resource field {reference.get('resource', '')}"


async def _of_containers(run: Run, one: Chosen, changed: Callable[[Plain], Plain | None], done: str) -> None:
    """Patch what changes in the containers that are meant; nothing is asked for where nothing does."""
    kubectl = run.kubectl
    picked = _picked(run, one)
    if not any(picked.values()):
        kubectl.fail(f"error: unable to find container named {run.options.get('containers', '*')}")
        return
    changes: dict[str, list[Plain]] = {}
    for group, containers in picked.items():
        for container in containers:
            change = changed(container)
            if change is not None:
                changes.setdefault(group, []).append({"name": container["name"], **change})
    if not changes:
        return
    assert one.obj is not None
    body: dict[str, Any] = {"spec": changes}
    if "template" in (to_wire(one.obj).get("spec") or {}):
        body = {"spec": {"template": {"spec": changes}}}
    type_ = patching.MERGE if one.kind.type is CustomObject else patching.STRATEGIC
    try:
        _, warned = await kubectl.ask(
            lambda: patching.patch(kubectl.server, one.kind, one.namespace, one.name, type_, body, cause=kubectl.cause)
        )
    except ApiError as problem:
        what = "env" if done.startswith("env") else "resources"
        colon = ":" if what == "env" else ""
        kubectl.fail(f"error: failed to patch {what} update to pod template{colon} {problem.message}")
        return
    kubectl.pass_on(warned)
    kubectl.say(one.kind.resource, one.name, done)
