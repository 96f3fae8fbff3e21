"""What pytest runs inside this process share with it: loaded here, so that no run loads it a second time."""

import harness.checks
import harness.golden.explaining
import harness.golden.text
import harness.golden.verdict
import harness.runner
import harness.scenario.reading
import harness.verify  # noqa: F401
