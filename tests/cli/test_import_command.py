"""`harness import`: where scenarios are written, and that nothing is lost on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.cli import main

pytest_plugins = ["pytester"]

INSTALL = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {level: info}\n"


@pytest.fixture
def tests(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two kuttl tests, seen from the folder above them."""
    monkeypatch.chdir(tmp_path)
    for name in ("one", "two"):
        Path("tests", name).mkdir(parents=True)
        Path("tests", name, "00-install.yaml").write_text(INSTALL)
        Path("tests", name, "00-assert.yaml").write_text(INSTALL)
    return Path("tests")


def test_a_scenario_goes_to_stdout(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "tests/one"]) == 0
    told = capsys.readouterr()
    assert told.out.startswith("# Imported from the kuttl test tests/one.\ndescription: ")
    assert told.err == ""


def test_an_imported_scenario_plays(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "tests/one", "--output", "scenarios/one.yaml"]) == 0
    assert main(["check", "scenarios"]) == 0
    assert main(["run", "scenarios"]) == 0
    assert "2 steps, all as expected" in capsys.readouterr().out


def test_imported_scenarios_run_under_pytest(pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_GOLDEN_ALLOW_CI_WRITE", "1")
    Path("tests/one").mkdir(parents=True)
    Path("tests/one/00-install.yaml").write_text(INSTALL)
    assert main(["import", "tests/one", "--output", "scenarios/one.yaml"]) == 0
    pytester.runpytest_inprocess("scenarios", "--golden-update")
    assert "configmap/settings" in Path("golden/one.yaml").read_text()
    pytester.runpytest_inprocess("scenarios").assert_outcomes(passed=1)


def test_each_of_several_tests_gets_a_file(tests: Path) -> None:
    assert main(["import", "tests", "--output", "scenarios/"]) == 0
    assert sorted(path.name for path in Path("scenarios").iterdir()) == ["one.yaml", "two.yaml"]


def test_what_is_left_out_is_told_on_stderr(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    step = "apiVersion: kuttl.dev/v1beta1\nkind: TestStep\ncommands: [{script: make check}]\n"
    Path("tests/one/01-step.yaml").write_text(step)
    assert main(["import", "tests/one", "--output", "one.yaml"]) == 0
    told = capsys.readouterr()
    assert told.err == "tests/one/01-step.yaml:3:12: not carried over: the command make check\n"
    assert "# tests/one/01-step.yaml:3:12: not carried over: the command make check\n" in Path("one.yaml").read_text()


def test_nothing_is_written_over_unless_told_so(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("scenarios").mkdir()
    Path("scenarios/two.yaml").write_text("mine")
    assert main(["import", "tests", "--output", "scenarios"]) == 2
    assert capsys.readouterr().err == "scenarios/two.yaml is there already; --force writes over it\n"
    assert [path.name for path in Path("scenarios").iterdir()] == ["two.yaml"]
    assert main(["import", "tests", "--output", "scenarios", "--force"]) == 0
    assert Path("scenarios/two.yaml").read_text().startswith("# Imported")


def test_a_test_that_cannot_be_read_leaves_no_file(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("tests/one/00-assert.yaml").write_text("a: [")
    assert main(["import", "tests", "--output", "scenarios/"]) == 2
    assert capsys.readouterr().err.startswith("tests/one/00-assert.yaml:2:1: not valid YAML")
    assert [path.name for path in Path("scenarios").iterdir()] == ["two.yaml"]


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["missing"], "missing does not exist"),
        (["tests"], "2 tests were found, and stdout takes one: name a folder with --output"),
        (["tests", "--output", "all.yaml"], "2 tests were found, and all.yaml takes one: name a folder, as all.yaml/"),
        (["tests/one", "--output", "tests/one/00-install.yaml/x.yaml"], "cannot be written"),
    ],
)
def test_what_cannot_be_done_is_a_complaint(
    tests: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], complaint: str
) -> None:
    assert main(["import", *arguments]) == 2
    assert complaint in capsys.readouterr().err


def test_tests_of_one_name_are_not_written_to_one_file(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("more/one").mkdir(parents=True)
    Path("more/one/00-install.yaml").write_text(INSTALL)
    assert main(["import", "tests/one", "more/one", "--output", "scenarios/"]) == 2
    assert "would both be written to scenarios/one.yaml" in capsys.readouterr().err


def test_the_same_test_gives_the_same_bytes(tests: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told = []
    for _ in range(2):
        main(["import", "tests/one"])
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
