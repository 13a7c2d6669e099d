"""Buttons of the nags: pages, putting off, the office's releases, the ladder, 迎检, and own quiet hours."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Final

from handlers.binding import Binding, acts, opens, replaces, says
from handlers.work import Work
from locales import Text
from services.access import Actor
from services.message_subjects import MessageSubjects
from services.nags import (
    inspections,
    nag_digest,
    nag_forecast_view,
    nag_records,
    nag_releases,
    noting,
    policies,
    quiet_hours,
    signing,
    snoozing,
)
from services.nags.messages import live_nags
from services.people import enrolment, invitation_requests
from services.progress import zero_reports
from services.tasks import completion, explanations


def _decides(*, send: bool) -> Binding:
    async def decide(work: Work, actor: Actor, *, contact_id: int, ids: Collection[int]) -> None:
        work.flash(await nag_releases.decide(work.turn(actor), contact_id, ids, send=send))
        work.replace(await nag_releases.view(work.turn(actor)))

    return acts(decide)


async def _sign(work: Work, actor: Actor, *, outbox_id: int, wanted: MessageSubjects) -> None:
    turn = work.turn(actor)
    signed = len(await signing.sign_these(turn, wanted))
    work.flash(Text("nags.signed", count=signed) if signed else Text("signing.none"))
    await _mark(work, actor, outbox_id)


async def _zero(work: Work, actor: Actor, *, outbox_id: int, task_id: int, window: str | None = None) -> None:
    """无新增 for a line: a short answer to the press. A list of choices is a message of its own.

    ``window``: the key of the one that the line is about; old buttons have none.
    """
    turn = work.turn(actor)
    if window is None:
        view = await zero_reports.of_task(turn, task_id)
    else:
        view = await zero_reports.of_window(turn, task_id, window)
    if len(view.lines) > 1 or view.rows:
        work.say(view)
        return
    work.flash(view.lines[0])
    await _mark(work, actor, outbox_id)


async def _mark(work: Work, actor: Actor, outbox_id: int) -> None:
    """Mark what is done in the list that was pressed. One that is too old to be known stays as it is."""
    listed = await live_nags.shown(work.turn(actor), outbox_id)
    if listed is not None:
        work.replace(listed)


async def _submit(work: Work, actor: Actor, *, task_id: int, offer: str | None = None) -> None:
    turn = work.turn(actor)
    if offer is None:
        work.say_outcome(await completion.ask(turn, task_id))
    else:
        work.say_outcome(await completion.take_up(turn, task_id, offer))


async def _explain(work: Work, actor: Actor, *, task_id: int) -> None:
    work.say_outcome(await explanations.start(work.turn(actor), task_id))


async def _pass_on(work: Work, actor: Actor, *, outbox_id: int, wanted: MessageSubjects) -> None:
    work.flash(await snoozing.pass_on(work.turn(actor), outbox_id, wanted))
    await _mark(work, actor, outbox_id)


async def _invite(work: Work, actor: Actor, *, task_id: int, outbox_id: int | None = None) -> None:
    """The office gets the link; anybody else asks the office for it, and the button goes for this day."""
    turn = work.turn(actor)
    person_id = await invitation_requests.person_to_invite(turn, task_id)
    if not actor.is_office or person_id is None:
        work.flash(await invitation_requests.ask(turn, task_id), alert=True)
        if person_id is not None and outbox_id is not None:
            await _mark(work, actor, outbox_id)
        return
    made = await enrolment.invite_contact(turn, person_id)
    work.say(enrolment.link_view(made, work.bot_name, work.campaign))


async def _note(work: Work, actor: Actor, *, outbox_id: int) -> None:
    work.flash(await noting.note(work.turn(actor), outbox_id))


ACTIONS: Final[Mapping[str, Binding]] = {
    "nag.page": replaces(live_nags.turn_page, unfold=False),
    "nag.unfold": replaces(live_nags.turn_page, offset=0, unfold=True),
    "nag.sign": acts(_sign),
    "nag.zero": acts(_zero),
    "nag.submit": acts(_submit),
    "nag.explain": acts(_explain),
    "nag.relayed": acts(_pass_on),
    "nag.invite": acts(_invite),
    "nag.noted": acts(_note),
    "nags.front": opens(nag_forecast_view.front, again="back"),
    "nags.day": replaces(nag_forecast_view.day_page),
    "nags.letter": replaces(nag_forecast_view.letter_page),
    "nags.records": opens(nag_records.of_subject),
    "sign.some": replaces(signing.sign),
    "snooze.choose": says(snoozing.choose),
    "snooze.until": replaces(snoozing.snooze),
    "release.list": says(nag_releases.view),
    "release.send": _decides(send=True),
    "release.drop": _decides(send=False),
    "ladder.show": replaces(policies.show_policy),
    "ladder.export": says(policies.export),
    "ladder.release": replaces(policies.set_release),
    "ladder.want_reset": replaces(policies.ask_reset),
    "ladder.reset": replaces(policies.reset),
    "inspection.confirm": replaces(inspections.confirm),
    "inspection.cancel": replaces(inspections.cancel),
    "quiet.clear": replaces(quiet_hours.clear),
    "digest.show": says(nag_digest.show),
    "quiet.brief": replaces(quiet_hours.choose_brief),
    "quiet.notices": replaces(quiet_hours.choose_notices),
    "quiet.previews": replaces(quiet_hours.choose_previews),
}
