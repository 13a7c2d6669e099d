"""Buttons about people: a contact's card, handing over, leaving; everybody's own language and help."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from handlers.binding import Binding, acts, answers, ending_question, replaces, says
from handlers.work import Work
from rules.people.roles import Role
from services import help_texts
from services.access import Actor
from services.office import handover
from services.people import enrolment, person_card, person_history


async def _roles(work: Work, actor: Actor, *, contact_id: int) -> None:
    work.say(await person_card.show_roles(work.session, actor, contact_id))


async def _role(work: Work, actor: Actor, *, contact_id: int, role: Role, holds: bool) -> None:
    view = await person_card.set_role(work.turn(actor), contact_id, role, holds=holds)
    work.menus_changed = True
    work.replace(view)


async def _unit(work: Work, actor: Actor, *, contact_id: int, unit_id: int) -> None:
    work.replace(await person_card.preview_move(work.session, actor, contact_id, unit_id))


async def _invite(work: Work, actor: Actor, *, contact_id: int) -> None:
    """Show an invitation link in answer to the press; no row holds it, for a prompt is not stored."""
    made = await enrolment.invite_contact(work.turn(actor), contact_id)
    work.say(enrolment.link_view(made, work.bot_name, work.campaign))


async def _ask_leave(work: Work, actor: Actor, *, contact_id: int) -> None:
    work.say(await handover.ask_leave(work.session, actor, contact_id))


async def _leave(work: Work, actor: Actor, *, contact_id: int, duties: int) -> None:
    view = await handover.leave_post(work.turn(actor), contact_id, duties)
    work.menus_changed = True
    work.replace(view)


async def _to(work: Work, actor: Actor, *, contact_id: int, to_id: int) -> None:
    work.replace(await handover.preview(work.session, actor, contact_id, to_id))


async def _confirm(
    work: Work, actor: Actor, *, contact_id: int, to_id: int, task_ids: Collection[int]
) -> None:
    view = await handover.confirm(work.turn(actor), contact_id, to_id, task_ids)
    work.replace(view)


async def _language(work: Work, actor: Actor, *, locale: str) -> None:
    work.replace(await enrolment.set_language(work.turn(actor), locale))
    work.menus_changed = True


ACTIONS: Final[Mapping[str, Binding]] = {
    # This also leads back from a question: the next words are no longer an answer to it.
    **ending_question({"person.card": says(person_card.card)}),
    "person.ask_post": says(person_card.ask_post),
    "person.roles": acts(_roles),
    "person.role": acts(_role),
    "person.ask_unit": says(person_card.ask_unit),
    "person.unit": acts(_unit),
    "person.move": replaces(handover.change_unit),
    "person.invite": acts(_invite),
    "person.history": says(person_history.view),
    "person.restore": replaces(person_card.restore),
    "person.ask_leave": acts(_ask_leave),
    "person.leave": acts(_leave),
    "person.hand_over": says(handover.choose),
    "person.hand_over_to": acts(_to),
    "person.handed_over": acts(_confirm),
    "language.set": acts(_language),
    "help.more": replaces(help_texts.all_help),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "person.post": answers(person_card.set_post),
    "person.unit": answers(person_card.choose_unit),
    "person.successor": answers(handover.find),
}
