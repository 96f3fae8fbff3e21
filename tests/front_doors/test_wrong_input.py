"""Wrong input at both doors: one clear message with its place, exit status 2 or a plain failure, never a traceback."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.cli import main

pytest_plugins = ["pytester"]

PLACE = re.compile(r"^\S+\.ya?ml:\d+:\d+: \S", re.MULTILINE)


def _text(text: str) -> Callable[[Path], object]:
    return lambda path: path.write_text(text, encoding="utf-8")


def _outside_by_link(path: Path) -> None:
    (path.parent / "manifests").mkdir()
    (path.parent / "manifests/linked.yaml").symlink_to("/etc/hostname")
    path.write_text("steps:\n- apply: manifests/linked.yaml\n", encoding="utf-8")


POD = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: i}]}}"
BOMB = "a: &a [x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 8)}]\n" for old, new in zip("abcdefg", "bcdefgh", strict=True)
)

WRONG: dict[str, tuple[Callable[[Path], object], str]] = {
    "an empty file": (_text(""), "empty"),
    "no steps": (_text("description: nothing\n"), "steps"),
    "an unknown verb": (_text("steps:\n- aply: x.yaml\n"), "apply"),
    "an unknown key": (_text("stps: []\n"), "steps"),
    "two verbs in a step": (_text("steps:\n- {wait: 1s, scale: sts/web, replicas: 1}\n"), "2 verbs"),
    "a wrong type": (_text("steps:\n- {scale: sts/web, replicas: many}\n"), "many"),
    "a kind nobody has": (_text("steps:\n- {scale: sta/web, replicas: 1}\n"), "sta"),
    "a manifest that is missing": (_text("steps:\n- apply: nowhere.yaml\n"), "nowhere.yaml"),
    "a manifest outside the project": (_text("steps:\n- apply: ../../../etc/passwd\n"), "--allow-outside"),
    "a manifest outside the project by a link": (_outside_by_link, "--allow-outside"),
    "a key that is there twice": (_text("steps: []\nsteps: []\n"), "steps"),
    "a tab": (_text("steps:\n\t- wait: 1s\n"), "tab"),
    "no UTF-8": (lambda path: path.write_bytes(b"steps:\n- wait: \xff\xfe\n"), "UTF-8"),
    "an alias bomb": (_text(f"{BOMB}steps:\n- wait: 1s\n"), "alias"),
    "brackets without end": (_text("steps: " + "[" * 100_000), "deep"),
    "a file of 50 MB": (_text("# " + "x" * 50_000_000), "more than the 1,000,000"),
    "a command that is not played": (_text("steps:\n- kubectl: describe pods\n"), "not played"),
    "a URL that is none": (_text("steps:\n- expect: [{url: demo.example.com, serves: null}]\n"), "a URL such as"),
    "an object without a kind": (
        _text(f"steps:\n- apply:\n    apiVersion: v1\n    kind: List\n    items: [{POD}, {{metadata: {{name: x}}}}]\n"),
        "kind",
    ),
    "a number that is none": (_text("steps:\n- {scale: sts/web, replicas: 1e3}\n"), "1e3"),
    "a word of YAML 1.1 where a switch belongs": (_text("steps:\n- {wait: 1s, settle: no}\n"), "no"),
}


@pytest.mark.parametrize("case", WRONG)
def test_the_command_names_the_place_and_exits_with_2(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    write, word = WRONG[case]
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    write(Path("wrong.yaml"))
    assert main(["run", "wrong.yaml"]) == 2
    output = capsys.readouterr()
    assert output.out == ""
    assert PLACE.search(output.err)
    assert word in output.err
    assert "Traceback" not in output.err


@pytest.mark.parametrize("case", WRONG)
def test_pytest_fails_with_the_place_and_without_a_traceback(case: str, pytester: pytest.Pytester) -> None:
    write, word = WRONG[case]
    pytester.makeini("[pytest]")
    folder = pytester.mkdir("scenarios")
    write(folder / "wrong.yaml")
    result = pytester.runpytest("-p", "no:cacheprovider", "scenarios/")
    assert result.ret == 1
    result.assert_outcomes(failed=1)
    text = result.stdout.str()
    assert "scenarios/wrong.yaml:" in text
    assert word in text
    assert "Traceback" not in text


def test_octal_and_yes_in_a_manifest_are_read_as_kubectl_reads_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("s.yaml").write_text(
        "steps:\n"
        "- apply:\n"
        "    apiVersion: v1\n"
        "    kind: Pod\n"
        "    metadata: {name: p}\n"
        "    spec:\n"
        "      hostNetwork: yes\n"
        "      containers: [{name: c, image: 'i:1'}]\n"
        "      volumes: [{name: v, configMap: {name: m, optional: yes, defaultMode: 0400}}]\n"
        "- expect:\n"
        "  - {kind: Pod, metadata: {name: p}, spec: {hostNetwork: true}}\n"
        "  - {kind: Pod, metadata: {name: p}, spec: {volumes: [{name: v, configMap: {defaultMode: 256}}]}}\n",
        encoding="utf-8",
    )
    assert main(["run", "s.yaml"]) == 0, capsys.readouterr()
