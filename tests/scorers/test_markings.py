"""What a project's own scorer reads of a case beside its inputs."""

from __future__ import annotations

import pytest

from llmops_cli.scorers.markings import ALL, markings_read

READS = [
    ("def f(output, case):\n    return output == case.expected", ()),
    ("def f(output, case):\n    '''Ignores metadata and tags.'''\n    return case.vars['x'] in output", ()),
    ("def f(output, case):\n    return case.metadata.get('gold') == output", ("metadata",)),
    ("def f(output, case):\n    return 'smoke' in case.tags", ("tags",)),
    ("def f(output, case):\n    return getattr(case, 'tags') == ()", ALL),
    ("def f(output, case):\n    return output in str(case)", ALL),
    ("def f(output, case):\n    return output in f'{case}'", ALL),
    ("def f(output, case):\n    other = case\n    return other.vars", ALL),
    ("def g(case):\n    return case.tags\ndef f(output, case):\n    return g(case)", ("tags",)),
    ("from judge import g\ndef f(output, case):\n    return g(case)", ALL),
    ("def f(*given):\n    return given[1]", ALL),
    ("def g(a, b):\n    return a == b\ndef f(output, case):\n    return g(output, case.expected)", ()),
    ("f = lambda output, case: case.vars", ALL),
    ("def f(output, case:", ALL),
]


@pytest.mark.parametrize(("text", "read"), READS)
def test_what_code_reads(text: str, read: tuple[str, ...]) -> None:
    assert markings_read([text], "f") == frozenset(read)


def test_all_files_of_a_scorer_count() -> None:
    first = "from judge import g\ndef f(output, case):\n    return g(output, case)"
    assert markings_read([first, "def g(output, case):\n    return case.metadata"], "f") == {"metadata"}
