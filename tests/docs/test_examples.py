"""The documentation keeps its word: examples play as written, and commands are ones the tools understand.

Owns how an example is told from other fenced text. In a page, a block that begins with `# some/path.yaml` is a file of
that name, and all pages share one project, which has this project's own manifests too; a block with `steps` is a whole
scenario; a list is steps out of one.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Iterator
from copy import copy
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from harness.cli import parser as command_line_parser
from harness.golden.text import is_golden
from harness.runner import play, unplayable
from harness.runner.verbs import VERBS as PLAYED
from harness.scenario.kubectl_line import options_of
from harness.scenario.kubectl_line.commands import COMMANDS
from harness.scenario.reading import parse_scenario, read_scenario
from harness.scenario.steps import VERBS

ROOT = Path(__file__).parents[2]
LANGUAGE = ROOT / "docs" / "scenarios.md"
PAGES = (ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md")))

_FENCE = re.compile(r"^```(?P<language>\w*)[^\n]*\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE_NAME = re.compile(r"# (?P<name>[\w./-]+\.ya?ml)(?: .*)?")
_LOG_LINE = re.compile(r"^ *\+\d+\.\d{3}s ", re.MULTILINE)
_SHELLS = ("", "sh", "bash", "shell", "console")
_OPERATORS = frozenset("|&;<>()")
_UNNAMED = "scenarios/unnamed.yaml"


class Block(NamedTuple):
    """A fenced block; `line` is that of its first line in the page, from 1."""

    page: Path
    line: int
    language: str
    text: str

    @property
    def place(self) -> str:
        return f"{self.page.name}:{self.line}"

    @property
    def file_name(self) -> str:
        """The file the block says it is; empty for one that does not say."""
        match = _FILE_NAME.fullmatch(self.text.split("\n", 1)[0])
        return match["name"] if match is not None else ""


@cache
def _blocks() -> tuple[Block, ...]:
    found = []
    for page in PAGES:
        text = page.read_text("utf-8")
        for match in _FENCE.finditer(text):
            line = text.count("\n", 0, match.start()) + 2
            found.append(Block(page, line, match["language"], match["text"]))
    return tuple(found)


def _yaml_blocks(shape: type) -> list[Block]:
    """The YAML examples that are of one shape; golden files, which have steps too, are no scenarios."""
    return [
        block
        for block in _blocks()
        if block.language == "yaml" and not is_golden(block.text) and isinstance(_first_document(block.text), shape)
    ]


def _first_document(text: str) -> object:
    return next(iter(yaml.safe_load_all(text)), None)


def _mapping(text: str) -> dict[str, object]:
    document = _first_document(text)
    return document if isinstance(document, dict) else {}


def _whole_scenarios() -> list[Block]:
    return [block for block in _yaml_blocks(dict) if "steps" in _mapping(block.text)]


def _excerpts() -> list[Block]:
    """What is shown of golden files."""
    return [block for block in _blocks() if _LOG_LINE.search(block.text)]


def _stands_in(excerpt: str, golden: str) -> bool:
    """Whether every line of the excerpt is one of the golden file, in its order; `…` stands for any text."""
    wanted = (".*".join(map(re.escape, line.strip().split("…"))) for line in excerpt.splitlines())
    told = iter(golden.splitlines())
    return all(any(re.fullmatch(f" *{pattern}", line) for line in told) for pattern in wanted)


def _commands() -> Iterator[tuple[str, list[str]]]:
    """Every command line of the two tools: where it stands, and its words."""
    for block in _blocks():
        for number, line in enumerate(block.text.splitlines(), block.line):
            if block.language in _SHELLS and re.search(r"\b(harness|pytest)\b", line):
                for words in _split(line.removeprefix("$ ")):
                    if words[0] in ("harness", "pytest"):
                        yield f"{block.page.name}:{number}", words


def _split(line: str) -> list[list[str]]:
    """The commands of a line, each as its words, without comments; where output goes counts as a command."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
    lexer.whitespace_split = True
    commands: list[list[str]] = [[]]
    for word in lexer:
        if _OPERATORS.issuperset(word):
            commands.append([])
        else:
            commands[-1].append(word)
    return [words for words in commands if words]


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with every file that the pages show, and this project's manifests where they lie."""
    (tmp_path / "pyproject.toml").touch()
    for folder in sorted((ROOT / "scenarios").rglob("manifests")):
        shutil.copytree(folder, tmp_path / folder.relative_to(ROOT))
    for block in _blocks():
        if block.file_name:
            path = tmp_path / block.file_name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.text, "utf-8")
    return tmp_path


