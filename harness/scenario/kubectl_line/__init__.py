"""`kubectl: "scale sts web --replicas=5"`: a command line, read as kubectl reads it.

Owns the commands and options there are and what a line means. Does not know what the server has, nor how a command is
played.
"""

from __future__ import annotations

from harness.scenario.kubectl_line.changes import wanted_value
from harness.scenario.kubectl_line.options import Wrong
from harness.scenario.kubectl_line.reading import command_line, files, kubectl, options_of
from harness.scenario.kubectl_line.selecting import Scope

__all__ = ["Scope", "Wrong", "command_line", "files", "kubectl", "options_of", "wanted_value"]
