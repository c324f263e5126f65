"""`prompts.lock` can be read back, and the same versions give the same bytes."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from llmops_cli.core.tree import WorkingTree
from llmops_cli.prompts.lock import PATH, lock_text, read_lock

part = st.from_regex(r"[a-z0-9][a-z0-9_-]{0,8}", fullmatch=True)
ids = st.lists(part, min_size=1, max_size=3).map(".".join)
versions = st.from_regex(r"[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3}(-[a-z0-9]{1,6})?", fullmatch=True)
references = st.tuples(ids, versions).map("@".join)
fingerprints = st.text("0123456789abcdef", min_size=16, max_size=16)


@given(st.dictionaries(references, fingerprints, max_size=6))
def test_what_is_written_is_read_back(entries: dict[str, str]) -> None:
    text = lock_text(entries)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / PATH
        path.parent.mkdir()
        path.write_bytes(text.encode())
        found = read_lock(WorkingTree(Path(folder)))
    assert {reference: fingerprint for reference, (fingerprint, _) in found.items()} == entries
    assert [line for _, line in found.values()] == list(range(2, 2 + len(entries))), "sorted, a line each"
    shuffled = sorted(entries.items(), key=lambda entry: entry[1])
    assert lock_text(dict(shuffled)) == text
