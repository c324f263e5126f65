"""Jinja as llmops uses it: sandboxed, strict about undefined names, and blind outside the project."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import BaseLoader, StrictUndefined, TemplateNotFound, TemplateSyntaxError, meta, nodes

from llmops_cli.core.errors import InputError
from llmops_cli.core.limits import Limits
from llmops_cli.prompts.meter import TooMuchError
from llmops_cli.prompts.metered import MeteredEnvironment
from llmops_cli.prompts.varying import make_steady, varying_in

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, MutableMapping

    from jinja2 import Environment

    from llmops_cli.core.tree import Tree
    from llmops_cli.prompts.varying import Varying

MESSAGE = "#"
"""Joins a prompt file's path and the index of a message: the name under which its text is compiled."""


class ProjectLoader(BaseLoader):
    """Finds the texts of messages, and the partials they include, inside `prompts/` and nowhere else.

    An include is looked for beside the file that names it, then from `prompts/`.
    """

    def __init__(self, tree: Tree) -> None:
        self.tree = tree
        self.messages: dict[str, str] = {}

    def get_source(self, environment: Environment, template: str) -> tuple[str, str, Callable[[], bool]]:
        """Text of a message or a partial. Raises TemplateNotFound."""
        if MESSAGE in template:
            return self.messages[template], template, _always
        path = self.find(template)
        if path is None:
            raise TemplateNotFound(template)
        return self.tree.read(path), path, _always

    def find(self, path: str) -> str | None:
        """The partial's path in the project, or None. Raises InputError when it would lie outside."""
        return path if path.startswith("prompts/") and self.tree.has(path) else None


def _always() -> bool:
    return True


class SteadyEnvironment(MeteredEnvironment):
    """Renders the same values to the same text; a name that is undefined is an error."""

    def __init__(self, limits: Limits, loader: BaseLoader | None = None) -> None:
        super().__init__(limits, undefined=StrictUndefined, loader=loader, autoescape=False)
        make_steady(self)

    def make_globals(self, d: MutableMapping[str, Any] | None) -> MutableMapping[str, Any]:
        """The names that every template knows, in what is quickly copied: each rendering does so."""
        return {**self.globals, **(d or {})}


class ProjectEnvironment(SteadyEnvironment):
    """The one environment of a project's prompts."""

    def __init__(self, tree: Tree) -> None:
        self.project_loader = ProjectLoader(tree)
        super().__init__(tree.limits, self.project_loader)

    def join_path(self, template: str, parent: str) -> str:
        """Resolve the name in an `include` against the file that says it."""
        beside = posixpath.dirname(parent.partition(MESSAGE)[0])
        for folder in (beside, "prompts"):
            path = posixpath.normpath(posixpath.join(folder, template))
            if self.project_loader.find(path):
                return path
        return posixpath.normpath(posixpath.join(beside, template))


@cache
def _values(limits: Limits) -> SteadyEnvironment:
    return SteadyEnvironment(limits)


DEFAULT = Limits()
GIVEN_UP = 3
"""Times that a template may take too much before it is given up."""
_ONE_EXPRESSION = re.compile(r"^\s*\{\{((?:(?!\}\}|\{\{).)*)\}\}\s*$", re.DOTALL)


def compile_value(
    value: Any, limits: Limits = DEFAULT
) -> tuple[Callable[[Mapping[str, Any]], Any], frozenset[str]]:
    """A function from variables to the rendered value, and the names of the variables it reads.

    Text that is one whole expression keeps the type of its value (`"{{ expected }}"` may be a mapping);
    other text renders to text; lists and mappings render their parts. Raises TemplateSyntaxError.
    """
    if isinstance(value, str) and "{" in value:
        return _compile_text(value, limits)
    if isinstance(value, dict):
        parts = {key: compile_value(part, limits) for key, part in value.items()}
        names = frozenset(name for _, used in parts.values() for name in used)
        if names:
            return lambda variables: {key: render(variables) for key, (render, _) in parts.items()}, names
    if isinstance(value, list):
        items = [compile_value(item, limits) for item in value]
        names = frozenset(name for _, used in items for name in used)
        if names:
            return lambda variables: [render(variables) for render, _ in items], names
    return lambda variables: value, frozenset()


