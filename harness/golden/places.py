"""Where golden files lie, and which scenario owns which: the same path below another folder.

Owns the rule `scenarios/<topic>/<sentence>.yaml` -> `golden/<topic>/<sentence>.yaml`, and which golden files nobody
owns. Ownership is decided from the files on disk, never from what was run.
"""

from __future__ import annotations

import os
from pathlib import Path

import msgspec

from harness.golden.text import is_golden

SCENARIOS = "scenarios"
GOLDEN = "golden"
_MANIFESTS = "manifests"
_SUFFIXES = (".yaml", ".yml")
_PENDING = ".new"


class Places(msgspec.Struct, frozen=True):
    """The folders of a project: where scenarios lie (one or more, absolute) and where their golden files do."""

    scenarios: tuple[Path, ...]
    golden: Path

    @classmethod
    def around(cls, scenario: Path) -> Places | None:
        """The places of a scenario below a folder named `scenarios`; None if it is below none."""
        for parent in scenario.absolute().parents:
            if parent.name == SCENARIOS:
                return cls((parent,), parent.parent / GOLDEN)
        return None

    def golden_of(self, scenario: Path) -> Path | None:
        """Where the golden file of a scenario lies; None for a file outside the scenarios' folders."""
        root = self._root(scenario)
        return None if root is None else self._below(root) / scenario.absolute().relative_to(root)

    def title_of(self, scenario: Path) -> str:
        """The scenario as a golden file names it, the same wherever the project lies."""
        root = self._root(scenario)
        return scenario.name if root is None else scenario.absolute().relative_to(root.parent).as_posix()

    def holds(self, path: Path) -> bool:
        """Whether a file is a scenario by its place and name."""
        root = self._root(path)
        return (
            root is not None
            and path.suffix in _SUFFIXES
            and _MANIFESTS not in (parts := path.absolute().relative_to(root).parts[:-1])
            and not any(part.startswith(".") for part in parts)
        )

    def strays(self) -> tuple[Path, ...]:
        """Golden files that no scenario on disk owns, sorted; also what is pending for such."""
        owned = {self._below(root): root for root in self.scenarios}
        found = []
        for path in _files_below(self.golden):
            folder = next((folder for folder in owned if path.is_relative_to(folder)), None)
            if folder is not None and not self._has_owner(path.relative_to(folder), owned[folder]):
                found.append(path)
        return tuple(sorted(found, key=lambda path: path.parts))

    def _has_owner(self, relative: Path, root: Path) -> bool:
        candidates = [root / relative]
        if relative.stem.endswith(_PENDING):
            candidates.append(root / relative.with_name(relative.stem.removesuffix(_PENDING) + relative.suffix))
        return any(self.holds(candidate) and candidate.is_file() for candidate in candidates)

    def _root(self, scenario: Path) -> Path | None:
        absolute = scenario.absolute()
        return next((root for root in self.scenarios if absolute.is_relative_to(root)), None)

    def _below(self, root: Path) -> Path:
        """The folder of golden files for one folder of scenarios; with several, each has one of its own name."""
        return self.golden if len(self.scenarios) == 1 else self.golden / root.name


def pending_of(golden: Path) -> Path:
    """Where a golden file that waits for a decision lies: `x.new.yaml` beside `x.yaml`."""
    return golden.with_name(f"{golden.stem}{_PENDING}{golden.suffix}")


def _files_below(folder: Path) -> list[Path]:
    """Golden files by name and first line; others in the same folder are nobody's business here."""
    paths = (Path(parent, name) for parent, _, files in os.walk(folder) for name in files)
    return [path for path in paths if path.suffix in _SUFFIXES and is_golden(_first_line(path))]


def _first_line(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline(200)
    except OSError:
        return ""
