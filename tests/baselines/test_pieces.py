from __future__ import annotations

import gc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.baselines.pieces import pieces, without_collection


@given(st.lists(st.text("ab\u2028é", max_size=5), max_size=12), st.integers(1, 20))
def test_pieces_hold_every_line_that_is_not_blank(lines: list[str], size: int) -> None:
    found = list(pieces("\n".join(lines), size))
    assert "\n".join(found) == "\n".join(line for line in lines if line)
    assert all(len(piece) >= size for piece in found[:-1] if "" not in lines)


def test_the_collector_is_as_before_even_after_a_failure() -> None:
    with without_collection():
        assert not gc.isenabled()
    assert gc.isenabled()
    with pytest.raises(KeyError), without_collection():
        raise KeyError
    assert gc.isenabled()
    assert gc.get_freeze_count() == 0
    gc.disable()
    try:
        with without_collection():
            pass
        assert not gc.isenabled()
    finally:
        gc.enable()


def test_what_a_program_froze_stays_so() -> None:
    gc.freeze()
    try:
        frozen = gc.get_freeze_count()
        with without_collection():
            pass
        assert gc.get_freeze_count() >= frozen * 0.9
    finally:
        gc.unfreeze()
