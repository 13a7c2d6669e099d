"""Buttons and questions bind by annotation: a table names what follows, and the arguments have types.

For each name a table says which function follows and how its answer is shown. The function's own annotations
say which arguments it takes. They are checked when a button is rendered, and again when it is pressed, for a
button may be older than the program. A parameter that is a dataclass takes the arguments named as its fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from datetime import date, datetime
from enum import Enum
from functools import cache
from types import NoneType, UnionType
from typing import Any, Final, Literal, Union, get_args, get_origin, get_type_hints

import structlog

from handlers.work import Work
from locales import Text
from services.access import Actor
from services.views import TurnOutcome, View, say

log = structlog.get_logger(__name__)
# The functions of one table differ in their arguments, which are checked when they are bound.
Run = Callable[..., Awaitable[None]]
UseCase = Callable[..., Awaitable[Any]]
Arguments = Mapping[str, object]
# Shows what a use case returns.
Show = Callable[[Work, Any], None]
# What a use case takes of the press; a function that answers by itself takes the first two, or the text.
_OF_PRESS: Final[Mapping[str, Callable[[Work, Actor], object]]] = {
    "turn": lambda work, actor: work.turn(actor),
    "session": lambda work, _: work.session,
    "actor": lambda _, actor: actor,
}
# What the press or the words bring by themselves; all other parameters are arguments.
_CONTEXT: Final = frozenset({"work", "text", *_OF_PRESS})
# What a button may say beside the arguments: whose it is, if a stranger may press it (``services.buttons``),
# and how many steps a case had on the card, which all buttons of that card say.
_BESIDE: Final = frozenset({"account", "seen"})
_LISTS: Final = frozenset({list, tuple, Collection, Sequence})
_UNIONS: Final = frozenset({Union, UnionType})
_PLAIN: Final = frozenset({int, str, bool})
# The type and the default of each argument; ``MISSING``: it has none.
Takes = Mapping[str, tuple[Any, Any]]


class ArgumentsError(Exception):
    """The arguments are not those that the function takes."""


@dataclass(frozen=True, slots=True)
class Binding:
    """What follows a press or an answer: ``run`` gets the context, then the arguments by name."""

    run: Run
    takes: Takes

    def bind(self, arguments: Arguments) -> dict[str, object]:
        """The arguments in the types that the function takes. Raises ``ArgumentsError``."""
        return _bind(self.takes, arguments, _BESIDE)

    def around(self, wrap: Callable[[Run], Run]) -> Binding:
        """The same arguments for another ``run``, which ``wrap`` makes of this one."""
        return replace(self, run=wrap(self.run))


def bound(
    table: Mapping[str, Binding], name: str, arguments: Arguments
) -> tuple[Run, dict[str, object]] | None:
    """The function of a name, with its arguments. None: they are those of another release."""
    try:
        return table[name].run, table[name].bind(arguments)
    except (KeyError, ArgumentsError) as error:
        log.warning("it does not bind", name=name, error=str(error))
        return None


def acts(function: Run) -> Binding:
    """The function answers by itself."""
    return Binding(function, _arguments_of(function))


def says(use_case: Callable[..., Awaitable[View]], **fixed: object) -> Binding:
    """The view comes as a message of its own. ``fixed``: arguments that no button gives."""
    return _pressed(Work.say, use_case, fixed)


def replaces(use_case: Callable[..., Awaitable[View]], **fixed: object) -> Binding:
    """The view takes the place of the pressed message."""
    return _pressed(Work.replace, use_case, fixed)


def shows(use_case: Callable[..., Awaitable[TurnOutcome]], **fixed: object) -> Binding:
    """The outcome's view takes the place of the pressed message; its text answers the press."""
    return _pressed(Work.show, use_case, fixed)


def flashes(use_case: Callable[..., Awaitable[Text]]) -> Binding:
    """The text answers the press itself."""
    return _pressed(Work.flash, use_case, {})


