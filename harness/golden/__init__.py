"""Golden files: an outcome as text, and the verdict on it. The only code that writes below `golden/`.

Start at `text.py` (what a golden file says) and `verdict.py` (whether it still holds). Knows objects and outcomes, and
nothing of how a scenario is read or played.
"""
