"""The verbs: for each, the keys that may stand beside it and the action they make.

Owns the table of verbs and what every step may have (`for`, `settle`, `rejected`, `namespace`). Whether a verb is
played, and what it does, is known elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from harness.objects import resources
from harness.objects.resources import Resource
from harness.scenario.cluster_nodes import SOME_PATHS, paths
from harness.scenario.complaints import Refused, nearest, one_of, quoted
from harness.scenario.labels import selector
from harness.scenario.manifests import Fence, looks_like_path, read_manifests, read_named_text
from harness.scenario.model import (
    Action,
    Annotate,
    Apply,
    Cordon,
    Create,
    Delete,
    Drain,
    Evict,
    Expect,
    Fail,
    Images,
    Label,
    Load,
    Manifest,
    Patch,
    Paths,
    Plain,
    Recover,
    Replace,
    Rollout,
    Scale,
    SetImage,
    Step,
    Taint,
    Target,
    Uncordon,
    Wait,
)
from harness.scenario.nodes import Mapping, Node, Scalar, Sequence, found, plain
from harness.scenario.questions import plain_question, questions
from harness.scenario.scalars import Rules, by_core_schema, by_kubectl, by_patch
from harness.scenario.schema import (
    MERGE_KEY,
    Key,
    Keys,
    Reading,
    list_of,
    mapping,
    mapping_of,
    merges,
    not_empty,
    read_all,
    read_keys,
)
from harness.scenario.settings import images
from harness.scenario.targets import failing_target, node_name, parse_targets, pod, resource, target
from harness.scenario.values import (
    A_TAINT,
    INT32,
    choice,
    duration_ms,
    metric_value,
    or_nothing,
    taint_change,
    text,
    truth,
    use,
    whole,
    word,
)

_COMMON: Keys = {
    "namespace": Key("namespace", text),
    "for": Key("limit_ms", duration_ms),
    "settle": Key("settle", truth),
    "rejected": Key("rejected", truth),
}
_ALL = tuple(_COMMON)
_CLUSTER_WIDE = ("for", "settle", "rejected")
_LONGEST_MANAGER = 128
_OF_THE_WORLD = ("namespace", "for", "settle")
_WITH_PODS = ("DaemonSet", "Deployment", "Job", "Pod", "ReplicaSet", "ReplicationController", "StatefulSet")
_WITH_MANIFESTS = ("apply", "create", "delete", "replace")
# How the value of a key is read, if not by YAML 1.2 as the scenario itself is.
_RULES: dict[str, Rules] = {**dict.fromkeys(_WITH_MANIFESTS, by_kubectl), "with": by_patch}


def _simply(shape: Callable[..., Action]) -> Callable[[Mapping, Plain, Reading], Action]:
    return lambda _step, fields, _reading: shape(**fields)


def _manifests(node: Node, reading: Reading) -> tuple[Manifest, ...]:
    """What was read from these nodes before the steps were."""
    read = [reading.manifests[id(item)] for item in _items(node)]
    if not read:
        reading.refuse(node, "found an empty list, expected a path, a manifest or a list of either")
    if None in read:
        raise Refused
    return tuple(manifest for manifests in read for manifest in manifests or ())


def _items(node: Node) -> list[Node]:
    return node.items if isinstance(node, Sequence) else [node]


def _of_manifests(shape: Callable[..., Action]) -> Callable[[Mapping, Plain, Reading], Action]:
    """For a verb whose files are read already; `recursive` says only which those are."""

    def make(_step: Mapping, fields: Plain, _reading: Reading) -> Action:
        fields.pop("recursive", None)
        return shape(**fields)

    return make


def _untouched(node: Node, _reading: Reading) -> Node:
    """For a value that is read once its neighbours are known."""
    return node


def _apply(node: Mapping, fields: Plain, reading: Reading) -> Action:
    if fields.get("force_conflicts") and not fields.get("server_side"):
        reading.refuse(node, 'found "forceConflicts" without "serverSide: true", where there are no conflicts')
    return _of_manifests(Apply)(node, fields, reading)


def _manager(node: Node, reading: Reading) -> str:
    """A name for the writer of fields, as the API server takes it."""
    name = text(node, reading)
    if len(name) > _LONGEST_MANAGER or not name.isprintable():
        reading.refuse(node, f"found {found(node)}, expected a name of at most {_LONGEST_MANAGER} printable characters")
    return name


def _delete(_step: Mapping, fields: Plain, reading: Reading) -> Action:
    value: Node = fields.pop("what")
    items = _items(value)
    if "recursive" in fields and not all(id(item) in reading.manifests for item in items):
        reading.refuse(value, f'found {found(value)} beside "recursive", expected it beside the path of a folder')
    fields.pop("recursive", None)
    if "selector" in fields:
        if not isinstance(value, Scalar) or "/" in value.text:
            reading.refuse(value, f"found {found(value)} beside a selector, expected a kind such as pods")
        return Delete(resource=resource(value, reading), **fields)
    if not items:
        reading.refuse(value, "found an empty list, expected a target, a path or a list of either")
    of_files = [id(item) in reading.manifests for item in items]
    if all(of_files):
        return Delete(manifests=_manifests(value, reading), **fields)
    if any(of_files):
        reading.refuse(
            value, "found targets and manifests in one list, expected one or the other: make two steps of it"
        )
    named = read_all(items, _doomed, reading)
    return Delete(targets=tuple(target for targets in named for target in targets), **fields)


def _doomed(node: Node, reading: Reading) -> tuple[Target, ...]:
    """Targets; a kind alone would be the whole kind, which only a selector may pick from."""
    word = node.value() if isinstance(node, Scalar) else None
    if isinstance(word, str) and (resources.find(word) or reading.custom.get(word.lower())):
        reading.refuse(
            node, f'found the kind {quoted(word)} alone, expected "selector" beside it, or a target such as {word}/web'
        )
    return parse_targets(node, reading)


def _patch(node: Mapping, fields: Plain, reading: Reading) -> Action:
    body: Node | None = fields.pop("body", None)
    if body is None and "partition" not in fields:
        reading.refuse(node, 'the step "patch" has neither "with" nor "partition", expected one of them')
    if body is not None and "partition" in fields:
        reading.refuse(node, 'the step "patch" has "with" and "partition", expected one of them and not both')
    if body is None:
        if not {"type", "subresource"}.isdisjoint(fields):
            reading.refuse(node, 'found "type" or "subresource" beside "partition", expected them beside "with" only')
        if fields["target"].resource.kind != "StatefulSet":
            reading.refuse(node, f'found "partition" for {fields["target"]}, expected it for a StatefulSet only')
        return Patch(**fields)
    is_json = fields.get("type") == "json"
    if isinstance(body, Scalar) or isinstance(body, Sequence) != is_json:
        shape = "a list of operations" if is_json else "a mapping of the fields to change"
        reading.refuse(body, f"found {found(body, by_patch)}, expected {shape} for a patch of this type")
    return Patch(body=plain(body, by_patch, reading.complain), **fields)


def _rollout(node: Mapping, fields: Plain, reading: Reading) -> Action:
    if "to_revision" in fields and fields["action"] != "undo":
        reading.refuse(node, f'found "toRevision" beside {fields["action"]}, expected it beside undo only')
    return Rollout(**fields)


def _fail(node: Mapping, fields: Plain, reading: Reading) -> Action:
    kind = fields["target"].resource.kind
    if kind != "Pod" and fields.keys() & {"container", "exit"}:
        reading.refuse(node, f'found "container" or "exit" for a {kind.lower()}, expected them for a pod only')
    if kind != "Provisioner" and "message" in fields:
        reading.refuse(node, f'found "message" for a {kind.lower()}, expected it for a provisioner only')
    return Fail(**fields)


def _load(node: Mapping, fields: Plain, reading: Reading) -> Action:
    if len(fields) == 1:
        reading.refuse(node, 'the step "load" says no load, expected cpu, memory or metrics beside it')
    kind = fields["target"].resource.kind
    if kind not in _WITH_PODS and fields.keys() & {"cpu", "memory"}:
        reading.refuse(node, f'found "cpu" or "memory" for a {kind.lower()}, expected them for a workload or a pod')
    return Load(**fields)


def _kubectl(_step: Mapping, fields: Plain, reading: Reading) -> Action:
    # The commands are many, and most scenarios have none.
    from harness.scenario import kubectl_line

    value: Node = fields["line"]
    line = text(value, reading)

    def manifests(path: str) -> tuple[Manifest, ...]:
        found = reading.files[id(value), path]
        if not isinstance(found, tuple):
            raise Refused
        return found

    def content(path: str) -> str:
        found = reading.files[id(value), path]
        if not isinstance(found, str):
            raise Refused
        return found

    def find(word: str) -> Resource | None:
        return resources.find(word) or reading.custom.get(word.lower())

    try:
        return kubectl_line.kubectl(line, kubectl_line.Scope(find, manifests, content, None))
    except kubectl_line.Wrong as wrong:
        reading.refuse(value, str(wrong))


def _taints(node: Node, reading: Reading) -> Any:
    if isinstance(node, Mapping):
        reading.expected(node, _TAINTS)
    return read_all(_items(node), taint_change, reading)


class Verb(NamedTuple):
    """One verb: its own keys (the verb first), the common keys that may stand beside it, and the action they make."""

    keys: Keys
    common: tuple[str, ...]
    build: Callable[[Mapping, Plain, Reading], Action]


_TAINTS = f"{A_TAINT} or key-, or a list of them"
_TEXTS = "a mapping such as {tier: web, old: null}"
_IMAGES = "a mapping from container to image such as {broker: broker:1.1}"
_BEHAVIOURS = "a mapping from image to behaviour such as {broker:1.1: {ready: 5s}}"
_texts = not_empty(mapping_of(or_nothing(word), _TEXTS), _TEXTS)
_METRICS = "a mapping from metric to quantity such as {requests: 50}"
_quantities = not_empty(mapping_of(metric_value, _METRICS), _METRICS)
VERBS: dict[str, Verb] = {
    "apply": Verb(
        {
            "apply": Key("manifests", _manifests),
            "recursive": Key("recursive", truth),
            "serverSide": Key("server_side", truth),
            "forceConflicts": Key("force_conflicts", truth),
            "fieldManager": Key("field_manager", _manager),
        },
        _ALL,
        _apply,
    ),
    "create": Verb(
        {"create": Key("manifests", _manifests), "recursive": Key("recursive", truth)}, _ALL, _of_manifests(Create)
    ),
    "replace": Verb(
        {
            "replace": Key("manifests", _manifests),
            "recursive": Key("recursive", truth),
            "force": Key("force", truth),
        },
        _ALL,
        _of_manifests(Replace),
    ),
    "delete": Verb(
        {
            "delete": Key("what", _untouched),
            "recursive": Key("recursive", truth),
            "selector": Key("selector", selector),
            "cascade": Key("cascade", choice("background", "foreground", "orphan")),
            "gracePeriod": Key("grace_period_seconds", whole(0, INT32[1])),
        },
        _ALL,
        _delete,
    ),
    "scale": Verb(
        {"scale": Key("target", target), "replicas": Key("replicas", whole(*INT32), required=True)},
        _ALL,
        _simply(Scale),
    ),
    "patch": Verb(
        {
            "patch": Key("target", target),
            "with": Key("body", _untouched),
            "type": Key("type", choice("strategic", "merge", "json")),
            "subresource": Key("subresource", text),
            "partition": Key("partition", whole(*INT32)),
        },
        _ALL,
        _patch,
    ),
    "setImage": Verb(
        {
            "setImage": Key("target", target),
            "images": Key("images", not_empty(mapping_of(word, _IMAGES), _IMAGES), required=True),
        },
        _ALL,
        _simply(SetImage),
    ),
    "rollout": Verb(
        {
            "rollout": Key("action", choice("undo", "restart", "pause", "resume")),
            "of": Key("target", target, required=True),
            "toRevision": Key("to_revision", whole(0)),
        },
        _ALL,
        _rollout,
    ),
    "label": Verb({"label": Key("target", target), "set": Key("set", _texts, required=True)}, _ALL, _simply(Label)),
    "annotate": Verb(
        {"annotate": Key("target", target), "set": Key("set", _texts, required=True)}, _ALL, _simply(Annotate)
    ),
    "taint": Verb(
        {"taint": Key("node", node_name), "set": Key("set", not_empty(_taints, _TAINTS), required=True)},
        _CLUSTER_WIDE,
        _simply(Taint),
    ),
    "cordon": Verb({"cordon": Key("node", node_name)}, _CLUSTER_WIDE, _simply(Cordon)),
    "uncordon": Verb({"uncordon": Key("node", node_name)}, _CLUSTER_WIDE, _simply(Uncordon)),
    "drain": Verb({"drain": Key("node", node_name)}, _CLUSTER_WIDE, _simply(Drain)),
    "evict": Verb({"evict": Key("target", pod)}, _ALL, _simply(Evict)),
    "fail": Verb(
        {
            "fail": Key("target", failing_target),
            "container": Key("container", text),
            "exit": Key("exit", whole(0, 255)),
            "message": Key("message", text),
        },
        _OF_THE_WORLD,
        _fail,
    ),
    "recover": Verb({"recover": Key("target", failing_target)}, _OF_THE_WORLD, _simply(Recover)),
    "images": Verb({"images": Key("behaviours", not_empty(images, _BEHAVIOURS))}, ("for", "settle"), _simply(Images)),
    "paths": Verb(
        {"paths": Key("node", node_name), "set": Key("set", not_empty(paths, SOME_PATHS), required=True)},
        _CLUSTER_WIDE,
        _simply(Paths),
    ),
    "load": Verb(
        {
            "load": Key("target", target),
            "cpu": Key("cpu", use),
            "memory": Key("memory", use),
            "metrics": Key("metrics", _quantities),
        },
        _OF_THE_WORLD,
        _load,
    ),
    "wait": Verb({"wait": Key("duration_ms", duration_ms)}, (), _simply(Wait)),
    "expect": Verb({"expect": Key("questions", questions)}, ("namespace",), _simply(Expect)),
    "kubectl": Verb({"kubectl": Key("line", _untouched)}, _CLUSTER_WIDE, _kubectl),
}


# Keys that stand beside a verb, and so are no verb that was spelled wrong.
_BESIDE = frozenset(key for verb in VERBS.values() for key in verb.keys if key not in VERBS)

# What people write for a verb, in small letters.
_OTHER_WORDS = {
    **dict.fromkeys(("restart", "undo", "pause", "resume"), "rollout"),
    **dict.fromkeys(("exec", "run"), "kubectl"),
    **dict.fromkeys(("get", "assert", "check"), "expect"),
    **dict.fromkeys(("image", "set"), "setImage"),
    "sleep": "wait",
    "remove": "delete",
}


def read_every_manifest(steps: Node, reading: Reading, fence: Fence) -> Iterator[Plain]:
    """Reads the files and manifests that steps name; gives every object of a manifest, for the kinds they bring."""
    for step in steps.items if isinstance(steps, Sequence) else []:
        if not isinstance(step, Mapping):
            continue
        line = step.get("kubectl")
        if isinstance(line, Scalar):
            yield from _read_files(line, reading, fence)
        for verb in _WITH_MANIFESTS:
            value = step.get(verb)
            for item in _items(value) if value is not None else []:
                if verb == "delete" and not _names_manifest(item):
                    continue
                recursive = step.get("recursive")
                manifests = read_manifests(
                    item,
                    reading,
                    fence,
                    may_generate_name=verb == "create",
                    recursive=isinstance(recursive, Scalar) and recursive.value() is True,
                )
                reading.manifests[id(item)] = manifests
                for manifest in manifests or ():
                    yield from manifest.documents


def _read_files(line: Scalar, reading: Reading, fence: Fence) -> Iterator[Plain]:
    """Reads the files that a command line names; gives the objects of its manifests."""
    from harness.scenario import kubectl_line

    for file in kubectl_line.files(line.text):
        named = Scalar(file.path, False, line.line, line.column)
        found: tuple[Manifest, ...] | str | None
        if file.is_manifest:
            found = read_manifests(
                named, reading, fence, may_generate_name=file.may_generate_name, recursive=file.recursive
            )
        else:
            found = read_named_text(named, reading, fence)
        reading.files[id(line), file.path] = found
        for manifest in found if isinstance(found, tuple) else ():
            yield from manifest.documents


def _names_manifest(node: Node) -> bool:
    return isinstance(node, Mapping) or (isinstance(node, Scalar) and looks_like_path(node.text))


def steps(node: Node, reading: Reading) -> tuple[Step, ...]:
    """Every step that can be read; the others are complained about."""
    if (isinstance(node, Scalar) and node.value() is None) or (isinstance(node, Sequence) and not node.items):
        reading.refuse(node, "found no steps, expected a list of at least one")
    return list_of(_step, "a list of steps")(node, reading)


def _step(node: Node, reading: Reading) -> Step:
    step = mapping(node, reading, "a step: a mapping with one verb, such as {delete: pod/web-0}")
    name = _verb(step, reading)
    verb = VERBS[name]
    allowed = {**verb.keys, **{key: _COMMON[key] for key in verb.common}}
    for key, _ in step.entries:
        if key.text in _COMMON and key.text not in allowed:
            reading.refuse(key, f"found {quoted(key.text)} beside {quoted(name)}, where it means nothing: leave it out")
    namespace = step.get("namespace")
    reading.namespace = text(namespace, reading) if namespace is not None and "namespace" in allowed else "default"
    fields = read_keys(step, allowed, reading, f"the step {quoted(name)}")
    common = {key.field: fields.pop(key.field) for key in _COMMON.values() if key.field in fields}
    action = verb.build(step, fields, reading)
    return Step(action=action, at=reading.at(step), written=_written(step), **common)


def _verb(step: Mapping, reading: Reading) -> str:
    """The one verb of a step."""
    if not step.entries:
        reading.refuse(step, f"found an empty step, expected one of {one_of(VERBS)}")
    verbs = [name for name, _ in step.entries if name.text in VERBS]
    # A verb's word can also be a key beside another verb: `images` beside `setImage`, however that one is spelled.
    meant = [_meant(name) for name, _ in step.entries if name.text not in _COMMON]
    beside = {key for verb in meant if verb is not None for key in VERBS[verb].keys if key != verb}
    verbs = [name for name in verbs if name.text not in beside]
    if len(verbs) > 1:
        both = " and ".join(quoted(name.text) for name in verbs)
        reading.refuse(verbs[1], f"found {len(verbs)} verbs in one step, {both}; expected one: make each a step")
    if verbs:
        return verbs[0].text
    names = [name for name, _ in step.entries if name.text not in _COMMON and name.text not in VERBS]
    first = next((name for name in names if name.text not in _BESIDE), (names or [step.entries[0][0]])[0])
    if merges(first):
        reading.refuse(first, MERGE_KEY)
    verb = _meant(first)
    guess = f"; did you mean {quoted(verb)}?" if verb is not None else f": {one_of(VERBS)}"
    return reading.refuse(first, f"found {quoted(first.text)}, expected a verb{guess}")


def _meant(name: Scalar) -> str | None:
    """The verb that a key is, or was most likely meant to be."""
    if name.text in VERBS:
        return name.text
    return _OTHER_WORDS.get(name.text.lower()) or nearest(name.text, VERBS)


def _written(step: Mapping) -> Plain:
    return {name.text: _written_value(name.text, value) for name, value in step.entries}


def _written_value(key: str, value: Node) -> Any:
    if key == "expect" and isinstance(value, Sequence):
        return [plain_question(item) for item in value.items]
    return plain(value, _RULES.get(key, by_core_schema), _silent)


def _silent(node: Node, message: str) -> None:
    """What is wrong was said when the value was read."""
