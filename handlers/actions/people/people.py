"""Buttons about people: a contact's card, handing over and leaving; and everybody's own language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, Work
from rules.people.roles import Role
from services.access import Actor
from services.office import handover
from services.people import enrolment, person_card, person_history


async def _card(work: Work, actor: Actor, arguments: Arguments) -> None:
    # This also leads back from a question: the next words are no longer an answer to it.
    await work.end_question()
    contact_id = arguments["contact_id"]
    work.say(await person_card.card(work.turn(actor), contact_id))


async def _ask_post(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await person_card.ask_post(work.turn(actor), arguments["contact_id"]))


async def _roles(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await person_card.show_roles(work.session, actor, arguments["contact_id"]))


async def _role(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await person_card.set_role(
        work.turn(actor), arguments["contact_id"], Role(arguments["role"]), holds=arguments["holds"]
    )
    work.menus_changed = True
    work.replace(view)


async def _ask_unit(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await person_card.ask_unit(work.turn(actor), arguments["contact_id"]))


async def _unit(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(
        await person_card.preview_move(work.session, actor, arguments["contact_id"], arguments["unit_id"])
    )


async def _move(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await handover.change_unit(
        work.turn(actor), arguments["contact_id"], arguments["unit_id"], arguments["from_id"]
    )
    work.replace(view)


async def _invite(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Show an invitation link in answer to the press; no row holds it, for a prompt is not stored."""
    made = await enrolment.invite_contact(work.turn(actor), arguments["contact_id"])
    work.say(enrolment.link_view(made, work.bot_name, work.campaign))


async def _history(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await person_history.view(work.turn(actor), arguments["contact_id"]))


async def _restore(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await person_card.restore(work.turn(actor), arguments["contact_id"]))


async def _ask_leave(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await handover.ask_leave(work.session, actor, arguments["contact_id"]))


async def _leave(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await handover.leave_post(work.turn(actor), arguments["contact_id"], arguments["duties"])
    work.menus_changed = True
    work.replace(view)


async def _choose(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.say(await handover.choose(work.turn(actor), arguments["contact_id"]))


async def _to(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await handover.preview(work.session, actor, arguments["contact_id"], arguments["to_id"]))


async def _confirm(work: Work, actor: Actor, arguments: Arguments) -> None:
    view = await handover.confirm(
        work.turn(actor), arguments["contact_id"], arguments["to_id"], arguments["task_ids"]
    )
    work.replace(view)


async def _language(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await enrolment.set_language(work.turn(actor), arguments["locale"]))
    work.menus_changed = True


async def _take_post(work: Work, text: str, arguments: Arguments) -> None:
    view = await person_card.set_post(work.turn(work.require_actor()), arguments["contact_id"], text)
    work.say(view)


async def _take_unit(work: Work, text: str, arguments: Arguments) -> None:
    work.say(await person_card.choose_unit(work.turn(work.require_actor()), arguments["contact_id"], text))


async def _take_name(work: Work, text: str, arguments: Arguments) -> None:
    work.say(await handover.find(work.turn(work.require_actor()), arguments["contact_id"], text))


ACTIONS: Final[Mapping[str, Action]] = {
    "person.card": _card,
    "person.ask_post": _ask_post,
    "person.roles": _roles,
    "person.role": _role,
    "person.ask_unit": _ask_unit,
    "person.unit": _unit,
    "person.move": _move,
    "person.invite": _invite,
    "person.history": _history,
    "person.restore": _restore,
    "person.ask_leave": _ask_leave,
    "person.leave": _leave,
    "person.hand_over": _choose,
    "person.hand_over_to": _to,
    "person.handed_over": _confirm,
    "language.set": _language,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    "person.post": _take_post,
    "person.unit": _take_unit,
    "person.successor": _take_name,
}
