"""What people and programs are shown of an outcome: a log for the terminal, a stream of JSON lines."""
