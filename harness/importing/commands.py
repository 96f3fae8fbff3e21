"""Command lines of a test that say what a step can say: `kubectl scale`, `kubectl delete`, `sleep`.

Owns which command lines those are. Everything a shell would do is left out; a line with any of its signs is none.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Callable
from typing import NamedTuple

from harness.objects import resources
from harness.scenario.durations import parse_duration
from harness.scenario.model import (
    Action,
    Annotate,
    Cordon,
    Delete,
    Drain,
    Label,
    Rollout,
    Scale,
    SetImage,
    Target,
    Uncordon,
    Wait,
)

_SHELL = re.compile(r"[|&;<>`*?(){}\n\\]|\$")
_FLAG = re.compile(r"--?([\w-]+)(?:=(.*))?", re.DOTALL)
# Flags of kubectl that take their value from the next word, where there is no equals sign.
_VALUED = frozenset(
    {"n", "namespace", "l", "selector", "replicas", "to-revision", "grace-period", "timeout", "cascade"}
)
_HARMLESS = frozenset({"wait", "timeout", "ignore-not-found", "overwrite", "force", "delete-emptydir-data"})
_DRAINING = frozenset({"ignore-daemonsets", *_HARMLESS})


class Done(NamedTuple):
    """What a command line does, and in which namespace if it says so."""

    action: Action
    namespace: str = ""


class _Line(NamedTuple):
    words: list[str]
    flags: dict[str, str]

    def only(self, *known: str) -> bool:
        return all(flag in known or flag in _HARMLESS for flag in self.flags)


def done_by(line: str) -> Done | None:
    """What a command line does, if a step can say it."""
    if _SHELL.search(line.strip()):
        return None
    try:
        words = shlex.split(line)
    except ValueError:
        return None
    if len(words) == 2 and words[0] == "sleep":
        paused = parse_duration(words[1] if words[1][-1:].isalpha() else f"{words[1]}s")
        return Done(Wait(duration_ms=paused)) if paused is not None else None
    if len(words) < 3 or words[0] != "kubectl":
        return None
    parsed = _parsed(words[1:])
    namespace = parsed.flags.pop("namespace", "") or parsed.flags.pop("n", "")
    verb, rest = parsed.words[:1], _Line(parsed.words[1:], parsed.flags)
    read = _VERBS.get(verb[0]) if verb else None
    action = read(rest) if read is not None else None
    return Done(action, namespace) if action is not None else None


def _parsed(words: list[str]) -> _Line:
    line = _Line([], {})
    rest = iter(words)
    for word in rest:
        flag = _FLAG.fullmatch(word)
        if flag is None:
            line.words.append(word)
        elif flag[2] is not None or flag[1] not in _VALUED:
            line.flags[flag[1]] = flag[2] or ""
        else:
            line.flags[flag[1]] = next(rest, "")
    return line


def _targets(words: list[str]) -> list[Target]:
    """`sts/web`, or `sts web`; nothing if one of the words names no built-in kind."""
    if words and "/" not in words[0]:
        words = [f"{words[0]}/{name}" for name in words[1:]]
    found = []
    for word in words:
        kind, _, name = word.partition("/")
        resource = resources.find(kind)
        if resource is None or not name or "/" in name:
            return []
        found.append(Target(resource=resource, name=name))
    return found


def _one(words: list[str]) -> Target | None:
    found = _targets(words)
    return found[0] if len(found) == 1 else None


def _delete(line: _Line) -> Action | None:
    selector = line.flags.get("selector") or line.flags.get("l") or ""
    grace = line.flags.get("grace-period", "")
    cascade = line.flags.get("cascade", "background")
    if not line.only("selector", "l", "grace-period", "cascade") or (grace and not grace.isdecimal()):
        return None
    if cascade not in ("background", "foreground", "orphan"):
        return None
    grace_seconds = int(grace) if grace else None
    if selector:
        resource = resources.find(line.words[0]) if len(line.words) == 1 else None
        if resource is None:
            return None
        return Delete(resource=resource, selector=selector, cascade=cascade, grace_period_seconds=grace_seconds)  # type: ignore[arg-type]
    targets = tuple(_targets(line.words))
    return Delete(targets=targets, cascade=cascade, grace_period_seconds=grace_seconds) if targets else None  # type: ignore[arg-type]


def _scale(line: _Line) -> Action | None:
    target, replicas = _one(line.words), line.flags.get("replicas", "")
    if target is None or not replicas.isdecimal() or not line.only("replicas"):
        return None
    return Scale(target=target, replicas=int(replicas))


def _rollout(line: _Line) -> Action | None:
    target = _one(line.words[1:])
    revision = line.flags.get("to-revision", "0")
    verb = line.words[0] if line.words else ""
    if target is None or verb not in ("undo", "restart", "pause", "resume") or not revision.isdecimal():
        return None
    return Rollout(action=verb, target=target, to_revision=int(revision)) if line.only("to-revision") else None  # type: ignore[arg-type]


def _changes(words: list[str]) -> dict[str, str | None]:
    """`tier=front` sets, `tier-` removes."""
    found: dict[str, str | None] = {}
    for word in words:
        key, equals, value = word.partition("=")
        found[key if equals else key.removesuffix("-")] = value if equals else None
    return found


def _marked(line: _Line) -> tuple[Target, dict[str, str | None]] | None:
    named = 1 if line.words and "/" in line.words[0] else 2
    target, changes = _one(line.words[:named]), line.words[named:]
    if target is None or not line.only() or not changes:
        return None
    return (target, _changes(changes)) if all("=" in word or word.endswith("-") for word in changes) else None


def _label(line: _Line) -> Action | None:
    marked = _marked(line)
    return Label(target=marked[0], set=marked[1]) if marked else None


def _annotate(line: _Line) -> Action | None:
    marked = _marked(line)
    return Annotate(target=marked[0], set=marked[1]) if marked else None


def _set(line: _Line) -> Action | None:
    named = 2 if len(line.words) > 1 and "/" in line.words[1] else 3
    target = _one(line.words[1:named])
    images = [word.partition("=") for word in line.words[named:]]
    if line.words[:1] != ["image"] or target is None or not images or not line.only():
        return None
    if not all(equals for _, equals, _ in images):
        return None
    return SetImage(target=target, images={name: image for name, _, image in images})


def _node(line: _Line) -> str:
    return line.words[0].removeprefix("node/") if len(line.words) == 1 else ""


def _cordon(line: _Line) -> Action | None:
    return Cordon(node=_node(line)) if _node(line) and line.only() else None


def _uncordon(line: _Line) -> Action | None:
    return Uncordon(node=_node(line)) if _node(line) and line.only() else None


def _drain(line: _Line) -> Action | None:
    return Drain(node=_node(line)) if _node(line) and line.only(*_DRAINING) else None


_VERBS: dict[str, Callable[[_Line], Action | None]] = {
    "annotate": _annotate,
    "cordon": _cordon,
    "delete": _delete,
    "drain": _drain,
    "label": _label,
    "rollout": _rollout,
    "scale": _scale,
    "set": _set,
    "uncordon": _uncordon,
}