@pytest.mark.parametrize("block", _whole_scenarios(), ids=lambda block: block.place)
def test_every_whole_scenario_plays_as_the_page_says(block: Block, project: Path) -> None:
    path = project / (block.file_name or _UNNAMED)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(block.text, "utf-8")

    outcome = play(read_scenario(path))

    surprises = [
        f"step {step.index + 1}, {step.did}: {step.text or step.rejected or 'was not rejected'}"
        for step in outcome.steps
        if step.failed or (step.rejected is not None and not step.expected_rejection)
    ]
    assert surprises == []


@pytest.mark.parametrize("block", _yaml_blocks(list), ids=lambda block: block.place)
def test_every_list_of_steps_can_be_read_and_is_played(block: Block, project: Path) -> None:
    path = project / _UNNAMED

    scenario = parse_scenario(f"steps:\n{block.text}", path.as_posix())

    assert unplayable(scenario) == ()


@pytest.mark.parametrize("block", _excerpts(), ids=lambda block: block.place)
def test_what_is_shown_of_a_golden_file_stands_in_one(block: Block) -> None:
    goldens = sorted((ROOT / "golden").rglob("*.yaml"))

    assert any(_stands_in(block.text, path.read_text("utf-8")) for path in goldens)


def test_the_pages_show_what_golden_files_look_like() -> None:
    assert {block.page.name for block in _excerpts()} == {"README.md", "golden-files.md"}


def test_the_language_has_a_page_with_examples() -> None:
    in_page = [block for block in _whole_scenarios() if block.page == LANGUAGE]

    assert len(in_page) >= 5


@pytest.mark.parametrize("verb", VERBS)
def test_the_page_of_the_language_names_every_verb_and_the_keys_beside_a_played_one(verb: str) -> None:
    text = LANGUAGE.read_text("utf-8")
    played = {action.verb for action in PLAYED} | {"wait", "expect"}
    keys = list(VERBS[verb].keys) if verb in played else [verb]

    assert [key for key in keys if f"`{key}`" not in text] == []


@pytest.mark.parametrize(("place", "words"), [pytest.param(*command, id=command[0]) for command in _commands()])
def test_every_command_line_is_understood(place: str, words: list[str], pytestconfig: pytest.Config) -> None:
    tool, arguments = words[0], words[1:]
    if tool == "harness":
        _understood_by_harness(arguments)
    else:
        parser = pytestconfig._parser
        _, unknown = parser.parse_known_and_unknown_args(arguments, copy(pytestconfig.option))
        assert unknown == [], place


def _understood_by_harness(arguments: list[str]) -> None:
    try:
        command_line_parser().parse_args(arguments)
    except SystemExit as ended:
        # --help and --version end the program, and are well understood.
        assert not ended.code, f"harness {shlex.join(arguments)} is not understood"


def test_every_command_and_option_of_a_command_line_stands_in_the_page() -> None:
    page = LANGUAGE.read_text(encoding="utf-8")
    section = page[page.index("\n### kubectl\n") : page.index("\n### wait, expect\n")]
    for name in COMMANDS:
        assert name.split()[-1] in section, name
        for option in options_of(name):
            known = f"`--{option.name}" in section or (option.short and f"`-{option.short}" in section)
            assert known, (name, option.name)
