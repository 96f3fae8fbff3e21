"""The pages about Events keep their word: each Event can be seen where its row says.

Owns what holds of every page alike. What a page must have, its catalogue, stands with the test of that page.
"""

from __future__ import annotations

import pytest
from event_tables import ROOT, SEEN, Row, misses_its_stories, missing_files, missing_tests, table, without_its_text

PAGES = tuple(ROOT / "docs" / name for name in ("events.md", "pod-events.md", "workload-events.md"))
ROWS = [row for page in PAGES for row in table(page, SEEN)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.place)
def test_every_event_stands_in_the_golden_files_that_its_row_names(row: Row) -> None:
    assert without_its_text(row) == [], f"{row.place}: not seen: {' '.join(row.event)} about a {row.cells['about']}"


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.place)
def test_every_row_names_a_scenario_with_its_golden_file_or_a_test(row: Row) -> None:
    assert not misses_its_stories(row), row.place


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_and_test_that_a_page_names_is_there(page) -> None:
    assert (missing_files(page), missing_tests(page)) == ([], [])
