"""How the server bounds itself."""

from __future__ import annotations

import pytest

from ragtenancy.http.server import max_connections


@pytest.mark.parametrize(
    ("descriptors", "connections"),
    [(1_024, 256), (4_096, 2_048), (12_048, 10_000), (65_536, 10_000)],
)
def test_connections_leave_descriptors_for_files_and_backends(
    descriptors: int, connections: int
) -> None:
    assert max_connections(descriptors) == connections
