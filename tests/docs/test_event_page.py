"""The page about Events keeps its word: each can be seen where it says, and none of storage is left out.

Owns how the tables of the page are read, and the catalogue of what Kubernetes v1.36 says about storage. A row names
golden files, in which its text must stand, or tests, which must exist.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "events.md"
FIDELITY = ROOT / "docs" / "fidelity.md"

SEEN = ("about", "type and reason", "text", "when", "seen in")
NOT_REACHED = ("source", "about", "type and reason", "why not")

# What a golden file calls what an Event is about. An Event of a set stands beside the object that the set made.
_KINDS = {"claim": "pvc", "volume": "pv", "pod": "pod", "node": "node", "set": r"\w+"}

_EVENT = re.compile(r"(Normal|Warning) `(\w+)`")
_LINK = re.compile(r"\]\(([^)#\s]+)[^)]*\)")
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(\w+)`")
_BLANK = re.compile(r"<[^>]*>|…")
_SAID = re.compile(r" *\+\d+\.\d{3}s +(?P<kind>\w+)/.*  (?P<warning>! )?(?P<reason>[A-Z]\w+)  +(?P<text>\S.*)")

PERSISTENT_VOLUMES = "persistentvolume-controller"
PROVISIONERS = "External provisioners"
RESIZERS = "External resizers"
EXPAND = "volume_expand"
EPHEMERAL = "ephemeral_volume"
ATTACH_DETACH = "attachdetach-controller"
KUBELET = "kubelet"
SCHEDULER = "default-scheduler"

# (source, about, type, reason) of all that is said about storage, reached here or not.
CATALOGUE = (
    (PERSISTENT_VOLUMES, "claim", "Normal", "FailedBinding"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "FailedBinding"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "WaitForFirstConsumer"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "WaitForPodScheduled"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "VolumeMismatch"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeMismatch"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "ExternalProvisioning"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ProvisioningFailed"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ProvisioningCleanupFailed"),
    (PERSISTENT_VOLUMES, "claim", "Normal", "ProvisioningSucceeded"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ClaimLost"),
    (PERSISTENT_VOLUMES, "claim", "Warning", "ClaimMisbound"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeFailedDelete"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeDelete"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeFailedRecycle"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeFailedRecycle"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "VolumeRecycled"),
    (PERSISTENT_VOLUMES, "volume", "Normal", "RecyclerPod"),
    (PERSISTENT_VOLUMES, "volume", "Warning", "VolumeUnknownReclaimPolicy"),
    (PROVISIONERS, "claim", "Normal", "Provisioning"),
    (PROVISIONERS, "claim", "Normal", "ProvisioningSucceeded"),
    (PROVISIONERS, "claim", "Warning", "ProvisioningFailed"),
    (PROVISIONERS, "volume", "Warning", "VolumeFailedDelete"),
    (RESIZERS, "claim", "Normal", "Resizing"),
    (RESIZERS, "claim", "Normal", "FileSystemResizeRequired"),
    (RESIZERS, "claim", "Normal", "VolumeResizeSuccessful"),
    (RESIZERS, "claim", "Warning", "VolumeResizeFailed"),
    (EXPAND, "claim", "Normal", "ExternalExpanding"),
    (EPHEMERAL, "pod", "Warning", "FailedBinding"),
    (ATTACH_DETACH, "pod", "Normal", "SuccessfulAttachVolume"),
    (ATTACH_DETACH, "pod", "Warning", "FailedAttachVolume"),
    (KUBELET, "pod", "Warning", "FailedMount"),
    (KUBELET, "pod", "Warning", "FailedMapVolume"),
    (KUBELET, "pod", "Normal", "SuccessfulMountVolume"),
    (KUBELET, "pod", "Normal", "FileSystemResizeSuccessful"),
    (KUBELET, "claim", "Normal", "FileSystemResizeSuccessful"),
    (KUBELET, "pod", "Warning", "FileSystemResizeFailed"),
    (KUBELET, "claim", "Warning", "FileSystemResizeFailed"),
    (KUBELET, "pod", "Warning", "VolumeResizeFailed"),
    (KUBELET, "claim", "Warning", "VolumeResizeFailed"),
    (KUBELET, "volume", "Warning", "FailedMountOnFilesystemMismatch"),
    (SCHEDULER, "pod", "Warning", "FailedScheduling"),
    (SCHEDULER, "pod", "Normal", "Scheduled"),
    (SCHEDULER, "pod", "Normal", "Preempted"),
)

# Said of pods for many reasons that have nothing to do with storage.
NOT_OF_STORAGE_ALONE = frozenset({"FailedScheduling", "SuccessfulCreate", "FailedCreate"})


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
        found = _EVENT.fullmatch(self.cells["type and reason"])
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
            re.fullmatch(_KINDS[self.cells["about"]], said["kind"]) is not None
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


def listed() -> Iterator[tuple[str, str, str, str]]:
    """(source, about, type, reason) of every Event that the page shows, and of those it is said not to reach."""
    for row in table(PAGE, SEEN):
        yield (row.heading, row.cells["about"], *row.event)
    for row in table(FIDELITY, NOT_REACHED):
        for about in row.cells["about"].split(", "):
            for type_, reason in _EVENT.findall(row.cells["type and reason"]):
                yield row.cells["source"], about, type_, reason


@pytest.mark.parametrize("row", table(PAGE, SEEN), ids=lambda row: row.place)
def test_every_event_stands_in_the_golden_files_that_its_row_names(row: Row) -> None:
    without = [
        path.relative_to(ROOT).as_posix()
        for path in row.goldens
        if not path.exists() or not any(map(row.is_told_by, told(path)))
    ]

    assert without == [], f"{row.place}: not seen there: {' '.join(row.event)} about a {row.cells['about']}"


@pytest.mark.parametrize("row", table(PAGE, SEEN), ids=lambda row: row.place)
def test_every_row_names_a_scenario_with_its_golden_file_or_a_test(row: Row) -> None:
    stories = [path for path in linked(PAGE, row.cells["seen in"]) if "scenarios" in path.parts]
    told_in = [path.relative_to(ROOT / "golden").as_posix() for path in row.goldens]

    assert told_in or _TEST.search(row.cells["seen in"]), f"{row.place}: seen nowhere"
    assert [path.relative_to(ROOT / "scenarios").as_posix() for path in stories] == told_in, row.place


def test_every_file_that_the_page_links_to_is_there() -> None:
    assert [path.name for path in linked(PAGE, PAGE.read_text("utf-8")) if not path.exists()] == []


def test_every_test_that_the_page_names_is_there() -> None:
    named = _TEST.findall(PAGE.read_text("utf-8"))

    missing = [
        f"{file}::{name}"
        for file, name in named
        if not (ROOT / file).exists() or f"\ndef {name}(" not in (ROOT / file).read_text("utf-8")
    ]

    assert missing == []


def test_every_event_of_the_catalogue_is_on_the_page_or_said_not_to_be_reached() -> None:
    known = set(listed())

    assert [" ".join(entry) for entry in CATALOGUE if entry not in known] == []


@pytest.mark.parametrize("golden", sorted((ROOT / "golden" / "volumes").glob("*.yaml")), ids=lambda golden: golden.name)
def test_every_event_about_storage_in_a_golden_file_can_be_looked_up(golden: Path) -> None:
    rows = table(PAGE, SEEN)
    reasons = {row.event[1] for row in rows} - NOT_OF_STORAGE_ALONE

    unknown = [
        said[0].strip()
        for said in told(golden)
        if said["reason"] in reasons and not any(row.is_told_by(said) for row in rows)
    ]

    assert unknown == []


def test_what_is_not_reached_is_in_no_golden_file() -> None:
    shown = {row.event for row in table(PAGE, SEEN)}
    absent = {(type_, reason) for _, _, type_, reason in listed()} - shown
    goldens = sorted((ROOT / "golden").rglob("*.yaml"))

    seen = [
        f"{golden.name}: {said['reason']}"
        for golden in goldens
        for said in told(golden)
        if ("Warning" if said["warning"] else "Normal", said["reason"]) in absent
    ]

    assert seen == []
