"""Scenarios from files and folders: the front door of the language.

Owns the order in which a scenario is read and which files are scenarios. Raises every complaint about a scenario at
once; never a traceback for what its author wrote.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from harness.errors import InternalError, ScenarioError, UsageError
from harness.scenario import settings
from harness.scenario.complaints import Complaints, Refused, quoted
from harness.scenario.manifests import Fence
from harness.scenario.model import Scenario
from harness.scenario.nodes import Mapping, Node, Scalar, found
from harness.scenario.schema import Key, Keys, Reading, read_keys
from harness.scenario.steps import read_every_manifest, steps
from harness.scenario.targets import words_of_custom_kinds
from harness.scenario.text import SCENARIO_BYTES, compose, read_text, refuse_size
from harness.scenario.values import text

MANIFESTS_FOLDER = "manifests"
_SUFFIXES = (".yaml", ".yml")


def _description(node: Node, reading: Reading) -> str:
    return "" if isinstance(node, Scalar) and node.value() is None else text(node, reading).strip()


_SCENARIO: Keys = {
    "description": Key("description", _description),
    "marks": Key("marks", settings.marks),
    "cluster": Key("cluster", settings.cluster),
    "steps": Key("steps", steps, required=True),
    "golden": Key("golden", settings.golden),
}


def read_scenario(
    path: str | os.PathLike[str], *, root: str | os.PathLike[str] | None = None, allow_outside: bool = False
) -> Scenario:
    """The scenario in a file.

    `root` is the folder that manifests may not leave; left out, the nearest one from the scenario upwards that holds
    a pyproject.toml or .git, else the scenario's own. `allow_outside` lifts that. Raises UsageError if the file is
    not there, ScenarioErrors with everything that is wrong with it.
    """
    path = Path(path)
    if not path.exists():
        raise UsageError(f"{path.as_posix()} does not exist")
    fence = Fence(path, root=Path(root) if root is not None else None, allow_outside=allow_outside)
    complaints = Complaints()
    try:
        written = read_text(path, path.as_posix(), SCENARIO_BYTES)
    except ScenarioError as error:
        complaints.add(error)
        complaints.raise_if_any(path.as_posix())
    return _scenario(written, path.as_posix(), fence, complaints)


def parse_scenario(
    text: str, path: str = "scenario.yaml", *, root: str | os.PathLike[str] | None = None, allow_outside: bool = False
) -> Scenario:
    """The scenario in a text that stands, or could stand, at `path`. Raises ScenarioErrors; see read_scenario."""
    fence = Fence(Path(path), root=Path(root) if root is not None else None, allow_outside=allow_outside)
    return _scenario(text, Path(path).as_posix(), fence, Complaints())


def _scenario(written: str, file: str, fence: Fence, complaints: Complaints) -> Scenario:
    reading = Reading(file, complaints)
    fields: dict[str, Any] | None = None
    try:
        refuse_size(len(written), file, SCENARIO_BYTES)
        document = _document(compose(written, file, complaints), reading)
        listed = document.get("steps")
        if listed is not None:
            reading.custom = words_of_custom_kinds(read_every_manifest(listed, reading, fence))
        fields = read_keys(document, _SCENARIO, reading, "a scenario")
    except ScenarioError as error:
        complaints.add(error)
    except Refused:
        pass
    complaints.raise_if_any(file)
    if fields is None:
        raise InternalError(f"{file} was refused without a complaint")
    return Scenario(path=file, **fields)


def _document(roots: list[Node], reading: Reading) -> Mapping:
    """The one document of a scenario file, told apart from files that are something else."""
    if not roots:
        raise ScenarioError("the file is empty, expected a scenario: at least a list of steps", file=reading.file)
    first = roots[0]
    if not isinstance(first, Mapping):
        reading.refuse(first, f"found {found(first)}, expected a scenario: a mapping with steps")
    kind = first.get("kind") or first.get("apiVersion")
    if kind is not None and first.get("steps") is None:
        called = f"a {kind.text}" if isinstance(kind, Scalar) and kind is first.get("kind") else "an object"
        reading.refuse(
            first,
            f"found a Kubernetes manifest ({called}), expected a scenario: keep it in a folder named "
            f"{quoted(MANIFESTS_FOLDER)} and apply it from a scenario's steps",
        )
    if len(roots) > 1:
        reading.refuse(roots[1], "found a second document, expected one scenario in a file")
    return first


def find_scenarios(paths: Iterable[str | os.PathLike[str]]) -> tuple[Path, ...]:
    """The scenario files that paths stand for, sorted, each once.

    A file stands for itself; a folder for every .yaml or .yml file below it, except in folders named `manifests` and
    in hidden ones. Raises UsageError for a path that is not there and for a folder without a scenario.
    """
    found_paths: set[Path] = set()
    for path in map(Path, paths):
        try:
            found_paths.update(_standing_for(path))
        except OSError as error:
            raise UsageError(f"{path.as_posix()} cannot be read: {error.strerror or error}") from None
    return tuple(sorted(found_paths, key=lambda path: path.parts))


def _standing_for(path: Path) -> list[Path]:
    """The scenarios that a path stands for. Raises UsageError if there is none, OSError if that cannot be told."""
    if path.is_dir():
        below = _below(path)
        if not below:
            raise UsageError(f"{path.as_posix()} holds no scenario: no .yaml or .yml file outside of manifests")
        return below
    if not path.exists():
        raise UsageError(f"{path.as_posix()} does not exist")
    return [path]


def _below(folder: Path) -> list[Path]:
    found_paths: list[Path] = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != MANIFESTS_FOLDER and not name.startswith(".")]
        found_paths += [Path(parent, name) for name in files if name.endswith(_SUFFIXES)]
    return found_paths
