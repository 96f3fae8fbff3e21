"""Rehearse Kubernetes changes: scenarios played by a deterministic simulator, held against golden files."""

__version__ = "0.1.0"
