"""The tables of `kubectl get`: which columns a kind has, what stands in them, and how they are laid out."""

from __future__ import annotations

from harness.runner.tables.columns import Column, columns_of
from harness.runner.tables.layout import laid_out

__all__ = ["Column", "columns_of", "laid_out"]
