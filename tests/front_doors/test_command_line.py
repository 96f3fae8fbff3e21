"""The command line in a project of its own: what is printed, where, and the exit status."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from harness import __version__
from harness.cli import main, parser
from harness.errors import InternalError

SCENARIO = """\
description: Something is applied.
steps:
- apply:
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {colour: blue}
- expect:
  - {kind: ConfigMap, metadata: {name: settings}}
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios/x.yaml").write_text(SCENARIO)
    return tmp_path


def test_run_tells_the_story(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenarios/x.yaml"]) == 0
    out = capsys.readouterr().out
    assert "apply configmap/settings" in out
    assert "cm/settings" in out
    assert "expect  held" in out
    assert "golden file golden/x.yaml is missing" in out
    assert "\x1b" not in out


def test_run_can_be_silent_about_golden_files(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenarios/x.yaml", "--golden-less"]) == 0
    assert "golden" not in capsys.readouterr().out


def test_run_streams_every_change(project: Path, capsysbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["run", "scenarios", "--output", "jsonl"]) == 0
    rows = [json.loads(line) for line in capsysbinary.readouterr().out.splitlines()]
    types = [row["type"] for row in rows]
    assert types == [*["ADDED"] * 3, "STEP", "RESPONSE", "ADDED", "SETTLED", "STEP", "EXPECT", "SETTLED"]
    assert {row["object"]["kind"] for row in rows[:3]} == {"Node"}
    assert rows[3]["step"]["apply"]["metadata"] == {"name": "settings"}
    assert rows[4] == {"type": "RESPONSE", "index": 0, "message": "configmap/settings created", "rejected": None}
    assert rows[5]["object"]["data"] == {"colour": "blue"}
    assert rows[6]["reason"] == "settled"
    assert rows[8] == {"type": "EXPECT", "index": 1, "held": True, "text": ""}


def test_an_expect_that_does_not_hold_exits_with_1(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "scenarios/x.yaml").write_text(SCENARIO.replace("- {kind: ConfigMap", "- {kind: Secret"))
    assert main(["run", "scenarios/x.yaml"]) == 1
    assert "did not hold" in capsys.readouterr().out


def test_wrong_input_exits_with_2_one_line_each(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "scenarios/x.yaml").write_text("steps:\n- aply: x\n- scael: y\n")
    for command in ("run", "check"):
        assert main([command, "scenarios/x.yaml"]) == 2
        streams = capsys.readouterr()
        assert streams.out == ""
        lines = streams.err.splitlines()
        assert len(lines) == 2
        assert lines[0].startswith("scenarios/x.yaml:2:3: ")
        assert lines[1].startswith("scenarios/x.yaml:3:3: ")


def test_a_path_that_is_not_there_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "nowhere.yaml"]) == 2
    assert capsys.readouterr().err == "nowhere.yaml does not exist\n"


def test_a_path_that_is_not_there_does_not_hide_the_others(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "nowhere.yaml", "scenarios/x.yaml", "gone/"]) == 2
    streams = capsys.readouterr()
    assert "apply configmap/settings" in streams.out
    assert streams.err == "nowhere.yaml does not exist\ngone does not exist\n"
    assert main(["check", "nowhere.yaml", "scenarios/x.yaml"]) == 2
    streams = capsys.readouterr()
    assert (streams.out, streams.err) == ("", "nowhere.yaml does not exist\n")


