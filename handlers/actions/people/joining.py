"""Buttons and answers of 申请加入: for the applicant, not yet enrolled, and for the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.binding import Binding, acts, changing_menus, replaces
from handlers.work import Work
from services.access import Actor
from services.errors import DomainError
from services.people import admission, joining
from services.people.joining import Applicant

# -- the applicant's -----------------------------------------------------------------------------------


async def _begin(work: Work) -> None:
    work.say(await joining.begin(work.session, work.user_id, now=work.now))


async def _pick(work: Work, *, unit_id: int) -> None:
    work.replace(await joining.pick_unit(work.session, work.user_id, unit_id, now=work.now))


async def _skip(work: Work, *, unit_id: int, name: str) -> None:
    view = await joining.take_post(work.session, work.user_id, "", unit_id, name)
    work.replace(view)


async def _submit(work: Work, *, unit_id: int, name: str, post: str) -> None:
    view = await joining.submit(
        work.session,
        Applicant(work.user_id, work.locale),
        unit_id,
        name,
        post,
        now=work.now,
        today=work.campaign.today(work.now),
    )
    work.replace(view)


async def _cancel(work: Work) -> None:
    work.replace(await joining.cancel(work.session, work.user_id))


async def _take_unit(work: Work, text: str) -> None:
    work.say(await joining.take_unit(work.session, work.user_id, text, now=work.now))


async def _take_name(work: Work, text: str, *, unit_id: int) -> None:
    work.say(await joining.take_name(work.session, work.user_id, text, unit_id, now=work.now))


async def _take_post(work: Work, text: str, *, unit_id: int, name: str) -> None:
    view = await joining.take_post(work.session, work.user_id, text, unit_id, name)
    work.say(view)


STRANGERS: Final[Mapping[str, Binding]] = {
    "join.begin": acts(_begin),
    "join.pick": acts(_pick),
    "join.skip": acts(_skip),
    "join.submit": acts(_submit),
    "join.cancel": acts(_cancel),
}

# -- the office's --------------------------------------------------------------------------------------


async def _is_in(work: Work, actor: Actor, **arguments: object) -> None:
    """Refuse an applicant's button that is older than the person's enrolment."""
    raise DomainError("enrolment.already_enrolled", name=actor.contact.name)


ACTIONS: Final[Mapping[str, Binding]] = {
    **{name: binding.around(lambda _: _is_in) for name, binding in STRANGERS.items()},
    **changing_menus({"join.approve": replaces(admission.approve)}),
    "join.refuse": replaces(admission.refuse),
    "join.show": replaces(admission.show_request),
}
ANSWERS: Final[Mapping[str, Binding]] = {
    "join.unit": acts(_take_unit),
    "join.name": acts(_take_name),
    "join.post": acts(_take_post),
}
