"""How the tables of a page about Events are read, and held against golden files and tests.

Owns what a row is and how its text is matched. Which Events there are stands with the test of each page. A row names
golden files, in which its text must stand, or tests, which must exist.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]

SEEN = ("about", "type and reason", "text", "when", "seen in")
NOT_REACHED = ("source", "about", "type and reason", "why not")

# What a golden file calls what an Event is about. An Event of a set stands beside the object that the set made.
KINDS = {
    "autoscaler": "hpa",
    "budget": "pdb",
    "claim": "pvc",
    "cron job": "cronjob",
    "daemon set": "ds",
    "deployment": "deploy",
    "job": "job",
    "node": "node",
    "pod": "pod",
    "replica set": "rs",
    "service": "svc",
    "set": r"\w+",
    "volume": "pv",
}

EVENT = re.compile(r"(Normal|Warning) `(\w+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_BLANK = re.compile(r"<[^>]*>|…")
_SAID = re.compile(r" *\+\d+\.\d{3}s +(?P<kind>\w+)/.*  (?P<warning>! )?(?P<reason>[A-Z]\w+)  +(?P<text>\S.*)")


class Row(NamedTuple):
    """A row of a table: where it stands, the heading above it, and its cells by column."""

    page: Path
    line: int
    heading: str
    cells: dict[str, str]

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def goldens(self) -> list[Path]:
        return [path for path in linked(self.page, self.cells["seen in"]) if "golden" in path.parts]

    @property
    def event(self) -> tuple[str, str]:
        """Type and reason, of a row with one Event."""
        found = EVENT.fullmatch(self.cells["type and reason"])
        assert found is not None, f"{self.place}: {self.cells['type and reason']!r} is no type and reason in backticks"
        return found[1], found[2]

    @property
    def pattern(self) -> str:
        """What the text of the Event must match: placeholders stand for something, `…` for anything or nothing."""
        cell = self.cells["text"]
        assert len(cell) > 2 and cell[0] == cell[-1] == "`", f"{self.place}: the text must stand in backticks"
        text = cell[1:-1].rstrip()
        blanks = [".*" if blank == "…" else ".+" for blank in _BLANK.findall(text)]
        parts = [re.escape(part) for part in _BLANK.split(text)]
        return parts[0] + "".join(blank + part for blank, part in zip(blanks, parts[1:], strict=True))

    def is_told_by(self, said: re.Match[str]) -> bool:
        """Whether that line of a golden file tells of this Event."""
        return (
            re.fullmatch(KINDS[self.cells["about"]], said["kind"]) is not None
            and self.event == ("Warning" if said["warning"] else "Normal", said["reason"])
            and re.fullmatch(self.pattern, said["text"]) is not None
        )


def linked(page: Path, text: str) -> list[Path]:
    """The files that the text links to."""
    return [(page.parent / target).resolve() for target in _LINK.findall(text) if "://" not in target]


@cache
def table(page: Path, columns: tuple[str, ...]) -> tuple[Row, ...]:
    """The rows of all tables of the page that have these columns."""
    rows, heading, inside = [], "", False
    for number, line in enumerate(page.read_text("utf-8").splitlines(), 1):
        cells = tuple(cell.strip() for cell in line.split("|")[1:-1])
        if line.startswith("#"):
            heading = line.lstrip("# ")
        if cells == columns:
            inside = True
        elif not cells:
            inside = False
        elif inside and not line.startswith("| ---"):
            assert len(cells) == len(columns), f"{page.name}:{number}: {len(cells)} cells, expected {len(columns)}"
            rows.append(Row(page, number, heading, dict(zip(columns, cells, strict=True))))
    return tuple(rows)


@cache
def told(golden: Path) -> tuple[re.Match[str], ...]:
    """Every line of a golden file that tells of an Event."""
    lines = golden.read_text("utf-8").splitlines()
    return tuple(said for said in map(_SAID.fullmatch, lines) if said is not None)


def without_its_text(row: Row) -> list[str]:
    """The golden files that the row names and that do not tell of its Event."""
    return [
        path.relative_to(ROOT).as_posix()
        for path in row.goldens
        if not path.exists() or not any(map(row.is_told_by, told(path)))
    ]


def misses_its_stories(row: Row) -> bool:
    """Whether the row names neither a golden file nor a test, or other scenarios than golden files."""
    seen_in = row.cells["seen in"]
    stories = [path for path in linked(row.page, seen_in) if "scenarios" in path.parts]
    told_in = [path.relative_to(ROOT / "golden").as_posix() for path in row.goldens]
    if [path.relative_to(ROOT / "scenarios").as_posix() for path in stories] != told_in:
        return True
    return not told_in and TEST.search(seen_in) is None


def missing_files(page: Path) -> list[str]:
    """What the page links to and is not there."""
    return [path.name for path in linked(page, page.read_text("utf-8")) if not path.exists()]


def missing_tests(page: Path) -> list[str]:
    """The tests that the page names and that are not there."""
    return [
        f"{file}::{name}"
        for file, name in TEST.findall(page.read_text("utf-8"))
        if not (ROOT / file).exists() or f"\ndef {name}(" not in (ROOT / file).read_text("utf-8")
    ]
