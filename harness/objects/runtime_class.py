"""node.k8s.io/v1: RuntimeClass.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from harness.objects.meta import Object
from harness.objects.pod import Toleration
from harness.objects.value import Quantity, Value


class Overhead(Value, frozen=True):
    pod_fixed: dict[str, Quantity] = {}


class Scheduling(Value, frozen=True):
    node_selector: dict[str, str] = {}
    tolerations: tuple[Toleration, ...] = ()


class RuntimeClass(Object, frozen=True):
    api_version: ClassVar[str] = "node.k8s.io/v1"
    kind: ClassVar[str] = "RuntimeClass"

    handler: str = ""
    overhead: Overhead | None = None
    scheduling: Scheduling | None = None
