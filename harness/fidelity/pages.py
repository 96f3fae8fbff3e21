"""The table as people read it: docs/fields.md, and the summary in docs/fidelity.md.

Owns the text and its order. A type that stands in many kinds has a section of its own, which the kinds refer to. Reads
and writes no file: `docs/write_pages.py` does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib import import_module

from harness.fidelity.ledger import Place, held, root
from harness.fidelity.table import ACTED, ROWS, Row
from harness.objects import schemas
from harness.objects.shape import List, Map, struct
from harness.objects.value import Value
from harness.outcome import ATTENDED

BEGIN = "<!-- begin: written by docs/write_pages.py from harness/fidelity/table.py -->"
END = "<!-- end -->"

_HEAD = """\
# Fields

What becomes of each field of a manifest; `harness lint` says the same of manifests of your own. This page is written by
`docs/write_pages.py` from `harness/fidelity/table.py`.

| verdict | means |
| --- | --- |
| acted on | what follows from the field is what a cluster does, as far as [fidelity.md](fidelity.md) goes |
| stored | kept, defaulted and validated as on a cluster; nothing follows from it |
| refused | the API server refuses it here and on a cluster |

A verdict of stored or refused holds for all that is in the field.
"""
_TABLE = "| at | fields | verdict | note |\n| --- | --- | --- | --- |"

# (module and type, title): types that many kinds have.
_SHARED = (
    ("meta", "ObjectMeta", "Metadata"),
    ("pod", "PodSpec", "Pods and their templates"),
    ("pod", "Container", "Containers"),
    ("pod", "Probe", "Probes"),
    ("volume", "Volume", "Volumes of a pod"),
    ("claim", "PersistentVolumeClaimSpec", "Claims and their templates"),
    ("meta", "LabelSelector", "Label selectors"),
    ("meta", "ObjectReference", "References"),
    ("node_selector", "NodeSelector", "Node selectors"),
    ("custom_definition", "JSONSchemaProps", "Schemas of custom kinds"),
)


def fields_page() -> str:
    """docs/fields.md."""
    titles = {_shared(file, name): title for file, name, title in _SHARED}
    parts = [_HEAD]
    for cls, title in titles.items():
        parts.append(_section(title, Place(struct(cls)), titles))
    for api_version, kind in _kinds(attended=True):
        place = root(api_version, kind)
        assert place is not None, kind
        parts.append(_section(f"{kind} ({api_version})", place, titles))
    unattended = ", ".join(f"{kind} ({api_version})" for api_version, kind in _kinds(attended=False))
    parts.append(
        "## Kinds that nobody attends to\n\nTheir metadata are acted on; all else is stored: "
        f"{unattended}. Of an object of a custom kind, what its definition's schema says is checked and filled in; no "
        "operator acts on it.\n"
    )
    return "\n".join(parts)


def summary() -> str:
    """The part of docs/fidelity.md between the markers, with them."""
    lines = [
        BEGIN,
        "",
        "Each field of each kind has [its verdict](fields.md). What is stored and not acted on, and why:",
        "",
        "| why | fields |",
        "| --- | --- |",
    ]
    for note, names in _by_note().items():
        lines.append(f"| {note} | {', '.join(names)} |")
    return "\n".join([*lines, "", END])


def _by_note() -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = {}
    for row in ROWS:
        if row.verdict != ACTED and not row.owner.endswith("Status"):
            found.setdefault(row.note, []).append(f"{row.owner} {_quoted(row)}")
    return found


def _quoted(row: Row) -> str:
    return " ".join(f"`{field}`" for field in row.fields.split())


def _kinds(*, attended: bool) -> list[tuple[str, str]]:
    """(apiVersion, kind), in order of their names."""
    return sorted((kind for kind in schemas.TYPES if (kind in ATTENDED) == attended), key=lambda kind: kind[::-1])


def _shared(file: str, name: str) -> type[Value]:
    cls: type[Value] = getattr(import_module(f"harness.objects.{file}"), name)
    return cls


def _section(title: str, place: Place, titles: Mapping[type[Value], str]) -> str:
    lines = dict.fromkeys(_lines(place, "", titles, ()))
    return "\n".join([f"## {title}", "", _TABLE, *lines, ""])


def _lines(place: Place, path: str, titles: Mapping[type[Value], str], within: tuple[str, ...]) -> Iterator[str]:
    """A line for each row that speaks of a type's fields, and then those of the types below."""
    by_row: dict[Row, list[str]] = {}
    for name in place.plan.fields:
        row = place.row(name)
        assert row is not None, name
        by_row.setdefault(row, []).append(name)
    for row, names in by_row.items():
        yield _line(path, names, row)
    for row, names in by_row.items():
        for name in names if row.verdict == ACTED else ():
            yield from _below(place, name, f"{path}.{name}" if path else name, titles, within)


def _line(path: str, names: list[str], row: Row) -> str:
    fields = " ".join(f"`{name}`" for name in names)
    return f"| {f'`{path}`' if path else ''} | {fields} | {row.verdict} | {row.note} |"


def _below(
    place: Place, name: str, path: str, titles: Mapping[type[Value], str], within: tuple[str, ...]
) -> Iterator[str]:
    shape = place.plan.fields[name]
    below = place.below(name)
    plan = held(shape)
    if below is None or plan is None or plan.name in within:
        return
    at = f"{path}[]" if isinstance(shape, List | Map) else path
    title = titles.get(plan.cls)
    if title is None:
        yield from _lines(below, at, titles, (*within, plan.name))
        return
    yield f"| `{at}` | [{title}](#{title.lower().replace(' ', '-')}) | | |"
    yield from _overruled(below, at)


def _overruled(place: Place, path: str) -> Iterator[str]:
    """What a shared type's fields are judged by here, and not elsewhere."""
    own = Place(place.plan)
    by_row: dict[Row, list[str]] = {}
    for name in place.plan.fields:
        row = place.row(name)
        if row is not None and row is not own.row(name):
            by_row.setdefault(row, []).append(name)
    for row, names in by_row.items():
        yield _line(path, names, row)
