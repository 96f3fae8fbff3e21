"""The pattern every controller follows, told once: watch, queue, reconcile, record."""
