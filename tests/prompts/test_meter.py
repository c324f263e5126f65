"""A metered template gives what Jinja gives, and what would take the machine is refused before it does."""

from __future__ import annotations

from typing import Any

import pytest
from jinja2 import StrictUndefined
from jinja2.sandbox import ImmutableSandboxedEnvironment

from llmops_cli.core.limits import Limits
from llmops_cli.prompts.meter import TooMuchError
from llmops_cli.prompts.template import compile_value

ROWS = [{"a": 1, "b": "x", "n": [1, [2]]}, {"a": 2, "b": "y\nz", "n": []}]
VALUES: dict[str, Any] = {"rows": ROWS, "big": 123456789, "text": "one two\tthree <b>&</b>"}
SAME = [
    "{% for r in rows %}{{ loop.index ~ loop.length }}{{ '' if loop.last else ';' }}{% endfor %}",
    "{% for r in rows if r.a > 1 %}{{ r.b }}{% else %}none{% endfor %}",
    "{% for n in [rows[0].n] recursive %}{{ n if n is number else loop(n) }}{% endfor %}",
    "{% for k, v in rows[0].items() %}{{ k }}={{ v }} {% endfor %}{{ rows[0].get('a') }}",
    "{% for a, b in [(1, 2), (3, 4)] %}{{ a ~ b ~ rows }}{% endfor %}",
    "{{ '%s is %5d of %-8s' % ('a', big, 'b') }} {{ '%*d' % (8, 5) }} {{ '%(a)s%%' % rows[0] }}",
    "Order 123456789: {{ '{:>12,} {!r} {a} {{}}'.format(big, 'x', a=big) }} {{ '{:{}}'.format(1, 9) }}",
    "{{ '{a} {b}'.format_map(rows[0]) }} {{ '-' * 20 }} {{ [0] * 3 }} {{ big * big }} {{ 2 ** 64 }}",
    "{{ rows | map(attribute='b') | join('; ') }} {{ [[1], [2]] | sum(start=[]) }} {{ rows | sum('a') }}",
    "{{ rows | tojson(indent=2) }} {{ text | indent(4, true) }} {{ text | wordwrap(5) }}",
    "{{ text | striptags }} {{ 7 % 4 }} {{ rows | length }}",
    "{{ [1, 2, 3] | batch(2, 'x') | list }} {{ [1, 2] | slice(2) | list }} {{ 2.555 | round(2, 'floor') }}",
    "{{ text.center(40) }} {{ text.expandtabs(8) }} {{ ','.join(text.split()) }}{{ text.replace('o', '0') }}",
    "{% macro m(x, n=1) %}<{{ x * n }}>{% endmacro %}{{ m('a') }}{{ m('b', n=2) }}",
    "{% macro m(x) %}<{{ x }}{{ caller() }}>{% endmacro %}{% call m('b') %}c{% endcall %}",
    "{% set ns = namespace(t='') %}{% for r in rows %}{% set ns.t = ns.t ~ r.b %}{% endfor %}{{ ns.t }}",
    "{% set block %}{{ text|upper }}{% endset %}{{ block }}{{ range(5) | list }}{{ no | default(0) }}",
    "{% filter replace('o', '0') %}{{ text }}{% endfilter %} {{ dict(a=1) }} {{ {'k': [1, (2,)]} }}",
    "{{ (1).to_bytes(2, 'big') }} {{ 'ab'.encode('utf-16-le') }}",
    "{{ text | truncate(8, true, '..') }} {{ text | e }}",
]


@pytest.mark.parametrize("template", SAME)
def test_a_metered_template_gives_what_jinja_gives(template: str) -> None:
    plain = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    render, _ = compile_value(template + "{{ rows and '' }} ")
    assert render(VALUES) == plain.from_string(template + " ").render(VALUES)


