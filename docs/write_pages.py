"""Writes the pages that follow from the table of verdicts: `python docs/write_pages.py`, from the project's folder.

Owns where they lie; their text is `harness.fidelity.pages`'. Between the markers of fidelity.md nothing is written by
hand.
"""

from __future__ import annotations

from pathlib import Path

from harness.fidelity.pages import BEGIN, END, fields_page, summary

DOCS = Path(__file__).parent


def pages() -> dict[Path, str]:
    """What each page must say, by its path."""
    fidelity = DOCS / "fidelity.md"
    before, found, rest = fidelity.read_text(encoding="utf-8").partition(BEGIN)
    _, ended, after = rest.partition(END)
    if not found or not ended:
        raise SystemExit(f"{fidelity} has lost its markers: {BEGIN} and {END}")
    return {DOCS / "fields.md": fields_page(), fidelity: f"{before}{summary()}{after}"}


if __name__ == "__main__":
    for path, text in pages().items():
        path.write_text(text, encoding="utf-8")
