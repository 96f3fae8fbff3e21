"""`get`: what there is, as a table or in another form.

Owns how kubectl puts tables together: kinds before names, namespaces, labels, an order. What stands in a table is known
elsewhere. Mirrors kubectl's pkg/cmd/get (get.go, table_printer.go, sorter.go).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from functools import cmp_to_key
from itertools import groupby
from typing import Any

import yaml

from harness.objects import jsonpath, quantity
from harness.objects.wire import to_wire
from harness.runner.commands.choosing import Chosen, chosen
from harness.runner.commands.running import Run
from harness.runner.tables import columns_of, laid_out
from harness.scenario.model import Plain

_BASE: Any = getattr(yaml, "CSafeDumper", yaml.SafeDumper)


class _Dumper(_BASE):  # type: ignore[misc]
    """Writes texts as sigs.k8s.io/yaml does: in double quotes where they need any, several lines as a block."""

    def ignore_aliases(self, _data: Any) -> bool:
        return True


def _represent_text(dumper: Any, text: str) -> Any:
    style = "|" if "\n" in text else None
    if style is None and dumper.resolve(yaml.ScalarNode, text, (True, False)) != _TEXT_TAG:
        style = '"'
    return dumper.represent_scalar(_TEXT_TAG, text, style=style)


_TEXT_TAG = "tag:yaml.org,2002:str"
_Dumper.add_representer(str, _represent_text)


async def play(run: Run) -> None:
    kubectl, options = run.kubectl, run.options
    ignore_missing = options.get("ignore-not-found", False)
    found = await chosen(run, run.line.selection, look=True, ignore_missing=ignore_missing)
    output, _, template = options.get("output", "").partition("=")
    if "sort-by" in options:
        found = _sorted(run, found, options["sort-by"])
    if output in ("", "wide"):
        _print_tables(run, found, wide=output == "wide")
    elif output == "name":
        kubectl.printed += [f"{one.kind.resource.group_kind}/{one.name}" for one in found]
    elif run.line.selection.unknown or (kubectl.failed and not found):
        return
    else:
        _print_data(run, found, output, template)


# Tables


def _print_tables(run: Run, found: Sequence[Chosen], *, wide: bool) -> None:
    kubectl, selection = run.kubectl, run.line.selection
    now_ms = run.clock.start_ms + run.clock.now_ms
    named = {one.kind.resource for one in found} | set(selection.resources)
    with_kind = len(named) > 1 or run.options.get("show-kind", False)
    before = False
    for kind, group in groupby(found, key=lambda one: one.kind):
        with_namespace = selection.everywhere and kind.resource.namespaced
        rows = _rows(run, list(group), now_ms, wide=wide, with_kind=with_kind, with_namespace=with_namespace)
        if before and not run.options.get("no-headers"):
            kubectl.printed.append("")
        kubectl.printed += laid_out(rows)
        before = True
    if before or kubectl.failed or run.options.get("ignore-not-found"):
        return
    if all(resource.namespaced for resource in named) and not selection.everywhere:
        kubectl.warn(f"No resources found in {selection.namespace} namespace.")
    else:
        kubectl.warn("No resources found")


def _rows(
    run: Run, found: Sequence[Chosen], now_ms: int, *, wide: bool, with_kind: bool, with_namespace: bool
) -> list[list[str]]:
    """The heading, if it is wanted, and a row for each object."""
    resource = found[0].kind.resource
    columns = columns_of(resource, wide=wide)
    labels = run.options.get("label-columns", ())
    with_labels = run.options.get("show-labels", False)
    rows = []
    if not run.options.get("no-headers"):
        rows.append(
            [
                *(["NAMESPACE"] if with_namespace else []),
                *(column.heading for column in columns),
                *(label.rpartition("/")[2].upper() for label in labels),
                *(["LABELS"] if with_labels else []),
            ]
        )
    for one in found:
        obj = _data(one)
        cells = [column.cell(obj, now_ms) for column in columns]
        if with_kind:
            place = next((at for at, column in enumerate(columns) if column.heading == "NAME"), None)
            if place is not None:
                cells[place] = f"{resource.group_kind}/{cells[place]}"
        own = obj["metadata"].get("labels", {})
        rows.append(
            [
                *([one.namespace] if with_namespace else []),
                *cells,
                *(own.get(label, "") for label in labels),
                *([_told(own)] if with_labels else []),
            ]
        )
    return rows


def _told(labels: dict[str, str]) -> str:
    return ",".join(f"{key}={labels[key]}" for key in sorted(labels)) or "<none>"


def _data(one: Chosen) -> Plain:
    assert one.obj is not None, one
    return to_wire(one.obj)


# Order


def _sorted(run: Run, found: list[Chosen], expression: str) -> list[Chosen]:
    """By a field, each kind's objects among themselves; one that has none comes first."""
    template = jsonpath.parse_expression(expression)
    values: dict[tuple[str, str, str], Any] = {}
    try:
        for one in found:
            values[_key(one)] = next(iter(template.found(_data(one))), None)
    except ValueError as problem:
        run.kubectl.fail(f"error: {problem}")
        return []
    if found and all(value is None for value in values.values()):
        path = json.dumps(f"{{{_path(expression)}}}")
        run.kubectl.fail(f"error: couldn't find any field with path {path} in the list of objects")
        return []

    def compared(one: Chosen, other: Chosen) -> int:
        return _compared(values[_key(one)], values[_key(other)])

    in_order: list[Chosen] = []
    for _, group in groupby(found, key=lambda one: one.kind):
        in_order += sorted(group, key=cmp_to_key(compared))
    return in_order


def _key(one: Chosen) -> tuple[str, str, str]:
    return one.kind.key, one.namespace, one.name


def _path(expression: str) -> str:
    return "." + expression.removeprefix("{").removesuffix("}").removeprefix(".")


def _compared(one: Any, other: Any) -> int:
    """Less than, equal or more than 0; amounts by what they amount to, and texts with numbers in them by these."""
    if one is None or other is None:
        return (one is not None) - (other is not None)
    if isinstance(one, str) and isinstance(other, str):
        try:
            first: Any = quantity.parse(one)
            second: Any = quantity.parse(other)
        except ValueError:
            first, second = one, other
        return int(first > second) - int(first < second)
    try:
        return int(one > other) - int(one < other)
    except TypeError:
        return 0


# Data


def _print_data(run: Run, found: Sequence[Chosen], output: str, template: str) -> None:
    """One object as such, anything else as a List."""
    selection = run.line.selection
    single = len(found) == 1 and not selection.resources and len(selection.targets) + len(selection.manifests) == 1
    if not found and not selection.resources:
        return
    data: Plain = _ordered(_data(found[0])) if single else _list(map(_data, found))
    if output == "yaml":
        text = yaml.dump(data, Dumper=_Dumper, sort_keys=True, allow_unicode=True, width=2**31 - 1)
        run.kubectl.printed.append(text.rstrip("\n"))
    elif output == "json":
        run.kubectl.printed.append(json.dumps(data, indent=4, sort_keys=True, ensure_ascii=False))
    else:
        try:
            run.kubectl.printed.append(jsonpath.parse(template).written(data))
        except ValueError as problem:
            run.kubectl.fail(f"error: error executing jsonpath {json.dumps(template)}: {problem}")


def _list(objects: Iterable[Plain]) -> Plain:
    return {"apiVersion": "v1", "items": list(objects), "kind": "List", "metadata": {"resourceVersion": ""}}


def _ordered(data: Plain) -> Plain:
    return {key: data[key] for key in sorted(data)}