def test_a_path_no_file_can_have_is_told(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = "x" * 300
    assert main(["check", name]) == 2
    assert capsys.readouterr().err == f"{name} cannot be read: File name too long\n"


@pytest.mark.parametrize("command", ["run", "check"])
def test_a_folder_without_scenarios_is_told(command: str, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "empty").mkdir()
    assert main([command, "empty"]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("empty holds no scenario") and streams.err.count("\n") == 1


@pytest.mark.parametrize(("command", "fails"), [("run", "play"), ("check", "unplayable")])
def test_a_bug_of_harness_is_one_line_and_does_not_hide_the_others(
    command: str, fails: str, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "scenarios/a.yaml").write_text(SCENARIO)
    monkeypatch.delenv("HARNESS_TRACEBACK", raising=False)
    _break(fails, monkeypatch, ValueError("no such\nthing"))
    assert main([command, "scenarios"]) == 3
    assert capsys.readouterr().err.splitlines() == [
        f"{path}: harness failed: ValueError: no such thing (a bug of harness; set HARNESS_TRACEBACK=1 to see where)"
        for path in ("scenarios/a.yaml", "scenarios/x.yaml")
    ]


def test_what_harness_itself_calls_a_bug_is_one(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    _break("play", monkeypatch, InternalError("this cannot be"))
    assert main(["run", "scenarios"]) == 3
    assert capsys.readouterr().err.startswith("scenarios/x.yaml: harness failed: InternalError: this cannot be (a bug")


def test_a_bug_of_harness_shows_where_if_asked(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARNESS_TRACEBACK", "1")
    _break("play", monkeypatch, ValueError("no such thing"))
    assert main(["run", "scenarios"]) == 3
    assert "Traceback (most recent call last)" in capsys.readouterr().err


def test_a_bug_counts_for_more_than_wrong_input(
    project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (project / "scenarios/z.yaml").write_text("steps: []\n")
    _break("play", monkeypatch, ValueError("no such thing"))
    assert main(["run", "scenarios", "nowhere"]) == 3
    assert "scenarios/z.yaml:1:8: " in capsys.readouterr().err


def _break(name: str, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def broken(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(f"harness.runner.{name}", broken)


def test_one_wrong_scenario_does_not_hide_the_others(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "scenarios/a.yaml").write_text("steps: []\n")
    assert main(["run", "scenarios"]) == 2
    streams = capsys.readouterr()
    assert "apply configmap/settings" in streams.out
    assert streams.err.startswith("scenarios/a.yaml:1:")


def test_invariants_can_be_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "scenarios", "--check", "all"]) == 0


@pytest.mark.parametrize("names", [["ordinals_are_filed"], ["all", "ordinals_are_filed"]])
def test_an_invariant_that_is_none_is_told_before_anything_is_played(
    names: list[str], project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = [word for name in names for word in ("--check", name)]
    assert main(["run", "scenarios", *options]) == 2
    streams = capsys.readouterr()
    assert streams.out == ""
    assert streams.err.startswith("there is no check named 'ordinals_are_filed'; did you mean")
    assert streams.err.count("\n") == 1


def test_check_plays_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "scenarios"]) == 0
    assert capsys.readouterr().out == "1 scenario can be played\n"


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["check", "--help"]])
def test_help_gives_an_example(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 0
    assert "example" in capsys.readouterr().out


def test_the_parser_can_be_had_without_running_anything() -> None:
    options = parser().parse_args(["run", "scenarios", "--check", "all"])
    assert (options.paths, options.check) == (["scenarios"], ["all"])


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--version"])
    assert capsys.readouterr().out == f"harness {__version__}\n"


def test_a_reader_that_goes_away_is_no_error(project: Path) -> None:
    command = [sys.executable, "-m", "harness.cli", "run", "scenarios", "--output", "jsonl"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=project) as running:
        assert running.stdout is not None and running.stderr is not None
        running.stdout.close()
        complaints = running.stderr.read()
    assert complaints == b""


def test_an_interruption_is_quiet(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("harness.runner.play", interrupted)
    assert main(["run", "scenarios"]) == 130


def test_fuzz_says_how_often_each_invariant_was_put_to_the_test(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fuzz", "--examples", "5", "--check", "volume-serves-one-claim"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == "5 scenarios played, 0 invariants broken"
    assert said[1].split()[0] == "volume-serves-one-claim"


def test_fuzz_names_the_nearest_invariant(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fuzz", "--check", "volume-serves-one-clam"]) == 2
    assert "did you mean 'volume-serves-one-claim'" in capsys.readouterr().err


CROWDED = """\
cluster: {nodes: 2, capacity: {cpu: "1", memory: 1Gi, pods: "9"}}
steps:
- cordon: node-2
- apply:
  - {apiVersion: v1, kind: Pod, metadata: {name: web}, spec: {containers: [{name: web, image: "web:1"}]}}
  - apiVersion: v1
    kind: Pod
    metadata: {name: db}
    spec: {containers: [{name: db, image: "db:1", resources: {requests: {cpu: 2}}}]}
- uncordon: node-2
- apply: {apiVersion: v1, kind: Pod, metadata: {name: job}, spec: {containers: [{name: job, image: "job:1"}]}}
"""


def test_explain_says_what_each_node_fell_to_and_what_the_others_earned(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "scenarios/x.yaml").write_text(CROWDED)
    assert main(["explain", "scenarios/x.yaml"]) == 0
    lines = [line.strip() for line in capsys.readouterr().out.splitlines()]
    web = next(index for index, line in enumerate(lines) if line.endswith("pod/web  goes to node-1"))
    assert lines[web + 1] == "node-2  NodeUnschedulable: node(s) were unschedulable"
    db = next(index for index, line in enumerate(lines) if line.endswith("pod/db  finds no node"))
    assert lines[db + 1] == "node-1  NodeResourcesFit: Insufficient cpu"
    assert lines[db + 2] == "node-2  NodeUnschedulable: node(s) were unschedulable"
    job = next(index for index, line in enumerate(lines) if line.endswith("pod/job  goes to node-2"))
    assert lines[job + 1] == "node-2  85 = NodeResourcesFit 85"
    assert lines[job + 2] == "node-1  70 = NodeResourcesFit 70"


def test_explain_can_be_asked_about_one_pod(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (project / "scenarios/x.yaml").write_text(CROWDED)
    assert main(["explain", "scenarios/x.yaml", "--pod", "db"]) == 0
    out = capsys.readouterr().out
    assert "pod/db" in out
    assert "pod/web  goes" not in out
