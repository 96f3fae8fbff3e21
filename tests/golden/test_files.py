"""Golden files on disk: old or new, never half; and which of them nobody owns."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.errors import UsageError
from harness.golden import files
from harness.golden.places import Places, pending_of
from harness.golden.verdict import Mode, State, first_difference, judge

HEADER = "# harness golden 1 · x\n"


def test_an_interrupted_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    golden = tmp_path / "x.yaml"
    files.write(golden, "old\n")

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write(golden, "new\n")
    assert golden.read_text() == "old\n"
    assert [path.name for path in tmp_path.iterdir()] == ["x.yaml"]


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "golden").write_text("a file, not a folder")
    with pytest.raises(UsageError, match=r"cannot write .*golden/x\.yaml"):
        files.write(tmp_path / "golden" / "x.yaml", "new\n")


def test_a_golden_file_can_be_read_by_others(tmp_path: Path) -> None:
    files.write(tmp_path / "x.yaml", "new\n")
    assert (tmp_path / "x.yaml").stat().st_mode & 0o777 == 0o644


def test_the_verdict_is_equality_of_text(tmp_path: Path) -> None:
    golden = tmp_path / "x.yaml"
    assert judge("a\n", golden).state is State.MISSING
    files.write(golden, "a\n")
    assert judge("a\n", golden).state is State.MATCHING
    assert judge("a \n", golden).state is State.CHANGED


def test_each_mode_accepts_what_it_says() -> None:
    accepted = {mode.value: [state.value for state in State if mode.accepts(state)] for mode in Mode}
    assert accepted == {"check": [], "pending": [], "new": ["missing"], "update": ["changed", "missing"]}


def test_the_first_difference_may_be_the_end() -> None:
    assert first_difference("a\nb", "a\nb\nc") == (3, "", "c")
    assert first_difference("a", "a")[0] == 0


@pytest.fixture
def places(tmp_path: Path) -> Places:
    for name in ("scenarios/topic/x.yaml", "scenarios/manifests/m.yaml", "golden/topic/x.yaml"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(HEADER)
    return Places((tmp_path / "scenarios",), tmp_path / "golden")


def test_a_golden_file_has_the_path_of_its_scenario(places: Places, tmp_path: Path) -> None:
    scenario = tmp_path / "scenarios/topic/x.yaml"
    assert places.golden_of(scenario) == tmp_path / "golden/topic/x.yaml"
    assert places.title_of(scenario) == "scenarios/topic/x.yaml"
    assert Places.around(scenario) == places
    assert places.golden_of(tmp_path / "elsewhere.yaml") is None


def test_only_golden_files_without_a_scenario_are_strays(places: Places, tmp_path: Path) -> None:
    assert places.strays() == ()
    (tmp_path / "golden/topic/x.new.yaml").write_text(HEADER)
    (tmp_path / "golden/notes.yaml").write_text("mine: true\n")
    assert places.strays() == ()
    stray = tmp_path / "golden/topic/old.yaml"
    for name in ("topic/old.yaml", "topic/old.new.yaml", "manifests/m.yaml"):
        path = tmp_path / "golden" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEADER)
    assert places.strays() == (tmp_path / "golden/manifests/m.yaml", pending_of(stray), stray)


def test_removing_the_last_file_removes_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "golden/a/b/x.yaml"
    files.write(path, HEADER)
    files.remove(path, tmp_path / "golden")
    assert list((tmp_path / "golden").iterdir()) == []
