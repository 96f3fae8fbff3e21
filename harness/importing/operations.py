"""What both tools' tests do, added to a draft: applying files, deleting references, running command lines.

Owns what is asked of an object before it can stand in a scenario, and which files a path stands for. How a tool writes
these down is known to its own file.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path

from harness.importing.commands import Unsaid, lines_of, said_by
from harness.importing.draft import Draft
from harness.importing.written import Written, read
from harness.objects import resources
from harness.scenario.model import Delete, Location, Plain, Target, Wait

_URL = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_PATTERN_SIGNS = frozenset("*?[")
_SUFFIXES = (".yaml", ".yml", ".json")
_NAMESPACE = re.compile(r"\$\{NAMESPACE\}|\$NAMESPACE\b")
_APPLIED = re.compile(r"kubectl apply -f (?!-)([^\s|&;<>$`]+)(?: (?:-n|--namespace)[ =](\S+))?")
MOST_SHOWN = 60


def files(path: str, folder: Path, at: Location, draft: Draft) -> list[Path]:
    """The files that a path stands for; a remark where there are none."""
    if _URL.match(path):
        draft.leave(at, f"{path} is a URL, and URLs are not followed: save the file beside the test")
        return []
    if not _PATTERN_SIGNS.isdisjoint(path):
        found = sorted(one for one in folder.glob(path) if one.is_file())
    elif (folder / path).is_dir():
        found = sorted(one for one in (folder / path).iterdir() if one.name.endswith(_SUFFIXES))
    else:
        found = [folder / path] if (folder / path).is_file() else []
    if not found:
        draft.leave(at, f"{path} stands for no file")
    return found


def objects_of(path: str, folder: Path, at: Location, draft: Draft) -> list[Written]:
    """The objects of the files that a path stands for."""
    return [one for file in files(path, folder, at, draft) for one in read(file)]


def sound(objects: Iterable[Written], draft: Draft, *, nameless: bool = False) -> list[Plain]:
    """Those that have what an object needs, as data; `nameless` may have a generated name. Remarks on the others."""
    found = []
    for one in objects:
        named = one.word("metadata", "name") or (nameless and one.word("metadata", "generateName"))
        if one.word("apiVersion") and one.word("kind") and named:
            draft.need(one.word("apiVersion"), one.word("kind"), one.at)
            found.append(one.data)
        else:
            draft.leave(one.at, "an object needs an apiVersion, a kind and a name")
    return found


def delete(reference: Written, draft: Draft, *, name: str = "", cascade: str = "") -> None:
    """Delete what a reference (apiVersion, kind, name or labels, namespace) or an object names; `name` overrules."""
    api_version, kind = reference.word("apiVersion"), reference.word("kind")
    name = name or reference.word("name")
    if not api_version or not kind:
        draft.leave(reference.at, "what is deleted has no apiVersion and kind")
        return
    namespace = reference.word("namespace") or reference.word("metadata", "namespace") or draft.namespace
    resource = resources.of_kind(api_version, kind) or resources.custom(api_version, kind)
    labels = reference.get("labels")
    selector = ",".join(f"{key}={value.data}" for key, value in labels.entries()) if labels is not None else ""
    how = {"Foreground": "foreground", "Orphan": "orphan"}.get(cascade, "background")
    if name:
        action = Delete(targets=(Target(resource=resource, name=name),), cascade=how)  # type: ignore[arg-type]
    elif selector:
        action = Delete(resource=resource, selector=selector, cascade=how)  # type: ignore[arg-type]
    else:
        where = f" -n {namespace}" if namespace != draft.namespace else ""
        run(f"kubectl delete {resource.group_resource} --all --cascade={how}{where}", reference.at, draft)
        return
    draft.delete(action, namespace)


def run(
    script: str,
    at: Location,
    draft: Draft,
    read_file: Callable[[str], None] | None = None,
    *,
    rejected: bool | None = False,
) -> None:
    """Do what the lines of a script do, if steps can say all of them; a remark if they cannot.

    `read_file` is what `kubectl apply -f` does with its file.
    """
    doing: list[Callable[[], None]] = []
    for line in lines_of(in_namespace(script, draft)) or [script]:
        applied = _APPLIED.fullmatch(line)
        if applied is not None and read_file is not None and applied[2] in (None, draft.namespace):
            doing.append(partial(read_file, applied[1]))
            continue
        try:
            action = said_by(line, draft.find, draft.namespace)
        except Unsaid as unsaid:
            draft.leave(at, f"the command {shown(line)}{f': {unsaid}' if str(unsaid) else ''}")
            return
        if isinstance(action, Wait):
            doing.append(partial(draft.do, action))
        else:
            doing.append(partial(draft.command, action, rejected=rejected))
    for do in doing:
        do()


def in_namespace(text: str, draft: Draft) -> str:
    """The text with the variable that both tools set."""
    return _NAMESPACE.sub(draft.namespace, text)


def shown(line: str) -> str:
    """A command line as a remark shows it."""
    words = " ".join(line.split())
    return words if len(words) <= MOST_SHOWN else f"{words[: MOST_SHOWN - 1]}…"
