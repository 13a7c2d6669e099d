"""Buttons and questions bind by annotation: a table names what follows, and the arguments have types.

For each name a table says which function follows and how its answer is shown. The function's own annotations
say which arguments it takes. They are checked when a button is made, and again when it is pressed, for a
button may be older than the program.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Final, Union, get_args, get_origin, get_type_hints

import structlog

from handlers.work import Work
from services.access import Actor
from services.tasks.completion import CompletionOutcome
from services.views import View

log = structlog.get_logger(__name__)
# The functions of one table differ in their arguments, which are checked when they are bound.
Run = Callable[..., Awaitable[None]]
Arguments = Mapping[str, Any]
# A method of ``Work`` that shows what a use case returns.
Show = Callable[[Work, Any], None]
# What the press or the words bring by themselves; all other parameters are arguments.
_CONTEXT: Final = frozenset({"work", "actor", "text", "turn"})
# The parameter that gets all arguments as they are stored.
_ALL: Final = "arguments"
# What a button may say beside the arguments: whose it is, if a stranger may press it (``services.buttons``),
# and how many steps a case had on the card, which all buttons of that card say.
_BESIDE: Final = frozenset({"account", "seen"})
_LISTS: Final = frozenset({list, Collection, Sequence})
_MISSING: Final = inspect.Parameter.empty


class ArgumentsError(Exception):
    """The arguments are not those that the function takes."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What follows a press or an answer: ``run`` gets the context, then the arguments by name.

    ``takes``: the type and the default of each argument.
    """

    run: Run
    takes: Mapping[str, tuple[Any, Any]]

    def bind(self, arguments: Arguments) -> dict[str, Any]:
        """The arguments in the types that the function takes. Raises ``ArgumentsError``."""
        found: dict[str, Any] = {}
        for name, (wanted, default) in self.takes.items():
            if name == _ALL:
                found[name] = arguments
            elif name in arguments:
                found[name] = _read(name, arguments[name], wanted)
            elif hasattr(wanted, "from_json"):
                found[name] = _made(name, wanted.from_json, arguments)
            elif default is _MISSING:
                raise ArgumentsError(f"missing: {name}")
        unknown = set(arguments) - set(self.takes) - _BESIDE
        if unknown and not self._takes_all:
            raise ArgumentsError(f"unknown: {', '.join(sorted(unknown))}")
        return found

    @property
    def _takes_all(self) -> bool:
        """Whether a parameter is made of all arguments, so that none is unknown."""
        return any(name == _ALL or hasattr(wanted, "from_json") for name, (wanted, _) in self.takes.items())

    def around(self, wrap: Callable[[Run], Run]) -> Binding:
        """The same arguments for another ``run``, which ``wrap`` makes of this one."""
        return replace(self, run=wrap(self.run))


def bound(table: Mapping[str, Binding], name: str, arguments: Arguments) -> tuple[Run, dict[str, Any]] | None:
    """The function of a name, with its arguments. None: they are those of another release."""
    try:
        return table[name].run, table[name].bind(arguments)
    except (KeyError, ArgumentsError) as error:
        log.warning("it does not bind", name=name, error=str(error))
        return None


def acts(function: Run) -> Binding:
    """The function answers by itself."""
    return Binding(function, _arguments_of(function))


def says(use_case: Callable[..., Awaitable[View]], **fixed: Any) -> Binding:
    """The view comes as a message of its own. ``fixed``: arguments that no button gives."""
    return _pressed(Work.say, use_case, fixed)


def replaces(use_case: Callable[..., Awaitable[View]], **fixed: Any) -> Binding:
    """The view takes the place of the pressed message."""
    return _pressed(Work.replace, use_case, fixed)


def shows(use_case: Callable[..., Awaitable[CompletionOutcome]], **fixed: Any) -> Binding:
    """The outcome's view takes the place of the pressed message; its text answers the press."""
    return _pressed(Work.show, use_case, fixed)