def _compile_text(text: str, limits: Limits) -> tuple[Callable[[Mapping[str, Any]], Any], frozenset[str]]:
    environment = _values(limits)
    names = frozenset(meta.find_undeclared_variables(environment.parse(text)))
    whole = _ONE_EXPRESSION.match(text)
    if whole:
        compiled = environment.compile_expression(whole.group(1), undefined_to_none=False)
        return _within(environment, lambda variables: _defined(compiled(**variables))), names
    template = environment.from_string(text)
    return _within(environment, lambda variables: template.render(**variables)), names


def _within(
    environment: SteadyEnvironment, render: Callable[[Mapping[str, Any]], Any]
) -> Callable[[Mapping[str, Any]], Any]:
    """A rendering that is metered; one that took too long several times is not tried again."""
    lost: list[TooMuchError] = []

    def metered(variables: Mapping[str, Any]) -> Any:
        if len(lost) >= GIVEN_UP:
            raise lost[-1]
        try:
            with environment.meter:
                return render(variables)
        except TooMuchError as error:
            lost.append(error)
            raise
        except RecursionError:
            raise TooMuchError("it calls itself without an end") from None

    return metered


def _defined(value: Any) -> Any:
    if isinstance(value, StrictUndefined):
        str(value)  # raises UndefinedError, which names the variable
    return value


@dataclass(frozen=True, slots=True)
class Use:
    """A variable that a template reads: its name, the template and the line it stands on."""

    name: str
    template: str
    line: int


def includes(environment: ProjectEnvironment, name: str) -> dict[str, str]:
    """Every partial that a template reaches, path to text.

    Raises TemplateSyntaxError, TemplateNotFound, and InputError for a name that is computed.
    """
    partials: dict[str, str] = {}
    waiting = [name]
    while waiting:
        current = waiting.pop()
        text, _, _ = environment.project_loader.get_source(environment, current)
        for reference, line in _references(environment, text, current):
            path = environment.join_path(reference, current)
            if path not in partials:
                if environment.project_loader.find(path) is None:
                    raise MissingIncludeError(reference, path, current, line)
                partials[path] = environment.project_loader.get_source(environment, path)[0]
                waiting.append(path)
    return dict(sorted(partials.items()))


class MissingIncludeError(InputError):
    """An include that names no file of `prompts/`."""

    def __init__(self, reference: str, path: str, template: str, line: int) -> None:
        super().__init__(f"`{reference}` is included and is not in prompts/")
        self.reference, self.path, self.template, self.line = reference, path, template, line


def _references(environment: Environment, text: str, name: str) -> Iterator[tuple[str, int]]:
    kinds = (nodes.Include, nodes.Extends, nodes.Import, nodes.FromImport)
    for node in environment.parse(text, name, name).find_all(kinds):
        for reference in meta.find_referenced_templates(nodes.Template([node])):
            if reference is None:
                message = "the name of an include has to be written out"
                raise TemplateSyntaxError(message, node.lineno, name, name)
            yield reference, node.lineno


def uses(environment: ProjectEnvironment, name: str, partials: Mapping[str, str]) -> list[Use]:
    """The variables that a message and its partials read without setting them, found without rendering."""
    listed = []
    for template in (name, *partials):
        text, _, _ = environment.project_loader.get_source(environment, template)
        tree = environment.parse(text, template, template)
        lines: dict[str, int] = {}
        for node in tree.find_all(nodes.Name):
            if node.ctx == "load":
                lines.setdefault(node.name, node.lineno)
        listed += [
            Use(variable, template, lines.get(variable, 1))
            for variable in sorted(_undeclared(tree, template))
            if variable not in environment.globals
        ]
    return listed


def unsteady(
    environment: ProjectEnvironment, name: str, partials: Mapping[str, str]
) -> list[tuple[str, Varying]]:
    """Where a message and its partials render differently each time: each template with what stands there."""
    places = []
    for template in (name, *partials):
        text, _, _ = environment.project_loader.get_source(environment, template)
        places += [(template, varying) for varying in varying_in(environment.parse(text, template, template))]
    return places


def _undeclared(tree: nodes.Template, template: str) -> set[str]:
    try:
        return meta.find_undeclared_variables(tree)
    except TemplateSyntaxError as error:
        # An unknown filter or test; Jinja names itself as the place.
        raise TemplateSyntaxError(error.message or "", error.lineno, template, template) from None


def without_comments(environment: Environment, text: str) -> str:
    """The template without its comments, which do not reach the model."""
    if "{#" not in text:
        return text
    return "".join(
        str(value) for _, kind, value in environment.lex(text) if not str(kind).startswith("comment")
    )
