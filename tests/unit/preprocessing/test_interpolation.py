"""Linear interpolation along one axis."""

from __future__ import annotations

import numpy as np
import pytest

from tilscope.preprocessing.interpolation import along_axis


@pytest.mark.parametrize("axis", [0, 1, 2])
def test_a_plane_is_met_exactly_inside_and_beyond_the_nodes(axis: int) -> None:
    nodes = np.moveaxis(np.broadcast_to(np.array([1.0, 3.0, 5.0]), (2, 4, 3)), -1, axis)
    found = along_axis(nodes, np.array([-1.0, 0.0, 0.25, 1.5, 2.0, 4.0]), axis)
    expected = np.array([-1.0, 1.0, 1.5, 4.0, 5.0, 9.0])
    assert found.shape[axis] == 6
    np.testing.assert_allclose(np.moveaxis(found, axis, -1), np.broadcast_to(expected, (2, 4, 6)), atol=1e-15)


def test_one_node_is_constant() -> None:
    found = along_axis(np.full((1, 2, 2), 7.0), np.array([-3.0, 0.0, 5.0]), 0)
    assert found.shape == (3, 2, 2)
    assert (found == 7.0).all()
