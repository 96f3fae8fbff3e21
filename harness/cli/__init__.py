"""The command line: `harness run`, `harness check`, `harness fuzz`. Start at `command_line.py`."""

from harness.cli.command_line import main, parser

__all__ = ["main", "parser"]
