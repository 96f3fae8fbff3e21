"""pytest in a project that has scenarios: what is collected, what fails, what is written, what is said."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

SCENARIO = """\
steps:
- apply:
    apiVersion: v1
    kind: ConfigMap
    metadata: {name: settings}
    data: {colour: blue}
"""
FAILING = """\
steps:
- expect:
  - {kind: ConfigMap, metadata: {name: nowhere}}
"""


@pytest.fixture(autouse=True)
def unattended(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person's shell, whatever this run is."""
    for name in ("CI", "GITHUB_ACTIONS", "BUILDKITE", "TF_BUILD", "GITLAB_CI", "JENKINS_URL", "TEAMCITY_VERSION"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("HARNESS_GOLDEN", raising=False)


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    write(pytester, "scenarios/topic/blue.yaml", SCENARIO)
    return pytester


def write(pytester: pytest.Pytester, name: str, text: str) -> Path:
    path = pytester.path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def golden(pytester: pytest.Pytester, name: str = "topic/blue.yaml") -> Path:
    return pytester.path / "golden" / name


def test_a_missing_golden_file_fails_and_is_not_written(project: pytest.Pytester) -> None:
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "golden file missing: golden/topic/blue.yaml",
            "  accept: pytest scenarios/topic/blue.yaml --golden-update",
            "FAILED scenarios/topic/blue.yaml::blue - golden file missing*",
        ]
    )
    assert not golden(project).exists()


def test_update_writes_says_so_and_passes(project: pytest.Pytester) -> None:
    result = project.runpytest("--golden-update")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["written (1):", "  golden/topic/blue.yaml"])
    assert golden(project).read_text(encoding="utf-8").startswith("# harness golden 1 · scenarios/topic/blue.yaml\n")
    project.runpytest().assert_outcomes(passed=1)


def test_a_change_fails_with_what_went_another_way(project: pytest.Pytester) -> None:
    project.runpytest("--golden-update")
    write(project, "scenarios/topic/blue.yaml", SCENARIO.replace("blue", "green"))
    result = project.runpytest()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["golden file differs: 1 object differs", "    configmap/settings  data.colour: blue -> green", "changed (1):"]
    )
    project.runpytest("--golden=new").assert_outcomes(failed=1)
    assert "blue}" in golden(project).read_text(encoding="utf-8")
    result = project.runpytest("--golden=update")
    result.stdout.fnmatch_lines(["rewritten (1):"])
    assert "green}" in golden(project).read_text(encoding="utf-8")


def test_pending_writes_beside_and_fails(project: pytest.Pytester) -> None:
    result = project.runpytest("--golden=pending")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["waiting for a decision (1):", "  golden/topic/blue.new.yaml"])
    assert not golden(project).exists()
    project.runpytest("--golden-update").assert_outcomes(passed=1)
    assert not golden(project, "topic/blue.new.yaml").exists()


@pytest.mark.parametrize("mode", ["pending", "new", "update"])
def test_ci_refuses_to_write(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, mode: str) -> None:
    monkeypatch.setenv("CI", "true")
    result = project.runpytest(f"--golden={mode}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"ERROR: --golden {mode} writes golden files, which a CI run must not*"])
    assert not golden(project).exists()
    monkeypatch.setenv("CI", "false")
    assert project.runpytest(f"--golden={mode}").ret != pytest.ExitCode.USAGE_ERROR


def test_the_option_wins_over_the_environment_over_the_ini_file(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.makeini("[pytest]\nharness_golden_mode = update\n")
    monkeypatch.setenv("HARNESS_GOLDEN", "check")
    project.runpytest().assert_outcomes(failed=1)
    project.runpytest("--golden=update").assert_outcomes(passed=1)
    monkeypatch.setenv("HARNESS_GOLDEN", "updat")
    result = project.runpytest()
    result.stderr.fnmatch_lines(["ERROR: HARNESS_GOLDEN is 'updat', expected one of *; did you mean update?"])


def test_a_golden_file_that_nobody_owns_fails_a_complete_run(project: pytest.Pytester) -> None:
    project.runpytest("--golden-update")
    stray = write(project, "golden/old.yaml", golden(project).read_text(encoding="utf-8"))
    result = project.runpytest()
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["no scenario owns it (1):", "  golden/old.yaml"])
    result = project.runpytest("--golden-update")
    assert result.ret == pytest.ExitCode.OK
    result.stdout.fnmatch_lines(["deleted, no scenario owns it (1):", "  golden/old.yaml"])
    assert not stray.exists()


@pytest.mark.parametrize(
    "arguments",
    [
        ["-k", "blue"],
        ["-m", "not slow"],
        ["scenarios/topic/blue.yaml"],
        ["scenarios/topic"],
        ["scenarios/topic/blue.yaml::blue"],
        ["--deselect", "scenarios/topic/other.yaml::other"],
        ["--collect-only"],
    ],
)
def test_a_partial_run_never_calls_a_golden_file_unused(project: pytest.Pytester, arguments: list[str]) -> None:
    project.runpytest("--golden-update")
    stray = write(project, "golden/old.yaml", golden(project).read_text(encoding="utf-8"))
    assert project.runpytest("--golden-update", *arguments).ret == pytest.ExitCode.OK
    assert stray.exists()


def test_skipped_scenarios_own_their_golden_files(project: pytest.Pytester) -> None:
    project.runpytest("--golden-update")
    write(project, "scenarios/topic/blue.yaml", "marks: [{skip: not today}]\n" + SCENARIO)
    result = project.runpytest("-rs", "--golden-update")
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["SKIPPED * not today"])
    assert golden(project).exists()


