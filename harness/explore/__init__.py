"""Scenarios nobody wrote: generated, checked against the invariants, shrunk to what a person can read."""
