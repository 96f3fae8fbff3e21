"""Tests of other tools, read as scenarios. Start at `finding.py`; `kuttl.py` and `chainsaw.py` each read one tool's."""
