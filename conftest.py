"""Loads the plugin when tests run from this checkout; where it is installed, pytest sees that it is the same one."""

pytest_plugins = ["harness.pytest_plugin"]
