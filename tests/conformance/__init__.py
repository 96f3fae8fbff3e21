"""Is what happens here what happens on a real cluster? Scenarios, held against recordings of Kubernetes v1.36.

`scenarios/` are played, `facts/` is what recordings of the same scenarios on a real control plane agree on, and
`floor.json` is how near each scenario has come: it only rises (`pytest tests/conformance --raise-floor`).
"""
