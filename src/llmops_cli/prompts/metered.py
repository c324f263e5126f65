"""Jinja whose templates are metered: each turn of a loop, each call, each filter is a step of the meter."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial, update_wrapper
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateSyntaxError, nodes, pass_context
from jinja2.compiler import CodeGenerator
from jinja2.filters import make_attrgetter
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.utils import Namespace, _PassArg, pass_environment

from llmops_cli.core.limits import more
from llmops_cli.core.nesting import too_deep
from llmops_cli.prompts.expanding import before_call, before_filter, before_operator
from llmops_cli.prompts.meter import Meter, TooMuchError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from types import CodeType

    from jinja2 import Template
    from jinja2.compiler import Frame
    from jinja2.runtime import Context

    from llmops_cli.core.limits import Limits

A_NUMBER = 160
"""Bytes of `render_mb` that a number of a `range` takes: the default is about what Jinja's sandbox allows."""


class _Generator(CodeGenerator):
    """Writes templates in which loops, and what holds several values, pass by the meter."""

    def visit_For(self, node: nodes.For, frame: Frame) -> None:  # noqa: N802
        """A loop over what counts its turns."""
        counting = nodes.EnvironmentAttribute("each", lineno=node.lineno)
        node.iter = nodes.Call(counting, [node.iter], [], None, None, lineno=node.lineno)
        super().visit_For(node, frame)

    def visit_List(self, node: nodes.List, frame: Frame) -> None:  # noqa: N802
        """A list that is weighed."""
        self._weighed(partial(super().visit_List, node, frame))

    def visit_Dict(self, node: nodes.Dict, frame: Frame) -> None:  # noqa: N802
        """A mapping that is weighed."""
        self._weighed(partial(super().visit_Dict, node, frame))

    def visit_Tuple(self, node: nodes.Tuple, frame: Frame) -> None:  # noqa: N802
        """A tuple that is weighed; names that values are given to are none."""
        if node.ctx == "load":
            self._weighed(partial(super().visit_Tuple, node, frame))
        else:
            super().visit_Tuple(node, frame)

    def visit_Concat(self, node: nodes.Concat, frame: Frame) -> None:  # noqa: N802
        """Texts that are put together, weighed before and after."""
        self.write("environment.made(")
        held = nodes.EnvironmentAttribute("held")
        parts: list[nodes.Expr] = [nodes.Call(held, [part], [], None, None) for part in node.nodes]
        super().visit_Concat(nodes.Concat(parts, lineno=node.lineno), frame)
        self.write(")")

    def _weighed(self, visit: Callable[[], None]) -> None:
        self.write("environment.held(")
        visit()
        self.write(")")


class MeteredEnvironment(ImmutableSandboxedEnvironment):
    """A sandbox in which a rendering takes no more than the limits allow. Raises TooMuchError there."""

    code_generator_class = _Generator
    intercepted_binops = frozenset({"+", "*", "**", "%"})

    def __init__(self, limits: Limits, **options: Any) -> None:
        super().__init__(**options)
        self.limits = limits
        self.meter = Meter(limits)
        self.concat = self.meter.joined  # type: ignore[method-assign]
        self.each = self.meter.each
        self.globals["range"] = self._range
        self.filters["sum"] = _sum
        self.filters = {name: self._metered(name, function) for name, function in self.filters.items()}

    def held(self, value: Any) -> Any:
        """A value that holds others, as far as it may."""
        self.meter.weigh(value)
        return value

    def made(self, value: Any) -> Any:
        """A text or a list that was made."""
        if isinstance(value, str | bytes | list | tuple):
            self.meter.make(len(value))
        return value

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        """What an operator gives."""
        before_operator(self.meter, operator, left, right)
        value = super().call_binop(context, operator, left, right)
        self.meter.step()
        return self.made(value)

    def call(__self, __context: Context, __obj: Any, *args: Any, **named: Any) -> Any:  # noqa: N805
        """What a function gives."""
        __self.meter.step()
        given = before_call(__self.meter, __obj, args, named)
        value = super().call(__context, __obj, *given, **named)
        of = getattr(__obj, "__self__", None)
        if isinstance(of, str | bytes):
            return __self.made(value)
        if isinstance(value, dict | Namespace) and not isinstance(of, Mapping):
            return __self.held(value)
        return value

    def get_template(self, *args: Any, **named: Any) -> Template:
        """A template; an include is one, each time."""
        self.meter.step()
        return super().get_template(*args, **named)

    def _range(self, *args: int) -> range:
        numbers = range(*args)
        most = self.limits.render_bytes // A_NUMBER
        if len(numbers) > most:
            raise TooMuchError(f"a range of more than {most:,} numbers (`render_mb`)", more("render_mb"))
        return numbers

    def _metered(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        """A filter as it is, with a step of the meter around it."""
        passed = _PassArg.from_obj(function)

        def metered(context: Context, *args: Any, **named: Any) -> Any:
            self.meter.step()
            given = before_filter(self.meter, name, args, named)
            if passed is _PassArg.context:
                given.insert(0, context)
            elif passed is _PassArg.eval_context:
                given.insert(0, context.eval_ctx)
            elif passed is _PassArg.environment:
                given.insert(0, context.environment)
            return self.made(function(*given, **named))

        # What needs a context is never worked out while a template is compiled, where no meter runs.
        return pass_context(update_wrapper(metered, function))

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        too_much = f"{too_deep(self.limits)}; {more('depth')}"
        try:
            tree = super()._parse(source, name, filename)
        except RecursionError:
            raise TemplateSyntaxError(too_much, 1, name, filename) from None
        depth = 0
        level: list[nodes.Node] = [tree]
        while level := [child for node in level for child in node.iter_child_nodes()]:
            depth += 1
            if depth > self.limits.depth:
                raise TemplateSyntaxError(too_much, level[0].lineno or 1, name, filename)
        return tree

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except (RecursionError, SyntaxError, MemoryError):
            message = "its loops and blocks lie deeper in each other than Python takes them: at most 20"
            raise TemplateSyntaxError(message, 1, filename, filename) from None


@pass_environment
def _sum(
    environment: MeteredEnvironment,
    values: Iterable[Any],
    attribute: str | int | None = None,
    start: Any = 0,
) -> Any:
    """What Jinja's `sum` gives, with a look at the time: to put lists together takes the square of it."""
    if isinstance(start, str):
        raise TypeError("sum() can't sum strings [use ''.join(seq) instead]")
    total = start
    for value in environment.each(values):
        total = total + (value if attribute is None else make_attrgetter(environment, attribute)(value))
        if isinstance(total, list | tuple):
            environment.meter.look()
    return total