def tells(key: str) -> Binding:
    """A line takes the place of the pressed message. Nothing is done."""

    async def run(work: Work, actor: Actor) -> None:
        work.replace(say(key))

    return Binding(run, {})


def opens(use_case: Callable[..., Awaitable[View]], *, again: str = "offset") -> Binding:
    """The view comes as a message of its own when it is opened, so that what opened it stays.

    With the argument ``again`` it takes the place of the pressed message: a page was turned, or a question
    leads back.
    """
    takes = _arguments_of(use_case)
    known = again in takes

    async def run(work: Work, actor: Actor, **arguments: object) -> None:
        back = arguments.get(again) if known else arguments.pop(again, None)
        view = await _called(use_case, work, actor, arguments)
        if back is None:
            work.say(view)
        else:
            work.replace(view)

    return Binding(run, takes if known else {**takes, again: (bool, None)})


def answers(use_case: Callable[..., Awaitable[View]], words: str = "words") -> Binding:
    """The use case takes what was written as its parameter ``words``; its view is a message of its own."""
    return _written(Work.say, use_case, words)


def headed(use_case: Callable[..., Awaitable[TurnOutcome]], words: str = "words") -> Binding:
    """As ``answers``; the view is headed by the outcome's text."""
    return _written(Work.say_outcome, use_case, words)


def _pressed(show: Show, use_case: UseCase, fixed: Arguments) -> Binding:
    async def run(work: Work, actor: Actor, **arguments: object) -> None:
        show(work, await _called(use_case, work, actor, {**arguments, **fixed}))

    return Binding(run, _arguments_of(use_case, fixed))


def _written(show: Show, use_case: UseCase, words: str) -> Binding:
    async def run(work: Work, text: str, **arguments: object) -> None:
        show(work, await _called(use_case, work, work.require_actor(), {**arguments, words: text}))

    return Binding(run, _arguments_of(use_case, {words}))


def _called(use_case: UseCase, work: Work, actor: Actor, arguments: Arguments) -> Awaitable[Any]:
    wanted = _OF_PRESS.keys() & inspect.signature(use_case).parameters.keys()
    return use_case(**{name: _OF_PRESS[name](work, actor) for name in wanted}, **arguments)


def changing_menus(bindings: Mapping[str, Binding]) -> dict[str, Binding]:
    """The bindings, each of which changes somebody's roles, language or account."""
    return {name: binding.around(_changing_menus) for name, binding in bindings.items()}


def _changing_menus(inner: Run) -> Run:
    async def run(work: Work, actor: Actor, **arguments: object) -> None:
        await inner(work, actor, **arguments)
        work.menus_changed = True

    return run


def ending_question(bindings: Mapping[str, Binding]) -> dict[str, Binding]:
    """The bindings, each of which first ends the open question: a press answers it or leaves it."""
    return {name: binding.around(_ending_question) for name, binding in bindings.items()}


def _ending_question(inner: Run) -> Run:
    async def run(work: Work, actor: Actor, **arguments: object) -> None:
        await work.end_question()
        await inner(work, actor, **arguments)

    return run


def _arguments_of(
    function: Callable[..., object], fixed: Collection[str] = ()
) -> dict[str, tuple[object, object]]:
    """Raises ``TypeError``, when the program starts, for what no button can give or no parameter takes."""
    hints, parameters = get_type_hints(function), inspect.signature(function).parameters
    if unknown := set(fixed) - set(parameters):
        raise TypeError(f"{function.__qualname__} takes no {', '.join(sorted(unknown))}")
    takes = {
        name: (hints[name], MISSING if parameter.default is parameter.empty else parameter.default)
        for name, parameter in parameters.items()
        if name not in _CONTEXT and name not in fixed
    }
    for name, (wanted, _) in takes.items():
        if not _is_readable(wanted):
            raise TypeError(f"{function.__qualname__}: no button can give {name}: {wanted}")
    return takes


def _is_made(wanted: Any) -> bool:
    """Whether the type is a dataclass, made of several arguments."""
    return is_dataclass(wanted)


