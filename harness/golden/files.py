"""Reading and writing golden files: the only code that writes below `golden/`.

Owns atomicity: a reader sees the old file or the new one, never half of one, even if the writer is interrupted.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from harness.errors import UsageError


def read(path: Path) -> str | None:
    """The text of a golden file, line ends as the format has them; None if there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"cannot read {path.as_posix()}: {error.strerror}") from None


def write(path: Path, text: str) -> None:
    """Put a text in place of a file in one step. Raises UsageError where that is not possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            # mkstemp makes files that only their owner can read.
            Path(temporary).chmod(_mode(path))
            os.replace(temporary, path)  # noqa: PTH105 the tests stand in for this name
        except BaseException:
            with suppress(OSError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise UsageError(f"cannot write {path.as_posix()}: {error.strerror}") from None


def _mode(path: Path) -> int:
    try:
        return path.stat().st_mode & 0o777
    except OSError:
        return 0o644


def remove(path: Path, below: Path) -> None:
    """Delete a file, and the folders that it leaves empty up to `below`. A file that is gone already is fine."""
    with suppress(FileNotFoundError):
        path.unlink()
    for folder in path.parents:
        if folder == below or not folder.is_relative_to(below):
            return
        try:
            folder.rmdir()
        except OSError:
            return
