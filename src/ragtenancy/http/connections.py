"""The framework's connections, as this package names them."""

from __future__ import annotations

from litestar import Request
from litestar.connection import ASGIConnection
from litestar.datastructures import State

AnyConnection = ASGIConnection[object, object, object, State]
AnyRequest = Request[object, object, State]
