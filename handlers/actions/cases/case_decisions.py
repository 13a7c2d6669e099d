"""Buttons and written answers of the office's decisions about cases, of 核实, and of ``/todo``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.actions.cases.case_guard import guarded, unless_moved_on
from handlers.work import Action, Arguments, Work, ending_question
from services.access import Actor
from services.cases.cards import case_card
from services.cases.deciding import merging, registration
from services.cases.lists import case_piles, pile_bulk
from services.cases.lists.case_piles import Pile
from services.cases.orders import order_choice, order_confirm
from services.cases.orders.order_choice import DispatchChoice
from services.nags.orders import case_reminders
from services.views import View, say


async def _front(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await case_piles.front(work.turn(actor)))


async def _list(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await case_piles.list_view(
        work.turn(actor),
        Pile(arguments["pile"]),
        offset=arguments["offset"],
        picked=pile_bulk.read_picked(arguments),
    )
    work.replace(view)


async def _back(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Go back from a question to the card."""
    work.replace(await case_card.card(work.turn(actor), arguments["case_id"]))


async def _preview(work: Work, actor: Actor, arguments: Arguments) -> None:
    wanted = DispatchChoice.from_json(arguments)
    work.replace(await order_choice.preview(work.turn(actor), wanted))


async def _units(work: Work, actor: Actor, arguments: Arguments) -> None:
    wanted = DispatchChoice.from_json(arguments)
    work.replace(await order_choice.choose_unit(work.turn(actor), wanted))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    wanted = DispatchChoice.from_json(arguments)
    work.show(
        await order_confirm.confirm_for(work.turn(actor), wanted, arguments.get("why")),
    )


async def _register(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.show(
        await registration.register(work.turn(actor), case_id, seen),
    )


async def _reject(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await registration.ask_reason(work.turn(actor), case_id, seen))


async def _reject_for(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.show(
        await registration.reject_for(
            work.turn(actor), arguments["case_id"], arguments["seen"], arguments["reason"]
        ),
    )


async def _reject_write(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen = arguments["case_id"], arguments["seen"]
    work.replace(await registration.ask_words(work.turn(actor), case_id, seen))


async def _merge(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await merging.choose(work.turn(actor), arguments["case_id"], arguments["seen"]))


async def _merge_into(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen, into = arguments["case_id"], arguments["seen"], arguments["into"]
    work.replace(await merging.ask(work.turn(actor), case_id, seen, into))


async def _merge_now(work: Work, actor: Actor, arguments: Arguments) -> None:
    case_id, seen, into = arguments["case_id"], arguments["seen"], arguments["into"]
    work.show(
        await merging.merge(work.turn(actor), case_id, seen, into),
    )


async def _remind(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Preview a reminder in a message of its own; asked again, it takes the place of the first preview."""
    again = arguments.get("again", False)
    view = await case_reminders.preview(work.turn(actor), arguments["cases"], again=again)
    if again:
        work.replace(view)
    else:
        work.say(view)


async def _remind_send(work: Work, actor: Actor, arguments: Arguments) -> None:
    outcome, news = await case_reminders.send(work.turn(actor), arguments)
    if not news:
        work.flash(outcome, alert=True)
    work.replace(View([outcome]))


async def _remind_leave(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(say("desk.remind_left"))


async def _unit_words(work: Work, text: str, arguments: Arguments) -> None:
    actor, wanted = work.require_actor(), DispatchChoice.from_json(arguments)
    view = await order_choice.unit_named(work.turn(actor), wanted, text)
    work.say(view)


async def _reassign_words(work: Work, text: str, arguments: Arguments) -> None:
    actor, wanted = work.require_actor(), DispatchChoice.from_json(arguments)
    outcome = await order_confirm.confirm(work.turn(actor), wanted, text)
    work.say_headed(outcome.text, outcome.view)


async def _reject_words(work: Work, text: str, arguments: Arguments) -> None:
    outcome = await registration.reject(
        work.turn(work.require_actor()), arguments["case_id"], arguments["seen"], text
    )
    work.say_headed(outcome.text, outcome.view)


async def _merge_words(work: Work, text: str, arguments: Arguments) -> None:
    actor, case_id, seen = work.require_actor(), arguments["case_id"], arguments["seen"]
    work.say(await merging.by_number(work.turn(actor), case_id, seen, text))


_ACTIONS: Final[Mapping[str, Action]] = {
    "desk.front": _front,
    "desk.list": _list,
    "desk.back": _back,
    "desk.preview": _preview,
    "desk.units": _units,
    "desk.confirm": _confirm,
    "desk.register": _register,
    "desk.reject": _reject,
    "desk.reject_for": _reject_for,
    "desk.reject_write": _reject_write,
    "desk.merge": _merge,
    "desk.merge_into": _merge_into,
    "desk.merge_now": _merge_now,
    "desk.remind": _remind,
    "desk.remind_send": _remind_send,
    "desk.remind_leave": _remind_leave,
}
ACTIONS: Final = guarded(ending_question(_ACTIONS))
ANSWERS: Final = unless_moved_on(
    {
        order_choice.ASKED: _unit_words,
        order_choice.REASON_ASKED: _reassign_words,
        registration.ASKED: _reject_words,
        merging.ASKED: _merge_words,
    }
)
