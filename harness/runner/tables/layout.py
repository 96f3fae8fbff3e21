"""Rows of cells as lines of text.

Owns widths and gaps. Mirrors Go's text/tabwriter with the settings of cli-runtime's pkg/printers/tabwriter.go.
"""

from __future__ import annotations

from collections.abc import Sequence

_NARROWEST = 6
_GAP = 3


def laid_out(rows: Sequence[Sequence[str]], *, narrowest: int = _NARROWEST, gap: int = _GAP) -> list[str]:
    """The rows, every column as wide as its widest cell and the gap; the last cell of a row is not filled up."""
    cells = [[_on_one_line(cell) for cell in row] for row in rows]
    count = max((len(row) for row in cells), default=0)
    widths = [max(narrowest, gap + max(len(row[place]) for row in cells if place < len(row))) for place in range(count)]
    filled = [[cell.ljust(width) for cell, width in zip(row[:-1], widths, strict=False)] for row in cells]
    return ["".join([*before, row[-1]]) for before, row in zip(filled, cells, strict=True)]


def _on_one_line(cell: str) -> str:
    """The cell up to the end of its first line."""
    lines = cell.splitlines()
    return f"{lines[0]}..." if len(lines) > 1 or cell.endswith("\n") else cell
