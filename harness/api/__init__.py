"""The API server and its store: the one shared mutable thing, where actors meet and nowhere else."""
