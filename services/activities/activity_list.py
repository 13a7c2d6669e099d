"""``/log``: the entries that the reader may see, by kind and by words, page by page."""

from __future__ import annotations

import re
from typing import Final

from locales import Text
from models import activities
from models.activities import Activity, activity_lists
from models.activities.activity_lists import ActivitySelection
from models.db import ident
from reports.formats import day_of_year_text, short
from rules.activities.activity_kinds import ActivityKind
from rules.people.typed_names import normalise
from services import questions
from services.activities import activity_rights, activity_texts, activity_view
from services.activities.activity_card import KINDS_IN_ROW
from services.directory_names import DirectoryNames
from services.people.name_search import words_of
from services.turn import Turn
from services.views import ButtonSpec, View, button, in_rows, paging

SEARCH_ASKED: Final = "activity.search_words"
_PAGE: Final = 10
_IN_ROW: Final = 5
_TITLE: Final = 40
_NUMBER: Final = re.compile(r"J\d{8}-\d{4,}")


async def list_view(
    turn: Turn, *, kind: ActivityKind | None = None, words: str = "", offset: int = 0
) -> View:
    """A page of the entries, those of the last day first, with a button to each."""
    wanted = words_of(words)
    selection = ActivitySelection(
        turn.actor.scope, kind, [{word, normalise(word) or word} for word in wanted]
    )
    found, count = await activity_lists.listed(turn.session, selection, _PAGE, offset)
    shown = " ".join(wanted)
    lines, rows = [_title(kind, shown, count)], []
    names = await DirectoryNames.load(turn.session)
    for n, activity in enumerate(found, offset + 1):
        lines.append(_line(turn, n, activity, names.units[activity.unit_id]))
        rows.append(_open_button(turn, n, activity))
    if not found:
        lines.append(Text("activities.nothing" if wanted or kind else "activities.none_yet"))
    turning = paging("activity.list", turn.actor.id, offset, count, page=_PAGE, kind=kind, words=shown)
    return View(lines, [*in_rows(rows, _IN_ROW), *turning, *await _below(turn, kind, shown)])


def _title(kind: ActivityKind | None, words: str, count: int) -> Text:
    if words:
        return Text("activities.found_title", words=words, count=count)
    if kind is not None:
        return Text("activities.kind_title", kind=activity_texts.kind_text(kind), count=count)
    return Text("activities.list_title", count=count)


def _line(turn: Turn, n: int, activity: Activity, unit: str) -> Text:
    day = day_of_year_text(activity.day, turn.today.year)
    kind, title = activity_texts.kind_text(activity.kind), short(activity.title, _TITLE)
    return Text("activities.list_line", n=n, day=day, kind=kind, unit=unit, title=title)


def _open_button(turn: Turn, n: int, activity: Activity) -> ButtonSpec:
    label = Text("common.as_is", text=str(n))
    return button(label, "activity.open", turn.actor.id, activity_id=activity.id)


async def _below(turn: Turn, kind: ActivityKind | None, words: str) -> list[list[ButtonSpec]]:
    """The other kinds, a search, and for who may write a new entry."""
    counts = await activity_lists.count_by_kind(turn.session, turn.actor.scope)
    kinds = [
        _kind_button(turn, one, counts[one]) for one in ActivityKind if one in counts and one is not kind
    ]
    if kind is not None or words:
        kinds.insert(0, button("activities.all_button", "activity.list", turn.actor.id, offset=0))
    elif len(kinds) == 1:
        kinds = []
    last = [button("activities.search_button", "activity.search", turn.actor.id)] if counts else []
    if activity_rights.writes(turn.actor):
        last.insert(0, button("activities.begin_button", "activity.begin", turn.actor.id))
    return [*in_rows(kinds, KINDS_IN_ROW), *([last] if last else [])]


def _kind_button(turn: Turn, kind: ActivityKind, count: int) -> ButtonSpec:
    label = Text("activities.kind_button", kind=activity_texts.kind_text(kind), count=count)
    return button(label, "activity.list", turn.actor.id, kind=kind, offset=0)


async def ask_search(turn: Turn) -> View:
    """查找: the words are written."""
    await questions.ask_here(turn, SEARCH_ASKED)
    return View([Text("activities.ask_search")])


async def find(turn: Turn, words: str) -> View:
    """The entry with that number, or those that hold all of the words."""
    if is_number(words):
        activity = await activities.activity_by_number(turn.session, _compact(words))
        if activity is not None and activity_rights.may_see(turn.actor, activity):
            return await activity_view.open_one(turn, ident(activity))
    return await list_view(turn, words=words)


def is_number(words: str) -> bool:
    """Whether the words are the number of an entry."""
    return _NUMBER.fullmatch(_compact(words)) is not None


def _compact(words: str) -> str:
    return normalise("".join(words.split())).upper()
