"""Buttons and answers of 申请加入: for the applicant, not yet enrolled, and for the office."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from handlers.work import Action, AnswerAction, Arguments, StrangerAction, Work
from rules.people.roles import Role
from services.access import Actor
from services.errors import DomainError
from services.people import admission, joining
from services.people.joining import Applicant

# -- the applicant's -----------------------------------------------------------------------------------


async def _begin(work: Work, arguments: Arguments) -> None:
    work.say(await joining.begin(work.session, work.user_id, now=work.now))


async def _pick(work: Work, arguments: Arguments) -> None:
    work.replace(await joining.pick_unit(work.session, work.user_id, arguments["unit_id"], now=work.now))


async def _skip(work: Work, arguments: Arguments) -> None:
    view = await joining.take_post(
        work.session, work.user_id, "", arguments["unit_id"], arguments["name"], now=work.now
    )
    work.replace(view)


async def _submit(work: Work, arguments: Arguments) -> None:
    view = await joining.submit(
        work.session,
        Applicant(work.user_id, work.locale),
        arguments["unit_id"],
        arguments["name"],
        arguments["post"],
        now=work.now,
    )
    work.replace(view)


async def _cancel(work: Work, arguments: Arguments) -> None:
    work.replace(await joining.cancel(work.session, work.user_id))


async def _take_unit(work: Work, text: str, arguments: Arguments) -> None:
    work.say(await joining.take_unit(work.session, work.user_id, text, now=work.now))


async def _take_name(work: Work, text: str, arguments: Arguments) -> None:
    work.say(await joining.take_name(work.session, work.user_id, text, arguments["unit_id"], now=work.now))


async def _take_post(work: Work, text: str, arguments: Arguments) -> None:
    view = await joining.take_post(
        work.session, work.user_id, text, arguments["unit_id"], arguments["name"], now=work.now
    )
    work.say(view)


STRANGERS: Final[Mapping[str, StrangerAction]] = {
    "join.begin": _begin,
    "join.pick": _pick,
    "join.skip": _skip,
    "join.submit": _submit,
    "join.cancel": _cancel,
}

# -- the office's --------------------------------------------------------------------------------------


async def _approve(work: Work, actor: Actor, arguments: Arguments) -> None:
    role = arguments.get("role")
    view = await admission.approve(
        work.turn(actor),
        arguments["request_id"],
        role=Role(role) if role else None,
        replacing=arguments.get("replacing"),
    )
    work.menus_changed = True
    work.replace(view)


async def _refuse(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await admission.refuse(work.turn(actor), arguments["request_id"]))


async def _show(work: Work, actor: Actor, arguments: Arguments) -> None:
    work.replace(await admission.show_request(work.turn(actor), arguments["request_id"]))


async def _is_in(work: Work, actor: Actor, arguments: Arguments) -> None:
    """Refuse an applicant's button that is older than the person's enrolment."""
    raise DomainError("enrolment.already_enrolled", name=actor.contact.name)


ACTIONS: Final[Mapping[str, Action]] = {
    **dict.fromkeys(STRANGERS, _is_in),
    "join.approve": _approve,
    "join.refuse": _refuse,
    "join.show": _show,
}
ANSWERS: Final[Mapping[str, AnswerAction]] = {
    "join.unit": _take_unit,
    "join.name": _take_name,
    "join.post": _take_post,
}
