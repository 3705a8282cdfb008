"""The process's descriptors are silenced and given back."""

from __future__ import annotations

import os

from tilscope.preprocessing.quiet import silent_process


def test_only_what_is_written_inside_is_lost(capfd):
    os.write(1, b"before ")
    with silent_process():
        os.write(1, b"lost ")
        with silent_process():
            os.write(2, b"lost ")
        os.write(2, b"lost ")
    os.write(1, b"after")
    heard = capfd.readouterr()
    assert heard.out == "before after"
    assert heard.err == ""


def test_descriptors_come_back_after_an_error(capfd):
    try:
        with silent_process():
            raise ValueError
    except ValueError:
        os.write(1, b"heard")
    assert capfd.readouterr().out == "heard"
