"""What a command of a line is: its options, how its words are read, and what came of reading them.

Owns these shapes and the options that many commands share. Which commands there are stands in their table.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from harness.scenario.kubectl_line.options import Option, Written, refused, text
from harness.scenario.kubectl_line.selecting import Scope
from harness.scenario.model import Selection

ANSWER = "what is printed is what kubectl prints by itself"
_ONE_CLUSTER = "a scenario has one cluster and one user"

GLOBAL: tuple[Option, ...] = (
    text("namespace", "n"),
    *(refused(name, _ONE_CLUSTER) for name in ("context", "cluster", "user", "kubeconfig", "token", "as", "as-group")),
    refused("server", _ONE_CLUSTER, "s"),
    refused("request-timeout", "requests are answered at once"),
    refused("v", "there is no log", "v"),
)
# What those commands have that change something.
CHANGING: tuple[Option, ...] = (
    refused("dry-run", "a step is played, not tried", truth=True),
    refused("output", ANSWER, "o"),
    refused("field-manager", "owners of fields are not modelled for this command"),
    refused("record", "annotate kubernetes.io/change-cause", truth=True),
    refused("save-config", "use apply", truth=True),
    refused("local", "objects are those of the cluster", truth=True),
    refused("show-managed-fields", ANSWER, truth=True),
    refused("template", ANSWER),
    refused("validate", "manifests are always validated", truth=True),
)


class Meaning(NamedTuple):
    """What a line says: the objects it is about, its other words, and its options."""

    selection: Selection
    words: tuple[str, ...]
    options: dict[str, Any]


Read: TypeAlias = Callable[[Written, Scope], Meaning]


class Command(NamedTuple):
    """One command: its options, how its words are read, and which options must be written."""

    options: tuple[Option, ...]
    read: Read
    required: tuple[str, ...] = ()