def test_marks_select_and_expect_failure(project: pytest.Pytester) -> None:
    project.makeini("[pytest]\nmarkers = slow: takes long\n")
    write(project, "scenarios/failing.yaml", "marks: [slow, {xfail: known}]\n" + FAILING)
    project.runpytest("-m", "slow").assert_outcomes(xfailed=1, deselected=1)


def test_an_expect_that_does_not_hold_fails_and_nothing_is_written(project: pytest.Pytester) -> None:
    write(project, "scenarios/failing.yaml", FAILING)
    result = project.runpytest("--golden-update", "-k", "failing")
    result.assert_outcomes(failed=1, deselected=1)
    result.stdout.fnmatch_lines(["expect does not hold: *", "  scenarios/failing.yaml:2"])
    assert not golden(project, "failing.yaml").exists()


def test_a_mistake_in_a_scenario_is_told_by_line_without_a_traceback(project: pytest.Pytester) -> None:
    write(project, "scenarios/wrong.yaml", "steps:\n- aply: x.yaml\n")
    result = project.runpytest("--golden-update")
    result.assert_outcomes(failed=1, passed=1)
    result.stdout.fnmatch_lines(["scenarios/wrong.yaml:2:3: *aply*did you mean*apply*"])
    result.stdout.no_fnmatch_line("*Traceback*")
    result.stdout.no_fnmatch_line("*pytest_plugin.py*")


def test_a_run_in_which_two_plays_differ_writes_nothing(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    from harness import verify

    titles = iter(("one", "two"))
    monkeypatch.setattr(verify, "golden_text", lambda *_: f"# harness golden 1 · x\n{next(titles)}\n")
    result = project.runpytest_inprocess("--golden-update")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["not deterministic: two runs differ, first at line 2 of the golden file*"])
    assert not golden(project).exists()


def test_an_interrupted_write_leaves_the_old_golden_file(
    project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.runpytest("--golden-update")
    old = golden(project).read_text(encoding="utf-8")
    write(project, "scenarios/topic/blue.yaml", SCENARIO.replace("blue", "green"))

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(os, "replace", interrupted)
        project.runpytest_inprocess("--golden-update", no_reraise_ctrlc=True)
    assert golden(project).read_text(encoding="utf-8") == old
    assert len(list(golden(project).parent.iterdir())) == 1


def test_invariants_can_be_asked_for(project: pytest.Pytester) -> None:
    project.runpytest("--golden-update", "--check", "all").assert_outcomes(passed=1)
    result = project.runpytest("--check", "nothing-like-it")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["there is no check named 'nothing-like-it'*"])


def test_a_broken_invariant_fails_and_is_not_written(project: pytest.Pytester, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("harness.verify.examine", lambda *_: ("one-claim-one-volume: pvc/a is bound twice",))
    result = project.runpytest_inprocess("--golden-update", "--check", "all")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["invariant broken: one-claim-one-volume: pvc/a is bound twice"])
    assert not golden(project).exists()


def test_manifests_are_no_scenarios(project: pytest.Pytester) -> None:
    manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n"
    write(project, "scenarios/topic/manifests/c.yaml", manifest)
    write(project, "elsewhere/c.yaml", manifest)
    project.runpytest("--golden-update").assert_outcomes(passed=1)


def test_a_manifest_outside_the_project_must_be_allowed(project: pytest.Pytester, tmp_path: Path) -> None:
    outside = tmp_path / "outside.yaml"
    outside.write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    write(project, "pyproject.toml", "")
    write(project, "scenarios/topic/blue.yaml", f"steps: [{{apply: {outside}}}]\n")
    result = project.runpytest("--golden-update")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*--allow-outside*"])
    project.runpytest("--golden-update", "--allow-outside").assert_outcomes(passed=1)


def test_folders_can_be_named_in_the_ini_file(pytester: pytest.Pytester) -> None:
    pytester.makeini("[pytest]\nharness_scenarios = rehearsals\nharness_golden = rehearsals-golden\n")
    write(pytester, "rehearsals/x.yaml", SCENARIO)
    write(pytester, "scenarios/y.yaml", SCENARIO)
    pytester.runpytest("--golden-update").assert_outcomes(passed=1)
    assert (pytester.path / "rehearsals-golden/x.yaml").exists()


def test_without_an_ini_file_it_works_from_inside_the_scenarios(project: pytest.Pytester) -> None:
    os.chdir(project.path / "scenarios" / "topic")
    project.runpytest("--golden-update", "blue.yaml").assert_outcomes(passed=1)
    assert golden(project).exists()


@pytest.mark.slow
def test_workers_share_the_work(project: pytest.Pytester) -> None:
    for number in range(6):
        write(project, f"scenarios/s{number}.yaml", SCENARIO)
    write(project, "golden/old.yaml", "# harness golden 1 · x\n")
    result = project.runpytest_subprocess("-n", "4", "--golden-update")
    result.assert_outcomes(passed=7)
    result.stdout.fnmatch_lines(["written (7):", "deleted, no scenario owns it (1):"])
    write(project, "golden/old.yaml", "# harness golden 1 · x\n")
    write(project, "scenarios/s0.yaml", SCENARIO.replace("blue", "green"))
    result = project.runpytest_subprocess("-n", "4")
    result.assert_outcomes(passed=6, failed=1)
    result.stdout.fnmatch_lines(["changed (1):", "no scenario owns it (1):", "FAILED * golden file differs*"])


def test_loading_the_plugin_imports_nothing_heavy(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(
        """
        import sys

        def test_light():
            heavy = {"msgspec", "yaml", "deepdiff", "harness.golden", "harness.objects", "harness.runner"}
            assert not heavy & set(sys.modules)
        """
    )
    pytester.runpytest_subprocess("-p", "no:hypothesispytest", "-p", "no:xdist").assert_outcomes(passed=1)
