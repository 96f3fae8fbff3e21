"""The controllers of the controller manager, one file or folder each."""
