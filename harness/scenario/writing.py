"""A scenario as the YAML file that reads back as the same scenario.

Owns how each part is written, in one table. What equals its default is left out; manifests are written inline, so
that the file stands alone.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import yaml

from harness.scenario.cluster_provisioners import usual_provisioner
from harness.scenario.durations import format_duration
from harness.scenario.model import (
    DEFAULT_CAPACITY,
    DEFAULT_LIMIT_MS,
    Absent,
    Always,
    Annotate,
    Apply,
    ClusterSettings,
    Cordon,
    Count,
    Create,
    Delete,
    Dns,
    Drain,
    EventSeen,
    Evict,
    Expect,
    Fail,
    ImageBehaviour,
    Images,
    Kubectl,
    Label,
    Load,
    Manifest,
    Mark,
    Never,
    NodeSettings,
    Order,
    Part,
    PartialObject,
    Patch,
    Paths,
    Plain,
    ProvisionerSettings,
    Question,
    Reachable,
    Recover,
    Rollout,
    Scale,
    Scenario,
    SetImage,
    Step,
    Taint,
    Uncordon,
    Url,
    Wait,
    numbered_nodes,
)
from harness.scenario.scalars import by_core_schema, by_kubectl
from harness.scenario.values import instant_text

_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
_DEFAULTS = ClusterSettings()


class _Dumper(_BASE):  # type: ignore[misc]
    """Writes texts so that neither set of scalar rules takes them for anything else."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    means_itself = isinstance(by_core_schema(text), str) and isinstance(by_kubectl(text), str)
    style: str | None = None if means_itself and text != "<<" else '"'
    if "\n" in text.rstrip("\n"):
        style = "|"
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _represent_text)


def to_yaml(scenario: Scenario) -> str:
    """The text of a scenario file. Where a part was read (`at`, `written`, a manifest's source) is not kept."""
    data = _lean(
        description=scenario.description,
        marks=[_mark(mark) for mark in scenario.marks],
        cluster=_cluster(scenario.cluster),
        steps=[_step(step) for step in scenario.steps],
        golden=_lean(kinds=list(scenario.golden.kinds), ignore=list(scenario.golden.ignore)),
    )
    written: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=120)
    return written


def _lean(**entries: Any) -> Plain:
    """The entries that say something."""
    return {key: value for key, value in entries.items() if value not in (None, "", [], {}, ())}


def _changed(part: Part, key: str, field: str, write: Callable[[Any], Any] = lambda value: value) -> Plain:
    """The field under its key, unless it has its default."""
    value = getattr(part, field)
    defaults = dict(
        zip(part.__struct_fields__[-len(part.__struct_defaults__) :], part.__struct_defaults__, strict=True)
    )
    return {} if field in defaults and value == defaults[field] else {key: write(value)}


def _mark(mark: Mark) -> Any:
    return mark.name if mark.reason is None else {mark.name: mark.reason}


def _cluster(cluster: ClusterSettings) -> Plain:
    nodes: Any = [_node(node) for node in cluster.nodes]
    if cluster.nodes == numbered_nodes(len(cluster.nodes), cluster.capacity):
        nodes = len(cluster.nodes)
    written = {
        **_changed(cluster, "start", "start_ms", instant_text),
        **_changed(cluster, "quiet", "quiet_ms", format_duration),
        "nodes": nodes,
        **_lean(capacity=cluster.capacity if cluster.capacity != DEFAULT_CAPACITY else None),
        **_lean(
            images=_images(cluster.images),
            provisioners=[_provisioner(one) for one in cluster.provisioners],
            flags=cluster.flags,
        ),
    }
    if nodes == len(_DEFAULTS.nodes):
        del written["nodes"]
    return written


def _provisioner(provisioner: ProvisionerSettings) -> Any:
    if provisioner == usual_provisioner(provisioner.name):
        return provisioner.name
    usual = usual_provisioner(provisioner.name, provisioner.style)
    texts = {
        key: getattr(provisioner, key) for key in ("server", "path") if getattr(provisioner, key) != getattr(usual, key)
    }
    return {
        "name": provisioner.name,
        "style": provisioner.style,
        **texts,
        **_changed(provisioner, "topology", "topology", list),
        **_changed(provisioner, "attach", "attach"),
        **_changed(provisioner, "limit", "limit"),
        **_changed(provisioner, "resize", "resize"),
        **_changed(provisioner, "createTime", "create_time_ms", format_duration),
        **_changed(provisioner, "deleteTime", "delete_time_ms", format_duration),
        **_changed(provisioner, "attachTime", "attach_time_ms", format_duration),
    }


def _node(node: NodeSettings) -> Plain:
    taints = [str(taint) for taint in node.taints]
    return _lean(name=node.name, labels=node.labels, taints=taints, capacity=node.capacity, paths=node.paths)


def _images(images: dict[str, ImageBehaviour]) -> Plain:
    return {image: _image(behaviour) for image, behaviour in images.items()}


def _word_or_duration(value: str | int) -> str:
    return value if isinstance(value, str) else format_duration(value)