def opens(use_case: Callable[..., Awaitable[View]], *, again: str = "offset") -> Binding:
    """The view comes as a message of its own when it is opened, so that what opened it stays.

    With the argument ``again`` it takes the place of the pressed message: a page was turned, or a question
    leads back.
    """
    takes = _arguments_of(use_case)
    known = again in takes

    async def run(work: Work, actor: Actor, **arguments: Any) -> None:
        back = arguments.get(again) if known else arguments.pop(again, None)
        view = await use_case(work.turn(actor), **arguments)
        if back is None:
            work.say(view)
        else:
            work.replace(view)

    return Binding(run, takes if known else {**takes, again: (bool, None)})


def answers(use_case: Callable[..., Awaitable[View]], words: str = "words") -> Binding:
    """The use case takes what was written as its parameter ``words``; its view is a message of its own."""
    return _written(Work.say, use_case, words)


def headed(use_case: Callable[..., Awaitable[CompletionOutcome]], words: str = "words") -> Binding:
    """As ``answers``; the view is headed by the outcome's text."""
    return _written(Work.say_outcome, use_case, words)


def _pressed(show: Show, use_case: Callable[..., Awaitable[Any]], fixed: Arguments) -> Binding:
    async def run(work: Work, actor: Actor, **arguments: Any) -> None:
        show(work, await use_case(work.turn(actor), **arguments, **fixed))

    return Binding(run, _arguments_of(use_case, fixed))


def _written(show: Show, use_case: Callable[..., Awaitable[Any]], words: str) -> Binding:
    async def run(work: Work, text: str, **arguments: Any) -> None:
        show(work, await use_case(work.turn(work.require_actor()), **arguments, **{words: text}))

    return Binding(run, _arguments_of(use_case, {words}))


def ending_question(bindings: Mapping[str, Binding]) -> dict[str, Binding]:
    """The bindings, each of which first ends the open question: a press answers it or leaves it."""
    return {name: binding.around(_ending_question) for name, binding in bindings.items()}


def _ending_question(inner: Run) -> Run:
    async def run(work: Work, actor: Actor, **arguments: Any) -> None:
        await work.end_question()
        await inner(work, actor, **arguments)

    return run


def _arguments_of(function: Callable[..., Any], fixed: Collection[str] = ()) -> dict[str, tuple[Any, Any]]:
    """Raises ``TypeError``, when the program starts, for what no button can give or no parameter takes."""
    hints, parameters = get_type_hints(function), inspect.signature(function).parameters
    if unknown := set(fixed) - set(parameters):
        raise TypeError(f"{function.__qualname__} takes no {', '.join(sorted(unknown))}")
    takes = {
        name: (hints[name], parameter.default)
        for name, parameter in parameters.items()
        if name not in _CONTEXT and name not in fixed
    }
    for name, (wanted, _) in takes.items():
        if name != _ALL and not _is_readable(wanted):
            raise TypeError(f"{function.__qualname__}: no button can give {name}: {wanted}")
    return takes


def _is_readable(wanted: Any) -> bool:
    """Whether ``_read`` can make the type: a plain one, None beside it, or a list of such."""
    origin, parts = get_origin(wanted), [part for part in get_args(wanted) if part is not NoneType]
    if origin is not None:
        return (
            len(parts) == 1 and _is_readable(parts[0]) and (origin in {Union, UnionType} or origin in _LISTS)
        )
    plain = wanted in {int, str, bool, date, datetime}
    return plain or hasattr(wanted, "from_json") or (inspect.isclass(wanted) and issubclass(wanted, Enum))


def _read(name: str, value: Any, wanted: Any) -> Any:
    """The value, as JSON has it, in the type that is wanted."""
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin in {Union, UnionType}:
        if value is None and NoneType in parts:
            return None
        (wanted,) = (part for part in parts if part is not NoneType)
        return _read(name, value, wanted)
    if hasattr(wanted, "from_json"):
        return _made(name, wanted.from_json, value)
    if inspect.isclass(wanted) and issubclass(wanted, Enum):
        return _made(name, wanted, value)
    if wanted in {date, datetime}:
        return _made(name, wanted.fromisoformat, value)
    kind = wanted if origin is None else list
    # In Python, True is a number as well.
    if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
        raise ArgumentsError(f"{name}: {value!r} is no {wanted}")
    return value if origin is None else [_read(name, part, parts[0]) for part in value]


def _made(name: str, make: Callable[[Any], Any], value: Any) -> Any:
    try:
        return make(value)
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ArgumentsError(f"{name}: {error!r}") from None
