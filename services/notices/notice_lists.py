"""The lists behind the numbers of a notice: who answered and how, who did not, and whom it did not reach."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from locales import Text
from models import people
from models.db import row_of
from models.notices import NoticeCopy, NoticeParty
from models.people import Contact
from reports.formats import moment_text
from services.notices.audience import NAMED
from services.notices.notice_copies import answer_text
from services.notices.notice_following import ListedParties, NoticeStanding, standing_of, theirs
from services.notices.notice_texts import name_of
from services.turn import Turn
from services.views import LISTED, View, paging


async def parties_list(turn: Turn, notice_id: int, listed: ListedParties, offset: int = 0) -> View:
    """One of the lists, by unit and name."""
    notice = await theirs(turn, notice_id)
    standing = await standing_of(turn, notice)
    found = standing.of(listed)
    shown = found[offset : offset + LISTED]
    units = await people.unit_names(turn.session, {party.unit_id for party in shown})
    copies = _not_there(standing, listed, shown)
    ids = {one for party in shown for one in (party.contact_id, party.answered_by) if one}
    ids |= {copy.contact_id for copy in copies}
    persons = await people.contacts_by_id(turn.session, ids)
    lines = [Text(f"notices.list_title.{listed.value}", notice=name_of(notice), count=len(found))]
    for number, party in enumerate(shown, offset + 1):
        missed = [persons[copy.contact_id].name for copy in copies if copy.party_id == party.id]
        said = _said(turn, standing, party, persons, missed)
        name = _name(party, units, persons)
        lines.append(Text("notices.list_line", number=number, name=name, said=said))
    turned = paging("notice.list", turn.actor.id, offset, len(found), notice_id=notice_id, listed=listed)
    return View(lines, turned)


def _not_there(
    standing: NoticeStanding, listed: ListedParties, shown: Sequence[NoticeParty]
) -> list[NoticeCopy]:
    """The copies of these parties that the list is about: those that wait, or did not arrive."""
    ids = {party.id for party in shown}
    if listed is ListedParties.UNREACHED:
        return [copy for copy in standing.copies if copy.waits and copy.party_id in ids]
    if listed is ListedParties.FAILED:
        return [copy for copy in standing.failed if copy.party_id in ids]
    return []


def _name(party: NoticeParty, units: Mapping[int, str], persons: Mapping[int, Contact]) -> Text:
    own = row_of(persons, party.contact_id)
    if own is None:
        return Text("common.as_is", text=units[party.unit_id])
    return Text("common.contact", unit=units[party.unit_id], name=own.name)


def _said(
    turn: Turn,
    standing: NoticeStanding,
    party: NoticeParty,
    persons: Mapping[int, Contact],
    missed: Sequence[str],
) -> Text:
    """``missed``: the people whom the list is about, if it is about people."""
    if missed:
        return Text("common.as_is", text=list(missed[:NAMED]))
    if party.answer is None or party.answered_at is None:
        return standing.unanswered(party)
    who = row_of(persons, party.answered_by)
    return Text(
        "notices.list_answer",
        answer=answer_text(party.answer, party.words),
        who="" if who is None else who.name,
        at=moment_text(party.answered_at, turn.campaign.zone),
    )