def _image(image: ImageBehaviour) -> Plain:
    return {
        **_changed(image, "size", "size_bytes", str),
        **_changed(image, "pull", "pull"),
        **_changed(image, "run", "run"),
        **_changed(image, "pullTime", "pull_time_ms", format_duration),
        **_changed(image, "startTime", "start_time_ms", format_duration),
        **_changed(image, "ready", "ready", _word_or_duration),
        **_changed(image, "live", "live", _word_or_duration),
        **_changed(image, "start", "start", _word_or_duration),
        **_changed(image, "exit", "exit"),
        **_changed(image, "after", "after_ms", format_duration),
        **_changed(image, "stop", "stop", _word_or_duration),
        **_changed(image, "stopExit", "stop_exit"),
        **_changed(image, "postStart", "post_start", _word_or_duration),
        **_changed(image, "preStop", "pre_stop", _word_or_duration),
        **_changed(image, "log", "log", list),
    }


def _manifest(manifest: Manifest) -> Plain:
    if len(manifest.documents) == 1:
        return manifest.documents[0]
    return {"apiVersion": "v1", "kind": "List", "items": list(manifest.documents)}


def _manifests(manifests: tuple[Manifest, ...]) -> Any:
    written = [_manifest(manifest) for manifest in manifests]
    return written[0] if len(written) == 1 else written


def _delete(action: Delete) -> Plain:
    if action.resource is not None:
        what: Any = action.resource.group_kind
    elif action.manifests:
        what = _manifests(action.manifests)
    else:
        what = _one_or_many([str(target) for target in action.targets])
    return {
        "delete": what,
        **_changed(action, "selector", "selector"),
        **_changed(action, "cascade", "cascade"),
        **_changed(action, "gracePeriod", "grace_period_seconds"),
    }


def _one_or_many(values: list[str]) -> Any:
    return values[0] if len(values) == 1 else values


_ACTIONS: dict[type[Part], Callable[[Any], Plain]] = {
    Apply: lambda it: {"apply": _manifests(it.manifests), **_changed(it, "serverSide", "server_side")},
    Create: lambda it: {"create": _manifests(it.manifests)},
    Delete: _delete,
    Scale: lambda it: {"scale": str(it.target), "replicas": it.replicas},
    Patch: lambda it: {
        "patch": str(it.target),
        **_changed(it, "partition", "partition"),
        **_changed(it, "with", "body"),
        **_changed(it, "type", "type"),
        **_changed(it, "subresource", "subresource"),
    },
    SetImage: lambda it: {"setImage": str(it.target), "images": it.images},
    Rollout: lambda it: {
        "rollout": it.action,
        "of": str(it.target),
        **_changed(it, "toRevision", "to_revision"),
    },
    Label: lambda it: {"label": str(it.target), "set": it.set},
    Annotate: lambda it: {"annotate": str(it.target), "set": it.set},
    Taint: lambda it: {"taint": it.node, "set": [str(taint) for taint in it.set]},
    Cordon: lambda it: {"cordon": it.node},
    Uncordon: lambda it: {"uncordon": it.node},
    Drain: lambda it: {"drain": it.node},
    Evict: lambda it: {"evict": str(it.target)},
    Fail: lambda it: {
        "fail": str(it.target),
        **_changed(it, "container", "container"),
        **_changed(it, "exit", "exit"),
        **_changed(it, "message", "message"),
    },
    Recover: lambda it: {"recover": str(it.target)},
    Images: lambda it: {"images": _images(it.behaviours)},
    Paths: lambda it: {"paths": it.node, "set": it.set},
    Load: lambda it: {
        "load": str(it.target),
        **_changed(it, "cpu", "cpu"),
        **_changed(it, "memory", "memory"),
        **_lean(metrics=it.metrics),
    },
    Wait: lambda it: {"wait": format_duration(it.duration_ms)},
    Expect: lambda it: {"expect": [_question(question) for question in it.questions]},
    Kubectl: lambda it: {"kubectl": it.command},
}


def _step(step: Step) -> Plain:
    return {
        **_ACTIONS[type(step.action)](step.action),
        **_changed(step, "namespace", "namespace"),
        **({"for": format_duration(step.limit_ms)} if step.limit_ms != DEFAULT_LIMIT_MS else {}),
        **_changed(step, "settle", "settle"),
        **_changed(step, "rejected", "rejected"),
    }


def _event(event: EventSeen) -> Plain:
    asked = {
        **_changed(event, "object", "object", str),
        **_changed(event, "reason", "reason"),
        **_changed(event, "message", "message"),
    }
    return {"event": asked, **_changed(event, "ever", "ever")}


_QUESTIONS: dict[type[Part], Callable[[Any], Plain]] = {
    PartialObject: lambda it: it.fields,
    Absent: lambda it: {"absent": str(it.target)},
    EventSeen: _event,
    Order: lambda it: {"order": [str(happening) for happening in it.happenings]},
    Count: lambda it: {
        "count": it.resource.group_kind,
        **_changed(it, "selector", "selector"),
        **_changed(it, "where", "where"),
        **_changed(it, "is", "exactly"),
        **_changed(it, "atLeast", "at_least"),
        **_changed(it, "atMost", "at_most"),
    },
    Dns: lambda it: {"dns": it.name, "resolves": [str(target) for target in it.resolves]},
    Reachable: lambda it: {
        "from": str(it.source),
        "to": str(it.to),
        "port": it.port,
        **_changed(it, "allowed", "allowed"),
    },
    Url: lambda it: {"url": it.url, "serves": None if it.serves is None else str(it.serves)},
    Never: lambda it: {"never": _question(it.question)},
    Always: lambda it: {"always": _question(it.question)},
}


def _question(question: Question) -> Plain:
    return _QUESTIONS[type(question)](question)
