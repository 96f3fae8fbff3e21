"""What becomes of each field of a manifest: acted on, stored, or refused. Start at `table.py`; `ledger.py` reads it."""
