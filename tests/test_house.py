"""House rules that no linter knows: how a file of harness/ begins, what it is called, and what it never asks for.

Owns the rules and who is excepted from them. Layers are import-linter's, style is ruff's, types are mypy's.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import harness

ROOT = Path(harness.__file__).parent
FILES = tuple(sorted(ROOT.rglob("*.py")))

LONGEST_FUNCTION = 70
NOUNS_NOBODY_LOOKED_FOR = frozenset({"utils", "util", "common", "core", "helpers", "helper", "manager", "misc"})
UNFINISHED = ("TO" + "DO", "FIX" + "ME", "XX" + "X")

# What answers differently on another day, in another process or on another machine.
CHANCE_MODULES = frozenset({"random", "secrets", "uuid"})
CHANCE_CALLS = frozenset(
    {
        "date.today",
        "datetime.now",
        "datetime.today",
        "datetime.utcnow",
        "hash",
        "id",
        "os.urandom",
        "time.localtime",
        "time.monotonic",
        "time.perf_counter",
        "time.time",
        "time.time_ns",
    }
)
FOLDER_LISTINGS = frozenset({"glob", "iglob", "iterdir", "listdir", "rglob", "scandir"})
SETS = frozenset({"frozenset", "set"})

# (file, call) -> why it does no harm there.
EXCEPTED = {
    ("scenario/steps.py", "id"): "names a node that outlives the table; nothing is ordered by it",
    ("verify.py", "glob"): "only whether a file is among them is asked",
}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    return tuple(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def each(*types: type[ast.AST]) -> Iterator[tuple[str, Any]]:
    """Every node of these types, with its file's path below harness/."""
    for path in FILES:
        name = path.relative_to(ROOT).as_posix()
        yield from ((name, node) for node in nodes(path) if isinstance(node, types))


def called(call: ast.Call) -> str:
    """The last two words of what is called: `datetime.now` for `datetime.datetime.now(...)`."""
    return ".".join(ast.unparse(call.func).split(".")[-2:])


def is_set(node: ast.expr) -> bool:
    if isinstance(node, ast.Call):
        return isinstance(node.func, ast.Name) and node.func.id in SETS
    return isinstance(node, ast.Set | ast.SetComp)


def test_every_file_opens_with_a_docstring() -> None:
    silent = [name for name, module in each(ast.Module) if module.body and not ast.get_docstring(module)]
    assert silent == []


def test_no_file_hides_its_noun() -> None:
    words = {path: "_".join(path.relative_to(ROOT).with_suffix("").parts).split("_") for path in FILES}
    assert [path for path in FILES if not NOUNS_NOBODY_LOOKED_FOR.isdisjoint(words[path])] == []


def test_nothing_is_left_for_later() -> None:
    texts = {path: path.read_text(encoding="utf-8") for path in FILES}
    assert [(path.name, word) for path, text in texts.items() for word in UNFINISHED if word in text] == []


def test_functions_fit_a_screen() -> None:
    lengths = [
        (f"{name}:{function.lineno} {function.name}", (function.end_lineno or 0) - function.lineno + 1)
        for name, function in each(ast.FunctionDef, ast.AsyncFunctionDef)
    ]
    assert [(where, lines) for where, lines in lengths if lines > LONGEST_FUNCTION] == []


def test_no_one_asks_a_clock_or_chance() -> None:
    asked = [
        f"{name}:{call.lineno} calls {called(call)}"
        for name, call in each(ast.Call)
        if called(call) in CHANCE_CALLS and (name, called(call)) not in EXCEPTED
    ]
    for name, node in each(ast.Import, ast.ImportFrom):
        modules = [node.module] if isinstance(node, ast.ImportFrom) else [alias.name for alias in node.names]
        asked += [f"{name}:{node.lineno} imports {module}" for module in modules if module in CHANCE_MODULES]
    assert asked == []


def test_folders_are_listed_in_order() -> None:
    ordered = {
        argument
        for _, call in each(ast.Call)
        if isinstance(call.func, ast.Name) and call.func.id == "sorted"
        for argument in ast.walk(call)
    }
    listings = [
        f"{name}:{call.lineno} {ast.unparse(call)}"
        for name, call in each(ast.Call)
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in FOLDER_LISTINGS
        and call not in ordered
        and (name, call.func.attr) not in EXCEPTED
    ]
    assert listings == []


def test_no_one_walks_through_a_set() -> None:
    walks = each(ast.For, ast.AsyncFor, ast.comprehension)
    assert [f"{name}: {ast.unparse(walk.iter)}" for name, walk in walks if is_set(walk.iter)] == []
