"""Time, order, chance and record. Has never heard of Kubernetes."""