@cache
def _fields_of(made: Any) -> Takes:
    """What a dataclass is made of."""
    hints = get_type_hints(made)
    return {field.name: (hints[field.name], field.default) for field in fields(made)}


def _names(takes: Takes) -> set[str]:
    """All names that an argument may have."""
    return set(takes).union(*(_fields_of(wanted) for wanted, _ in takes.values() if _is_made(wanted)))


def _is_readable(wanted: Any) -> bool:
    """Whether ``_read`` can make the type: a plain one, None or another plain one beside it, or one of such.

    The types of which others are made are lists, tuples and dataclasses.
    """
    origin, parts = get_origin(wanted), [part for part in get_args(wanted) if part is not NoneType]
    if origin is Literal:
        return True
    if origin in _UNIONS:
        return _PLAIN.issuperset(parts) or (len(parts) == 1 and _is_readable(parts[0]))
    if origin is not None:
        return origin in _LISTS and all(part is Ellipsis or _is_readable(part) for part in parts)
    if _is_made(wanted):
        return all(_is_readable(field) for field, _ in _fields_of(wanted).values())
    return wanted in {*_PLAIN, date, datetime} or (inspect.isclass(wanted) and issubclass(wanted, Enum))


def _bind(takes: Takes, arguments: Arguments, beside: Collection[str] = ()) -> dict[str, object]:
    """The arguments that are taken. ``beside``: the names of others that may be among them."""
    if unknown := set(arguments) - _names(takes) - set(beside):
        raise ArgumentsError(f"unknown: {', '.join(sorted(unknown))}")
    found: dict[str, Any] = {}
    for name, (wanted, default) in takes.items():
        if name in arguments:
            found[name] = _read(name, arguments[name], wanted)
        elif _is_made(wanted):
            within = _fields_of(wanted).keys() & arguments.keys()
            found[name] = wanted(**_bind(_fields_of(wanted), {one: arguments[one] for one in within}))
        elif default is MISSING:
            raise ArgumentsError(f"missing: {name}")
    return found


def _read(name: str, value: object, wanted: Any) -> object:
    """The value, as JSON has it, in the type that is wanted."""
    origin, parts = get_origin(wanted), get_args(wanted)
    if origin is Literal and value in parts:
        return value
    if origin in _UNIONS:
        return _read_one_of(name, value, parts)
    if origin in _LISTS:
        return _read_list(name, value, origin, parts)
    if _is_made(wanted) and isinstance(value, Mapping):
        return wanted(**_bind(_fields_of(wanted), value))
    if inspect.isclass(wanted) and issubclass(wanted, Enum):
        return _made(name, wanted, value)
    if wanted in {date, datetime}:
        return _made(name, wanted.fromisoformat, value)
    # In Python, True is a number as well.
    if wanted not in _PLAIN or not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise ArgumentsError(f"{name}: {value!r} is no {wanted}")
    return value


def _read_one_of(name: str, value: object, parts: Sequence[object]) -> object:
    if value is None and NoneType in parts:
        return None
    *others, last = (part for part in parts if part is not NoneType)
    for part in others:
        with suppress(ArgumentsError):
            return _read(name, value, part)
    return _read(name, value, last)


def _read_list(name: str, value: object, origin: object, parts: Sequence[object]) -> Sequence[object]:
    """The list, or the tuple, with each part in its type."""
    if not isinstance(value, list):
        raise ArgumentsError(f"{name}: {value!r} is no list")
    if origin is not tuple or parts[-1] is Ellipsis:
        parts = [parts[0]] * len(value)
    if len(value) != len(parts):
        raise ArgumentsError(f"{name}: {value!r} has not {len(parts)} parts")
    found = [_read(name, one, part) for one, part in zip(value, parts, strict=True)]
    return tuple(found) if origin is tuple else found


def _made(name: str, make: Callable[[Any], object], value: object) -> object:
    try:
        return make(value)
    except (TypeError, ValueError) as error:
        raise ArgumentsError(f"{name}: {error!r}") from None
