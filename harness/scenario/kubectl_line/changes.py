"""How the words of commands that change objects are read: pairs of keys and values, images, taints, patches, nodes.

Owns what may stand after the objects of such a command. Mirrors kubectl's pkg/cmd/util/helpers.go and the commands'
own files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.errors import ScenarioError
from harness.objects import quantity, resources
from harness.objects.resources import Resource
from harness.scenario import streams
from harness.scenario.complaints import did_you_mean, one_of, quoted
from harness.scenario.kubectl_line.command import Meaning
from harness.scenario.kubectl_line.options import Written, Wrong
from harness.scenario.kubectl_line.selecting import Scope, selection
from harness.scenario.model import Selection, TaintSetting, Target
from harness.scenario.names import wrong_with_key, wrong_with_value
from harness.scenario.values import EFFECTS

Changes = dict[str, "str | None"]

_EXPOSED = ("Deployment", "Pod", "ReplicaSet", "ReplicationController", "Service")


# Pairs


def split(words: list[str], what: str) -> tuple[list[str], list[str]]:
    """The words for objects, and after them the changes: `key=value` and `key-`."""
    objects: list[str] = []
    pairs: list[str] = []
    for word in words:
        if ("=" in word and not word.startswith("=")) or (word.endswith("-") and word != "-"):
            pairs.append(word)
        elif pairs:
            raise Wrong(f"found {quoted(word)} after a change, expected every resource before the first {what}")
        else:
            objects.append(word)
    return objects, pairs


def _changes(pairs: list[str], what: str) -> Changes:
    """Keys with their new values, None for `key-`."""
    changes: Changes = {}
    removed = []
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if equals:
            changes[key] = value
        else:
            removed.append(pair[:-1])
    both = [key for key in removed if key in changes]
    if both:
        raise Wrong(f"found {quoted(both[0])} to be set and to be removed, expected one of them")
    for key in [*changes, *removed]:
        expected = wrong_with_key(key)
        if expected is not None:
            raise Wrong(f"found {quoted(key)} as the key of {what}, expected {expected}")
    return {**changes, **dict.fromkeys(removed)}


def labelled(written: Written, scope: Scope) -> Meaning:
    objects, pairs = split(written.words, "label")
    changes = _changes(pairs, "a label")
    for value in changes.values():
        expected = wrong_with_value(value or "")
        if expected is not None:
            raise Wrong(f"found {quoted(value or '')} as the value of a label, expected {expected}")
    return _marked(objects, changes, written, scope, "label")


def annotated(written: Written, scope: Scope) -> Meaning:
    objects, pairs = split(written.words, "annotation")
    return _marked(objects, _changes(pairs, "an annotation"), written, scope, "annotation")


def _marked(objects: list[str], changes: Changes, written: Written, scope: Scope, what: str) -> Meaning:
    values = written.values
    if not changes and not values.get("list"):
        raise Wrong(f"found no {what} to set, expected one such as tier=front or tier-")
    chosen = selection(objects, values, scope, whole_kinds=False)
    if "resource-version" in values and (chosen.resources or len(chosen.targets) > 1):
        raise Wrong("found --resource-version with several resources, expected it with one")
    return Meaning(chosen, (), {**values, "set": changes})


# Workloads


def images(written: Written, scope: Scope) -> Meaning:
    objects, pairs = split(written.words, "image")
    found = _changes_of(pairs, "image", "nginx=nginx:1.28")
    return Meaning(selection(objects, written.values, scope), (), {**written.values, "set": found})


def _changes_of(pairs: list[str], what: str, example: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for pair in pairs:
        key, equals, value = pair.partition("=")
        if not equals or not value:
            raise Wrong(f"found {quoted(pair)} as {what}, expected one such as {example}")
        found[key] = value
    if not found:
        raise Wrong(f"found no {what}, expected one such as {example}")
    return found


def environment(written: Written, scope: Scope) -> Meaning:
    values = written.values
    objects, pairs = split(written.words, "variable")
    changes: Changes = {}
    for pair in (*values.get("env", ()), *pairs):
        name, equals, value = pair.partition("=")
        if not equals and not pair.endswith("-"):
            raise Wrong(f"found {quoted(pair)}, expected a variable such as LEVEL=debug or LEVEL-")
        changes[name if equals else pair[:-1]] = value if equals else None
    if "keys" in values and "from" not in values:
        raise Wrong("found --keys without --from, expected both")
    source: Target | None = None
    if "from" in values:
        source = _source(values["from"], scope)
    if not changes and source is None and not values.get("list"):
        raise Wrong("found no variable to set, expected one such as LEVEL=debug or LEVEL-")
    return Meaning(selection(objects, values, scope), (), {**values, "set": changes, "source": source})


def _source(word: str, scope: Scope) -> Target:
    chosen = selection([word], {}, scope)
    if not chosen.targets or chosen.targets[0].resource.kind not in ("ConfigMap", "Secret"):
        raise Wrong(f"found {quoted(word)} after --from, expected configmap/… or secret/…")
    return chosen.targets[0]


def requirements(written: Written, scope: Scope) -> Meaning:
    values = dict(written.values)
    if not {"limits", "requests"} & values.keys():
        raise Wrong(
            "found neither --limits nor --requests, expected one of them such as --limits=cpu=200m,memory=512Mi"
        )
    for name in ("limits", "requests"):
        if name in values:
            values[name] = amounts(values[name])
    return Meaning(selection(written.words, values, scope), (), values)


def amounts(text: str) -> dict[str, str]:
    """`cpu=200m,memory=512Mi` as resources with their amounts."""
    found: dict[str, str] = {}
    for pair in text.split(","):
        name, equals, amount = pair.partition("=")
        if not equals or "=" in amount or not name:
            raise Wrong(f"found {quoted(pair)}, expected a resource and its amount such as cpu=200m")
        try:
            found[name] = quantity.canonical(amount)
        except ValueError as error:
            raise Wrong(f"found {quoted(amount)}, expected an amount such as 200m or 512Mi: {error}") from None
    return found


def patched(written: Written, scope: Scope) -> Meaning:
    values = dict(written.values)
    if ("patch" in values) == ("patch-file" in values):
        raise Wrong("found not exactly one of --patch and --patch-file, expected one of them")
    body = _body(values["patch"] if "patch" in values else scope.text(values["patch-file"]))
    if isinstance(body, list) != (values.get("type") == "json") or not isinstance(body, dict | list):
        shape = "a list of operations" if values.get("type") == "json" else "a mapping of the fields to change"
        raise Wrong(f"found a patch of another shape, expected {shape} for a patch of this type")
    return Meaning(selection(written.words, values, scope), (), {**values, "body": body})


def _body(text: str) -> Any:
    """A patch in JSON or YAML as data."""
    try:
        return next((read.data for read in streams.documents(text, "")), None)
    except (streams.Unreadable, ScenarioError) as problem:
        said = problem.message if isinstance(problem, ScenarioError) else str(problem)
        raise Wrong(f"found a patch that is neither JSON nor YAML: {said}") from None


# Nodes


def nodes(words: list[str], values: Mapping[str, Any], scope: Scope) -> Selection:
    """Nodes by name, with or without `node/`, or by label."""
    found = _node_resource()
    if "selector" in values or values.get("all"):
        if words:
            raise Wrong("found a node beside a selector or --all, expected one of them")
        return selection(["nodes"], values, scope)
    if not words:
        raise Wrong("found no node, expected one such as node-1, or -l")
    names = []
    for word in words:
        kind, slash, name = word.partition("/")
        if slash and scope.find(kind) != found:
            raise Wrong(f"found {quoted(word)}, expected a node such as node-1")
        names.append(name if slash else word)
    targets = tuple(Target(resource=found, name=name, namespace="", written=f"node/{name}") for name in names)
    return Selection(targets=targets, namespace=scope.namespace)


def _node_resource() -> Resource:
    found = resources.find("nodes")
    assert found is not None
    return found


def drained(written: Written, scope: Scope) -> Meaning:
    values = written.values
    if "pod-selector" in values:
        selection(["pods"], {"selector": values["pod-selector"]}, scope)
    return Meaning(nodes(written.words, values, scope), (), values)


def tainted(written: Written, scope: Scope) -> Meaning:
    objects: list[str] = []
    taints: list[TaintSetting] = []
    for word in written.words:
        if "=" in word or ":" in word or word.endswith("-"):
            taints.append(_taint(word))
        elif taints:
            raise Wrong(f"found {quoted(word)} after a taint, expected every node before the first taint")
        else:
            objects.append(word)
    if not taints:
        raise Wrong("found no taint, expected one such as key=value:NoSchedule or key-")
    if not objects:
        raise Wrong("found no node, expected node and a name")
    kind = scope.find(objects[0])
    if kind != _node_resource():
        raise Wrong(f"found {quoted(objects[0])}, expected node and a name")
    added = [taint for taint in taints if not taint.removed]
    for taint in taints:
        if taint.removed and any(other.key == taint.key and taint.effect in ("", other.effect) for other in added):
            raise Wrong(f"found the taint {quoted(taint.key)} to be set and to be removed, expected one of them")
    if len({(taint.key, taint.effect) for taint in added}) < len(added):
        raise Wrong("found the same key and effect twice, expected each taint once")
    chosen = nodes(objects[1:], written.values, scope)
    return Meaning(chosen, (), {**written.values, "set": tuple(taints)})


def _taint(word: str) -> TaintSetting:
    """`key=value:Effect`, `key:Effect`, and with a minus at the end what is removed."""
    removed = word.endswith("-")
    rest, _, effect = word.removesuffix("-").partition(":")
    key, _, value = rest.partition("=")
    if (not effect and not removed) or ":" in effect:
        raise Wrong(f"found the taint {quoted(word)}, expected key=value:Effect, key:Effect or key-")
    if effect and effect not in EFFECTS:
        guess = did_you_mean(effect, EFFECTS)
        raise Wrong(f"found the effect {quoted(effect)}, expected {one_of(EFFECTS)}{guess}")
    expected = wrong_with_key(key) or wrong_with_value(value)
    if expected is not None:
        raise Wrong(f"found the taint {quoted(word)}, expected a key and a value of {expected}")
    return TaintSetting(key=key, value="" if removed else value, effect=effect, removed=removed)


# What is made for an object that is there


def exposed(written: Written, scope: Scope) -> Meaning:
    values = dict(written.values)
    for name in ("port",):
        if name in values and not all(port.isdecimal() and port.isascii() for port in values[name].split(",")):
            raise Wrong(f'found {quoted(values[name])}, expected a number for the option "--{name}"')
    for name in ("selector", "labels"):
        if name in values:
            values[name] = equalities(values[name])
    chosen = selection(written.words, {key: value for key, value in values.items() if key == "filename"}, scope)
    for target in chosen.targets:
        if target.resource.kind not in _EXPOSED:
            raise Wrong(f"found {quoted(str(target))}, which cannot be exposed; expected one of {one_of(_EXPOSED)}")
    return Meaning(chosen, (), values)


def equalities(text: str) -> dict[str, str]:
    """`app=web,tier=front` as a mapping."""
    found: dict[str, str] = {}
    for pair in text.split(","):
        key, equals, value = pair.partition("=")
        if not equals or not key or "=" in value:
            raise Wrong(f"found {quoted(pair)}, expected a label such as app=web")
        found[key] = value
    return found


def autoscaled(written: Written, scope: Scope) -> Meaning:
    values = dict(written.values)
    least, most = values.get("min", -1), values["max"]
    if most < least:
        raise Wrong(f"found --max={most} below --min={least}, expected at least that")
    if values.get("cpu-percent", -1) > 0 and "cpu" in values:
        raise Wrong("found --cpu-percent beside --cpu, expected one of them")
    values["metrics"] = [
        {"type": "Resource", "resource": {"name": name, "target": _aim(values[name], unit)}}
        for name, unit in (("cpu", "m"), ("memory", "Mi"))
        if name in values
    ]
    if values.get("cpu-percent", -1) > 0:
        aim = {"type": "Utilization", "averageUtilization": values["cpu-percent"]}
        values["metrics"].insert(0, {"type": "Resource", "resource": {"name": "cpu", "target": aim}})
    return Meaning(selection(written.words, written.values, scope), (), values)


def _aim(written: str, unit: str) -> dict[str, Any]:
    """`70%` of the request, or an average amount; a bare number is in the resource's usual unit."""
    share = written.removesuffix("%")
    if share != written:
        if not (share.isdecimal() and share.isascii() and 0 < int(share) < 2**31):
            raise Wrong(f"found {quoted(written)}, expected a percentage such as 70%")
        return {"type": "Utilization", "averageUtilization": int(share)}
    bare = written.replace(".", "", 1)
    amount = f"{written}{unit}" if bare.isdecimal() and bare.isascii() else written
    try:
        return {"type": "AverageValue", "averageValue": quantity.canonical(amount)}
    except ValueError as error:
        raise Wrong(
            f"found {quoted(written)}, expected a percentage or an amount such as 70% or 500m: {error}"
        ) from None


def wanted_value(text: str) -> tuple[str, str | None]:
    """`{.status.phase}=Running` as expression and value; None where any value will do. Two equal signs are none."""
    parts, part, at = [], "", 0
    while at < len(text):
        if text.startswith("==", at):
            part += "=="
            at += 2
        elif text[at] == "=":
            parts.append(part)
            part = ""
            at += 1
        else:
            part += text[at]
            at += 1
    parts.append(part)
    if len(parts) > 2:
        raise Wrong(f"found {quoted(text)}, expected an expression and at most one value")
    return parts[0], parts[1].strip("'\"") if len(parts) == 2 else None
