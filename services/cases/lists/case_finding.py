"""``/case``: find a case by its number, by its order's number, by its words, or by a reply."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from locales import Text
from models import cases
from models.cases import Case, case_lists
from models.db import Session, ident
from rules.people.typed_names import normalise
from services.access import Actor
from services.cases import case_access, case_wording
from services.cases.cards import case_card
from services.cases.lists.case_listing import card_button
from services.errors import DomainError
from services.people.name_search import words_of
from services.turn import Turn
from services.views import LISTED, View, paging

_NUMBER: Final = re.compile(r"\d{8}-\d{4,9}")
_SERIAL: Final = re.compile(r"-?(\d{1,9})")
# 创城督办〔2026〕15号, [2026]15号, 15号, 第15号
_ORDER: Final = re.compile(r"(?:.*[〔\[(【](\d{4})[〕\])】])?第?(\d{1,9})号")


async def find(turn: Turn, words: str, *, offset: int = 0) -> View:
    """The card of the one case that is found, or the list of cases that hold all of the words, page by page.

    ``DomainError``: there are no words, or nothing is found that the reader may see.
    """
    wanted = words_of(words)
    if not wanted:
        raise DomainError("caselist.how")
    shown, compact = " ".join(wanted), normalise("".join(wanted))
    named = await _numbered(turn.session, turn.actor, compact)
    if named is not None:
        return await choose(turn, named, shown)
    found, count = await case_lists.search(
        turn.session,
        [{word, normalise(word) or word} for word in wanted],
        case_lists.in_view(turn.actor.id, turn.actor.scope),
        offset=offset,
        limit=LISTED,
    )
    if count > LISTED:
        view = await _list(turn, found, shown, count, offset)
        rows = paging("caselist.found", turn.actor.id, offset, count, words=shown)
        return View(view.lines, [*view.rows, *rows], case_ids=view.case_ids)
    return await choose(turn, found, shown)


async def of_message(turn: Turn, case_ids: Sequence[int]) -> View:
    """``/case`` in reply to a message of ours about ``case_ids``.

    ``DomainError``, which explains the command: there is no such case that the sender may see.
    """
    known = await cases.cases_by_id(turn.session, case_ids)
    found = [
        known[case_id]
        for case_id in case_ids
        if case_id in known and await case_access.may_see(turn.session, turn.actor, known[case_id])
    ]
    if not found:
        raise DomainError("caselist.how")
    return await choose(turn, found[:LISTED], "")


async def choose(turn: Turn, found: Sequence[Case], shown: str) -> View:
    """The card, if there is only one case; else a list of them."""
    if not found:
        raise DomainError("caselist.nothing", words=shown)
    if len(found) == 1:
        return await case_card.card(turn, ident(found[0]))
    return await _list(turn, found, shown, len(found), 0)


async def _list(turn: Turn, found: Sequence[Case], shown: str, count: int, offset: int) -> View:
    title = Text("caselist.found_title", words=shown, count=count) if shown else Text("caselist.which_one")
    lines = [title, *await case_wording.lines(turn, found, offset)]
    rows = [[card_button(turn.actor, n, case)] for n, case in enumerate(found, offset + 1)]
    return View(lines, rows, case_ids=[case.id for case in found if case.id is not None])


async def _numbered(session: Session, actor: Actor, compact: str) -> Sequence[Case] | None:
    """The cases that a number means. None: ``compact`` is no number, or it is to be searched as words."""
    view = case_lists.in_view(actor.id, actor.scope)
    if _NUMBER.fullmatch(compact):
        case = await cases.case_by_number(session, compact)
        return [case] if case is not None and await case_access.may_see(session, actor, case) else []
    if (order := _ORDER.fullmatch(compact)) is not None:
        year = int(order[1]) if order[1] else None
        found = await case_lists.cases_on_order(session, int(order[2]), year, view)
        # It may be the number of a house, too.
        return found or None
    if (serial := _SERIAL.fullmatch(compact)) is not None:
        last = await case_lists.last_with_serial(session, int(serial[1]), view)
        return None if last is None else [last]
    return None
