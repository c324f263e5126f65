"""Random draws that are the same on every platform and with every version of numpy.

numpy promises to keep the raw words of a bit generator (NEP 19) but not what its distributions make of them,
so indices and signs are made from the words here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import numpy.typing as npt

SEED = 20_241_101
"""The seed of every draw unless a caller gives another: the same data always give the same verdict."""

CHUNK = 2**18
"""Draws made at a time: a few megabytes, which also fits the processor's cache."""


def index_chunks(rows: int, n: int, seed: int) -> Iterator[npt.NDArray[np.int64]]:
    """Resamples with replacement: arrays of `n` columns of indices below `n`, `rows` rows in all.

    An index is the high half of a 32-bit word times `n`, so its probability is off by at most n / 2^32.
    """
    import numpy as np

    words = np.random.PCG64(seed)
    for size in _row_chunks(rows, n):
        raw = words.random_raw((size * n + 1) // 2)
        halves = np.concatenate([raw >> np.uint64(32), raw & np.uint64(0xFFFFFFFF)])[: size * n]
        halves *= np.uint64(n)
        halves >>= np.uint64(32)
        yield halves.view(np.int64).reshape(size, n)


def bit_chunks(rows: int, n: int, seed: int) -> Iterator[npt.NDArray[np.uint8]]:
    """Fair coins: arrays of `n` columns of zeros and ones, `rows` rows in all."""
    import numpy as np

    words = np.random.PCG64(seed)
    for size in _row_chunks(rows, n):
        raw = words.random_raw((size * n + 63) // 64).astype("<u8")
        yield np.unpackbits(raw.view(np.uint8), count=size * n, bitorder="little").reshape(size, n)


def _row_chunks(rows: int, n: int) -> Iterator[int]:
    step = max(1, CHUNK // n)
    for start in range(0, rows, step):
        yield min(step, rows - start)
