"""The language: from a scenario file to a typed Scenario with line numbers, and back.

Start at `reading.py` (the front door), then `model.py` (what a scenario says) and `steps.py` (the table of verbs).
Knows the names of kinds, and nothing of how a cluster behaves.
"""