LOOPS = "{% for i in range(9999) %}{% for j in range(9999) %}{% for k in range(9999) %}"
DOUBLING = "{% set ns = namespace(x=text) %}{% for i in range(60) %}"
TOO_LARGE = [
    "{{ text * 3000000000 }}",
    "{{ text | center(10 ** 9) }}",
    "{{ text.ljust(10 ** 9) }}",
    "{{ '%1000000000d' % big }}",
    "{{ '%*d' % (10 ** 9, big) }}",
    "{{ '{:1000000000}'.format(big) }}",
    "{{ '{:{}}'.format(1, 10 ** 9) }}",
    "{{ '{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}{0}'.format(text * 9000) }}",
    "{{ text | indent(10 ** 9) }}",
    "{{ rows | tojson(indent=10 ** 9) }}",
    "{{ [text] | batch(10 ** 9, 0) | list }}",
    "{{ [text] | slice(10 ** 9) | list }}",
    "{{ 1 | round(10 ** 9, 'ceil') }}",
    "{{ text.expandtabs(10 ** 9) }}",
    "{{ (1).to_bytes(10 ** 9, 'big') }}",
    "{{ (text * 9000) | replace('o', text * 9000) }}",
    "{{ (text * 9000).replace('', text * 9000) }}",
    "{{ (text * 9000).join(range(6000) | map('string')) }}",
    "{{ range(6000) | map(attribute='nothing', default=text * 9000) | join }}",
    "{{ range(6000) | map('center', 9000) | list | length }}",
    "{{ (text * 9000) | wordwrap(1) }}",
    "{{ (text * 9000) | striptags }}",
    "{{ range(10 ** 9) | list }}",
    DOUBLING + "{% set ns.x = ns.x ~ ns.x %}{% endfor %}",
    DOUBLING + "{% set ns.x = ns.x + ns.x %}{% endfor %}",
    DOUBLING + "{% set y %}{{ ns.x }}{{ ns.x }}{% endset %}{% set ns.x = y %}{% endfor %}",
    DOUBLING + "{% set ns.x = [ns.x, ns.x] %}{% endfor %}{{ ns.x }}",
    DOUBLING + "{% set ns.x = dict(a=ns.x, b=ns.x) %}{% endfor %}{{ ns.x | tojson }}",
    DOUBLING + "{% set ns.x = namespace(a=ns.x, b=ns.x) %}{% endfor %}{{ ns.x | string }}",
]
TOO_SLOW = [
    LOOPS + "{% endfor %}" * 3 + "{{ text }}",
    "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}{{ text }}",
    "{% set c = cycler(1, 2) %}" + LOOPS + "{{ c.next() }}" + "{% endfor %}" * 3 + "{{ text }}",
]


@pytest.mark.parametrize("template", TOO_LARGE)
def test_what_a_template_makes_has_an_end(template: str) -> None:
    render, _ = compile_value(template + "{{ rows and big and text and '' }}", Limits(render_mb=1))
    with pytest.raises(TooMuchError, match=r"`render_mb`.*`limits: \{render_mb: …\}` in llmops.yaml"):
        render(VALUES)


@pytest.mark.parametrize("template", TOO_SLOW)
def test_what_a_template_takes_has_an_end(template: str) -> None:
    render, _ = compile_value(template, Limits(render_s=0.02))
    for _ in range(5):  # after a few times it is given up
        with pytest.raises(
            TooMuchError, match=r"0\.02 s of computing \(`render_s`\).*`limits: \{render_s: …\}`"
        ):
            render(VALUES)


@pytest.mark.parametrize(
    "template",
    [
        "{{ big ** 9999 }}",
        "{% set ns = namespace(x=big) %}{% for i in range(99) %}{% set ns.x = ns.x * ns.x %}{% endfor %}",
    ],
)
def test_a_number_that_cannot_be_written_is_not_worked_out(template: str) -> None:
    render, _ = compile_value(template + " ")
    with pytest.raises(TooMuchError, match="more than 4,300 digits"):
        render(VALUES)
