"""Clusters on this machine: several at once, seen from this machine only."""

import urllib.error
import urllib.request
import warnings

import pytest

from tilscope.pipeline.executing import executor


def test_two_runs_at_once_do_not_meet():
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        with executor(1, None) as first, executor(1, None) as second:
            servers = [place.client.cluster.scheduler.http_server for place in (first, second)]
            ports = [server.port for server in servers]
            assert [server.address for server in servers] == ["127.0.0.1"] * 2
            assert len({*ports, 8787}) == 3
            for port in ports:  # no dashboard is served there
                with pytest.raises(urllib.error.HTTPError, match="404"):
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/status", timeout=10)
            assert first.client.submit(sum, [1, 2]).result(60) == 3
            assert second.client.submit(sum, [3, 4]).result(60) == 7
    assert [str(w.message) for w in told if "ort" in str(w.message)] == []
