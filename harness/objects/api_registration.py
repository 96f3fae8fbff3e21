"""apiregistration.k8s.io/v1: APIService.

Fields, names and zero values are those of the published Kubernetes 1.36 API; a field equal to its zero value is
not served. This file owns shapes only: no defaults of the API server and no behaviour.
"""

from __future__ import annotations

from typing import ClassVar

from msgspec import field

from harness.objects.meta import Object
from harness.objects.value import Time, Value


class APIServiceReference(Value, frozen=True):
    namespace: str = ""
    name: str = ""
    port: int | None = None


class APIServiceSpec(Value, frozen=True):
    service: APIServiceReference | None = None
    group: str = ""
    version: str = ""
    insecure_skip_tls_verify: bool = field(default=False, name="insecureSkipTLSVerify")
    ca_bundle: str = ""
    group_priority_minimum: int = field(default_factory=int)
    version_priority: int = field(default_factory=int)


class APIServiceCondition(Value, frozen=True):
    type: str = ""
    status: str = ""
    last_transition_time: Time | None = None
    reason: str = ""
    message: str = ""


class APIServiceStatus(Value, frozen=True):
    conditions: tuple[APIServiceCondition, ...] = ()


class APIService(Object, frozen=True):
    api_version: ClassVar[str] = "apiregistration.k8s.io/v1"
    kind: ClassVar[str] = "APIService"

    spec: APIServiceSpec = field(default_factory=APIServiceSpec)
    status: APIServiceStatus = field(default_factory=APIServiceStatus)
