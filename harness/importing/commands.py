"""Command lines of a test that a step can say: `sleep`, and what `kubectl` steps take.

Owns which command lines those are. Everything a shell would do is left out: a line with any of its signs outside of
quotes is none. What kubectl's words mean is known to `harness.scenario.kubectl_line`.
"""

from __future__ import annotations

import re
import shlex

from harness.scenario import kubectl_line
from harness.scenario.durations import parse_duration
from harness.scenario.kubectl_line.selecting import FindResource
from harness.scenario.model import DEFAULT_NAMESPACE, Kubectl, Wait

_QUOTED = re.compile(r"""'[^']*'|"[^"$`\\]*\"""")
_SHELL = re.compile(r"[|&;<>`*?(){}\n\\$#]")
_WITHOUT_NAMESPACE = frozenset({"cordon", "create namespace", "create priorityclass", "drain", "taint", "uncordon"})
_SETTING = re.compile(r"#.*|set( [-+]\w+)+( pipefail)?")
_KUBECTL = "kubectl "


class Unsaid(Exception):
    """No step says the line; `str()` is why, empty where that is plain to see."""


def lines_of(script: str) -> list[str]:
    """The command lines of a script, without comments and settings of the shell."""
    joined = script.replace("\\\n", " ")
    return [line.strip() for line in joined.splitlines() if line.strip() and not _SETTING.fullmatch(line.strip())]


def said_by(line: str, find: FindResource, namespace: str) -> Wait | Kubectl:
    """The action that a command line says, in a namespace if it names none. Raises Unsaid."""
    if _SHELL.search(_QUOTED.sub("", line)):
        raise Unsaid
    if line.startswith(_KUBECTL):
        return _kubectl(line.removeprefix(_KUBECTL).strip(), find, namespace)
    try:
        words = shlex.split(line)
    except ValueError:
        raise Unsaid from None
    if len(words) == 2 and words[0] == "sleep":
        paused = parse_duration(words[1] if words[1][-1:].isalpha() else f"{words[1]}s")
        if paused is not None:
            return Wait(duration_ms=paused)
    raise Unsaid


def _kubectl(line: str, find: FindResource, namespace: str) -> Kubectl:
    action = _read(line, find)
    if action.namespace is None and namespace != DEFAULT_NAMESPACE and action.command not in _WITHOUT_NAMESPACE:
        action = _read(f"-n {namespace} {line}", find)
    if action.selection.unknown:
        raise Unsaid(f"no manifest of the test brings the kind {action.selection.unknown}")
    return action


def _read(line: str, find: FindResource) -> Kubectl:
    def no_file(path: str) -> tuple[()]:
        raise kubectl_line.Wrong(f"it reads the file {path}")

    def no_text(path: str) -> str:
        raise kubectl_line.Wrong(f"it reads the file {path}")

    try:
        return kubectl_line.kubectl(line, kubectl_line.Scope(find, no_file, no_text, None))
    except kubectl_line.Wrong as wrong:
        raise Unsaid(str(wrong)) from None
