"""The pages about fields say what the table says."""

from __future__ import annotations

import runpy
from pathlib import Path

from harness.fidelity.pages import BEGIN, END
from harness.objects.schemas import TYPES
from harness.outcome import ATTENDED

DOCS = Path(__file__).parents[2] / "docs"


def test_the_pages_are_as_the_table_has_them() -> None:
    pages = runpy.run_path(str(DOCS / "write_pages.py"))["pages"]()
    stale = [path.name for path, text in pages.items() if path.read_text(encoding="utf-8") != text]
    assert not stale, f"out of date: {', '.join(stale)}; run python docs/write_pages.py"


def test_every_kind_that_is_attended_to_has_its_table() -> None:
    page = (DOCS / "fields.md").read_text(encoding="utf-8")
    attended = [kind for kind in TYPES if kind in ATTENDED]
    assert [kind for version, kind in attended if f"\n## {kind} ({version})\n" not in page] == []


def test_links_within_the_page_lead_somewhere() -> None:
    page = (DOCS / "fields.md").read_text(encoding="utf-8")
    anchors = {line[3:].lower().replace(" ", "-") for line in page.splitlines() if line.startswith("## ")}
    links = {part.partition(")")[0] for part in page.split("](#")[1:]}
    assert links <= anchors


def test_what_people_wrote_stands_outside_the_markers() -> None:
    text = (DOCS / "fidelity.md").read_text(encoding="utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert "## How it is known" in text.partition(BEGIN)[0]
