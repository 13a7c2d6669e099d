"""Buttons and questions bind by annotation: a table names what follows, and the arguments have types.

For each name a table says which function follows and how its answer is shown. The function's own annotations
say which arguments it takes. They are checked when a button is rendered, and again when it is pressed, for a
button may be older than the program. A parameter that is a dataclass takes the arguments named as its fields.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import MISSING, dataclass, replace
from typing import Final, TypeVar, get_type_hints

import structlog

from handlers.arguments import Arguments, ArgumentsError, Takes, is_readable, read_arguments
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.views import TurnOutcome, View, say

log = structlog.get_logger(__name__)
# The functions of one table differ in their arguments, which are checked when they are bound.
Run = Callable[..., Awaitable[None]]
R = TypeVar("R")
UseCase = Callable[..., Awaitable[R]]
# Shows what a use case returns.
Show = Callable[[Work, R], None]
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


@dataclass(frozen=True, slots=True)
class Binding:
    """What follows a press or an answer: ``run`` gets the context, then the arguments by name."""

    run: Run
    takes: Takes

    def bind(self, arguments: Arguments) -> dict[str, object]:
        """The arguments in the types that the function takes. Raises ``ArgumentsError``."""
        return read_arguments(self.takes, arguments, _BESIDE)

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


def _pressed(show: Show[R], use_case: UseCase[R], fixed: Arguments) -> Binding:
    async def run(work: Work, actor: Actor, **arguments: object) -> None:
        show(work, await _called(use_case, work, actor, {**arguments, **fixed}))

    return Binding(run, _arguments_of(use_case, fixed))


def _written(show: Show[R], use_case: UseCase[R], words: str) -> Binding:
    async def run(work: Work, text: str, **arguments: object) -> None:
        show(work, await _called(use_case, work, work.require_actor(), {**arguments, words: text}))

    return Binding(run, _arguments_of(use_case, {words}))


def _called(use_case: UseCase[R], work: Work, actor: Actor, arguments: Arguments) -> Awaitable[R]:
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
        if not is_readable(wanted):
            raise TypeError(f"{function.__qualname__}: no button can give {name}: {wanted}")
    return takes
