"""Buttons about people: a contact's card, handing over, leaving; everybody's own language and help."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, answers, changing_menus, ending_question, replaces, says
from handlers.work import Work
from services import help_texts
from services.access import Actor
from services.office import handover
from services.people import enrolment, person_card, person_history


async def _invite(work: Work, actor: Actor, *, contact_id: int) -> None:
    """Show an invitation link in answer to the press; no row holds it, for a prompt is not stored."""
    made = await enrolment.invite_contact(work.turn(actor), contact_id)
    work.say(enrolment.link_view(made, work.bot_name, work.campaign))


ACTIONS: Final[Mapping[str, Binding]] = {
    # This also leads back from a question: the next words are no longer an answer to it.
    **ending_question({"person.card": says(person_card.card)}),
    "person.ask_post": says(person_card.ask_post),
    "person.roles": says(person_card.show_roles),
    "person.ask_unit": says(person_card.ask_unit),
    "person.unit": replaces(person_card.preview_move),
    "person.move": replaces(handover.change_unit),
    "person.invite": acts(_invite),
    "person.history": says(person_history.view),
    "person.restore": replaces(person_card.restore),
    "person.ask_leave": says(handover.ask_leave),
    "person.hand_over": says(handover.choose),
    "person.hand_over_to": replaces(handover.preview),
    "person.handed_over": replaces(handover.confirm),
    "help.more": replaces(help_texts.all_help),
    **changing_menus(
        {
            "person.role": replaces(person_card.set_role),
            "person.leave": replaces(handover.leave_post),
            "language.set": replaces(enrolment.set_language),
        }
    ),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "person.post": answers(person_card.set_post),
    "person.unit": answers(person_card.choose_unit),
    "person.successor": answers(handover.find),
}
