"""发给…: the buttons and the written names by which a notice gets its readers."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Final

from locales import Text
from models import people
from models.db import ident
from models.drafts import Draft
from models.people import Contact, Unit
from rules.people.roles import Role, Tier
from services import questions
from services.directory_names import tier_scope_text
from services.drafts.draft_kinds import draft_button
from services.errors import DomainError
from services.notices import audience as audiences
from services.notices import audience_words, notice_drafts
from services.notices.audience import ROLES, Audience
from services.notices.notice_drafts import plan_of
from services.people.name_search import CHOICES
from services.turn import Turn
from services.views import ButtonSpec, View, in_rows

READERS_ASKED: Final = "notice.reader_words"
_IN_ROW: Final = 3


async def whom(turn: Turn, revision: int) -> View:
    """发给…: the scopes and the roles, each a button; single units and people are written."""
    draft = await notice_drafts.require(turn, revision)
    units = await audiences.units_for(turn.session, turn.actor)
    return await _whom(turn, draft, units)


async def _whom(turn: Turn, draft: Draft, units: Collection[Unit]) -> View:
    plan = plan_of(draft)
    chosen = plan.audience
    there = {unit.tier for unit in units}

    def scope(label: Text, tier: Tier | None) -> ButtonSpec:
        is_it = chosen is not None and not chosen.units and not chosen.people and chosen.tier is tier
        arguments = {} if tier is None else {"tier": tier}
        return draft_button(_marked(label, is_it), "notice.scope", turn.actor.id, draft, **arguments)

    def role(one: Role) -> ButtonSpec:
        is_it = chosen is not None and not chosen.people and one in chosen.roles
        label = _marked(Text(f"common.role.{one.value}"), is_it)
        return draft_button(label, "notice.role", turn.actor.id, draft, role=one)

    scopes = [scope(Text("notices.scope_all"), None)]
    scopes += [scope(tier_scope_text(tier), tier) for tier in Tier if tier in there and len(there) > 1]
    scopes.append(draft_button("notices.by_name_button", "notice.ask_readers", turn.actor.id, draft))
    rows = [*in_rows(scopes, _IN_ROW), *in_rows([role(one) for one in ROLES], 2)]
    lines = [Text("notices.ask_whom")]
    if chosen is not None:
        who = await audiences.title(turn.session, chosen)
        reach = Text("notices.reach", units=plan.reach.units, people=plan.reach.people)
        lines = [Text("notices.to", audience=who), reach, *lines]
    return View(lines, [*rows, back_row(turn, draft)], draft_id=draft.id)


def _marked(label: Text, chosen: bool) -> Text:
    return Text("notices.chosen", label=label) if chosen else label


def back_row(turn: Turn, draft: Draft) -> list[ButtonSpec]:
    """返回, to the card."""
    return [draft_button("notices.back_button", "notice.show", turn.actor.id, draft)]


async def choose_scope(turn: Turn, revision: int, tier: Tier | None = None) -> View:
    draft = await notice_drafts.require(turn, revision)
    chosen = plan_of(draft).audience or Audience()
    return await _to(turn, draft, Audience(tier, roles=chosen.roles))


async def choose_role(turn: Turn, revision: int, role: Role) -> View:
    """Add a role to those that get it, or take it out; one has to stay. It takes the place of names."""
    draft = await notice_drafts.require(turn, revision)
    chosen = plan_of(draft).audience
    if chosen is None or chosen.people:
        return await _to(turn, draft, Audience(roles=frozenset({role})))
    roles = chosen.roles ^ {role}
    if not roles:
        raise DomainError("notices.one_role")
    return await _to(turn, draft, Audience(chosen.tier, chosen.units, roles))


async def _to(turn: Turn, draft: Draft, chosen: Audience) -> View:
    """Keep the audience, and show the choice again: scope and roles are chosen side by side."""
    await notice_drafts.change(turn, draft, audience=chosen)
    return await _whom(turn, draft, await audiences.units_for(turn.session, turn.actor))


async def ask_readers(turn: Turn, revision: int) -> View:
    """Ask for the names of units or people."""
    draft = await notice_drafts.require(turn, revision)
    await questions.ask_here(turn, READERS_ASKED, {"revision": draft.revision})
    return View([Text("notices.ask_readers")], [back_row(turn, draft)], draft_id=draft.id)


async def readers_written(turn: Turn, revision: int, words: str) -> View:
    """The names were written. If the only one can mean several, these are offered."""
    draft = await notice_drafts.require(turn, revision)
    units = await audiences.units_for(turn.session, turn.actor)
    found = await audience_words.read(turn, words, units)
    draft.card_message_id = None
    if found.choices:
        return _which(turn, draft, found.choices, units)
    named_units, named = found.all_found()
    return await _to(turn, draft, _audience(draft, named_units, named))


def _audience(draft: Draft, units: Sequence[Unit], named: Sequence[Contact]) -> Audience:
    roles = (plan_of(draft).audience or Audience()).roles
    if named:
        return Audience(roles=roles, people=tuple(dict.fromkeys(map(ident, named))))
    return Audience(None, tuple(dict.fromkeys(map(ident, units))), roles)


def _which(turn: Turn, draft: Draft, choices: Sequence[Unit | Contact], units: Collection[Unit]) -> View:
    names = {unit.id: unit.name for unit in units}

    def choice(one: Unit | Contact) -> ButtonSpec:
        if isinstance(one, Unit):
            label = Text("common.as_is", text=one.name)
            return draft_button(label, "notice.unit", turn.actor.id, draft, unit_id=one.id)
        label = Text("common.contact", unit=names[one.unit_id], name=one.name)
        return draft_button(label, "notice.person", turn.actor.id, draft, contact_id=one.id)

    rows = [[choice(one)] for one in choices[:CHOICES]]
    return View([Text("notices.which_reader")], [*rows, back_row(turn, draft)], draft_id=draft.id)


async def choose_unit(turn: Turn, revision: int, unit_id: int) -> View:
    """One unit, with those below it. ``DomainError``: it is not theirs to write to any more."""
    draft = await notice_drafts.require(turn, revision)
    units = await audiences.units_for(turn.session, turn.actor)
    found = [one for one in units if one.id == unit_id]
    if not found:
        raise DomainError("notices.gone_reader")
    return await _to(turn, draft, _audience(draft, found, []))


async def choose_person(turn: Turn, revision: int, contact_id: int) -> View:
    """One person. ``DomainError``: their unit is not theirs to write to any more."""
    draft = await notice_drafts.require(turn, revision)
    mine = {unit.id for unit in await audiences.units_for(turn.session, turn.actor)}
    named = (await people.contacts_by_id(turn.session, [contact_id])).values()
    found = [one for one in named if one.unit_id in mine]
    if not found:
        raise DomainError("notices.gone_reader")
    return await _to(turn, draft, _audience(draft, [], found))
