"""Buttons bind by annotation: what a function takes and refuses, and what a stale button does."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from enum import Enum
from typing import Any, Literal

import pytest
import sqlalchemy as sa
from structlog.testing import capture_logs

from bot.rendering import render_view
from handlers.actions import check
from handlers.arguments import ArgumentsError
from handlers.binding import Run, acts, opens, replaces, says
from handlers.work import Work
from locales import Text
from models.db import Database
from models.delivery.messages import Button, Question
from rules.cases.case_lifecycle import CaseEvent
from services.access import Actor
from services.turn import Turn
from services.views import ButtonSpec, View, arguments_of, button, kept_arguments
from tests.conftest import NOW
from tests.handlers.conftest import People
from tests.support.chat import Chats, Person, group, own_button, pressed
from tests.support.chat import text_of as says_text

# In tests any such button is an error (``tests/conftest.py``), but in the one test of them.
MAKE = ButtonSpec.__init__


class Colour(Enum):
    RED = "red"


@dataclass(frozen=True)
class Place:
    name: str
    points: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True)
class Choice:
    """A value that is made of several arguments."""

    unit_id: int
    colour: Colour = Colour.RED
    place: Place | None = None
    key: int | str | None = None


async def every_type(
    work: Work,
    actor: Actor,
    *,
    number: int,
    words: str = "",
    sure: bool = False,
    colour: Colour | None = None,
    day: date | None = None,
    moment: datetime | None = None,
    ids: Collection[int] = (),
) -> None: ...


async def made(work: Work, actor: Actor, *, choice: Choice, again: bool = False) -> None: ...


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"number": 1}, {"number": 1}),
        ({"number": 1, "words": "好", "sure": True}, {"number": 1, "words": "好", "sure": True}),
        ({"number": 1, "colour": "red"}, {"number": 1, "colour": Colour.RED}),
        ({"number": 1, "colour": None}, {"number": 1, "colour": None}),
        ({"number": 1, "day": "2026-12-18"}, {"number": 1, "day": date(2026, 12, 18)}),
        (
            {"number": 1, "moment": "2026-12-18T09:00:00+00:00"},
            {"number": 1, "moment": datetime(2026, 12, 18, 9, tzinfo=UTC)},
        ),
        ({"number": 1, "ids": [3, 4]}, {"number": 1, "ids": [3, 4]}),
        ({"number": 1, "account": 5, "seen": 2}, {"number": 1}),
    ],
)
def test_arguments_are_read_in_their_types(given: dict[str, Any], expected: dict[str, Any]) -> None:
    assert acts(every_type).bind(given) == expected


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"number": None},
        {"number": "1"},
        {"number": True},
        {"number": 1.0},
        {"number": 1, "sure": 1},
        {"number": 1, "words": None},
        {"number": 1, "colour": "green"},
        {"number": 1, "colour": ["red"]},
        {"number": 1, "day": "18.12.2026"},
        {"number": 1, "day": 20261218},
        {"number": 1, "ids": 3},
        {"number": 1, "ids": ["3"]},
        {"number": 1, "more": 1},
    ],
)
def test_other_arguments_do_not_bind(given: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError):
        acts(every_type).bind(given)


@pytest.mark.parametrize(
    ("given", "choice"),
    [
        ({"unit_id": 7}, Choice(7)),
        ({"unit_id": 7, "key": 3}, Choice(7, key=3)),
        ({"unit_id": 7, "key": "公园"}, Choice(7, key="公园")),
        (
            {"unit_id": 7, "place": {"name": "公园", "points": [[1, 2], [3, 4]]}},
            Choice(7, place=Place("公园", ((1, 2), (3, 4)))),
        ),
    ],
)
def test_a_value_is_made_of_the_arguments_named_as_its_fields(given: dict[str, Any], choice: Choice) -> None:
    for again in ({}, {"again": True}):
        assert acts(made).bind(given | again) == {"choice": choice, **again}
    kept = kept_arguments(arguments_of(choice))
    assert acts(made).bind(kept) == {"choice": choice}, "a button keeps what it is given"


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"unit_id": "seven"},
        {"unit_id": None},
        {"unit_id": 7, "more": 1},
        {"unit_id": 7, "key": 1.5},
        {"unit_id": 7, "place": "公园"},
        {"unit_id": 7, "place": {"name": 1}},
        {"unit_id": 7, "place": {"name": "公园", "more": 1}},
        {"unit_id": 7, "place": {"name": "公园", "points": [[1, 2, 3]]}},
        {"unit_id": 7, "place": {"name": "公园", "points": [["1", 2]]}},
        {"unit_id": 7, "place": {"name": "公园", "points": {}}},
    ],
)
def test_a_value_is_made_of_nothing_else(given: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError):
        acts(made).bind(given)


@pytest.mark.parametrize("value", [1.5, b"x", object(), Text("common.as_is", text="x"), {"a": 1}, Colour])
def test_a_button_is_not_made_with_what_it_cannot_keep(value: object) -> None:
    with pytest.raises(TypeError, match="a button cannot keep"):
        button("common.as_is", "task.card", task_id=value)


def test_a_fixed_argument_is_not_the_buttons() -> None:
    async def use_case(turn: Turn, task_id: int, event: CaseEvent) -> View:
        return View([])

    assert set(replaces(use_case, event=CaseEvent.CLOSE).takes) == {"task_id"}
    with pytest.raises(ArgumentsError):
        says(use_case, event=CaseEvent.CLOSE).bind({"task_id": 1, "event": "close"})


@dataclass
class Unreadable:
    thing: object


async def unreadable(work: Work, actor: Actor, *, things: tuple[Unreadable, ...]) -> None: ...


async def named(work: Work, actor: Actor, *, reason: Literal["weather", "funding"]) -> None: ...


def test_one_of_several_words_is_taken() -> None:
    assert acts(named).bind({"reason": "weather"}) == {"reason": "weather"}
    for given in ("", "rain", None, ["weather"]):
        with pytest.raises(ArgumentsError):
            acts(named).bind({"reason": given})


async def mixed(work: Work, actor: Actor, *, either: date | str) -> None: ...


async def anything(work: Work, actor: Actor, *, thing: Any) -> None: ...


@pytest.mark.parametrize("function", [unreadable, mixed, anything])
def test_an_annotation_that_no_button_can_give_fails_when_the_program_starts(function: Run) -> None:
    with pytest.raises(TypeError, match="no button can give"):
        acts(function)


def test_a_fixed_argument_that_no_parameter_takes_fails_when_the_program_starts() -> None:
    async def use_case(turn: Turn, task_id: int) -> View:
        return View([])

    with pytest.raises(TypeError, match="evnt"):
        says(use_case, evnt=CaseEvent.CLOSE)


@pytest.mark.parametrize(
    ("action", "arguments"),
    [
        ("no.such", {}),
        ("task.card", {}),
        ("task.card", {"task_id": "1"}),
        ("case.rule", {"case_id": "1", "event": "close", "seen": 2}),
        ("case.rule", {"case_id": 1, "event": "close", "seen": 2, "until": "soon"}),
        ("desk.preview", {"cases": [["1", 2]]}),
        ("desk.preview", {"cases": [[1, 2]], "decided": None}),
        ("desk.list", {"pile": "to_dispatch", "toggle": [1]}),
        ("desk.reject_for", {"case_id": 1, "seen": 2, "reason": "because"}),
        ("remind.preview", {"kind": "unit", "subject": "1"}),
        ("remind.send", {"kind": "unit", "subject": 1, "id": "x", "pairs": [[1]], "until": None}),
        ("nags.letter", {"contact_id": 1, "at": "soon", "office": True, "fate": "sent", "offset": 0}),
        ("snooze.until", {"task_id": 1, "until": "for_ever"}),
        ("release.send", {"contact_id": 1, "ids": ["1"]}),
        ("caselist.figures", {"period": "decade"}),
        ("job.evidence", {"part": {"message_id": 1, "text": "x", "files": [{}]}}),
    ],
)
def test_a_button_that_would_not_bind_is_not_made(action: str, arguments: dict[str, Any]) -> None:
    with pytest.raises(ArgumentsError, match=action):
        check(ButtonSpec(Text("common.as_is", text="x"), action, arguments))


async def test_a_stored_message_goes_out_without_a_button_of_another_release(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ButtonSpec, "__init__", MAKE)
    label = Text("common.as_is", text="x")
    good, bad = ButtonSpec(label, "task.card", {"task_id": 1}), ButtonSpec(label, "task.card", {"task": 1})
    async with database.transaction() as session:
        with capture_logs() as logs:
            shown = render_view(session, View([label], [[bad], [good, bad]]), "zh", NOW, stored=True)
        assert shown.keyboard is not None
        assert [len(row) for row in shown.keyboard.inline_keyboard] == [1]
        assert [entry["log_level"] for entry in logs] == ["warning"] * 2
        with pytest.raises(ArgumentsError):
            render_view(session, View([label], [[bad]]), "zh", NOW)


async def change(database: Database, key: str, **values: Any) -> None:
    """Let a stored button be as another release has made it."""
    async with database.transaction() as session:
        await session.execute(sa.update(Button).where(sa.column("key") == key).values(**values))


@pytest.mark.parametrize(
    "values", [{"arguments": {"task_id": 0, "more": 1}}, {"action": "task.of_another_release"}]
)
async def test_a_stale_button_shows_the_present_card(
    chats: Chats, people: People, database: Database, values: dict[str, Any]
) -> None:
    key = await own_button(chats, "task.acknowledge", None, task_id=people.task.id)
    if "arguments" in values:
        values = {"arguments": {**values["arguments"], "task_id": people.task.id}}
    await change(database, key, **values)
    (card,) = await chats.answers(pressed(people.responsible, key, 1))
    assert people.task.objective in card.text
    assert chats.toasts == [(says_text("buttons.expired"), True)]


async def test_a_stale_button_about_nothing_says_so(chats: Chats, people: People, database: Database) -> None:
    key = await own_button(chats, "language.set", None, locale="zh")
    await change(database, key, arguments={"language": "zh"})
    assert await chats.answers(pressed(people.responsible, key, 1)) == []
    assert chats.toasts == [(says_text("buttons.expired"), True)]


async def test_a_stale_button_in_a_group_shows_no_card(
    chats: Chats, people: People, database: Database
) -> None:
    """A card is for one reader."""
    key = await own_button(chats, "task.acknowledge", None, task_id=people.task.id)
    await change(database, key, arguments={"task_id": people.task.id, "more": 1})
    assert await chats.answers(pressed(people.responsible, key, 1, chat=group(-1001))) == []
    assert chats.toasts == [(says_text("buttons.expired"), True)]


async def ask(database: Database, person: Person, action: str, **arguments: Any) -> None:
    """Note a question, as any release may have asked it."""
    async with database.transaction() as session:
        question = Question(user_id=person.id, chat_id=person.id, action=action, asked_at=NOW)
        question.arguments = arguments
        await session.merge(question)


async def test_words_after_a_question_of_another_release_are_a_report(
    chats: Chats, people: People, database: Database
) -> None:
    """It does not hold up the chat, neither for these words nor for the next."""
    await ask(database, people.responsible, "offer.reason", task_id=people.task.id, more=1)
    card = await chats.say(people.responsible, "今天清理违规广告牌匾12处")
    assert "12" in card.text
    async with database.reading() as session:
        assert await session.get(Question, (people.responsible.id, people.responsible.id)) is None


async def test_a_stale_button_ends_the_question(chats: Chats, people: People, database: Database) -> None:
    await ask(database, people.office, "transfer.name", task_id=people.task.id)
    key = await own_button(chats, "reassign.leave", None)
    await change(database, key, arguments={"task_id": people.task.id})
    await chats.answers(pressed(people.office, key, 1))
    async with database.reading() as session:
        assert await session.get(Question, (people.office.id, people.office.id)) is None


async def test_what_is_opened_is_a_message_of_its_own_and_a_turned_page_is_not() -> None:
    shown: list[tuple[str, int]] = []

    class Answers:
        def turn(self, actor: Any) -> None: ...

        def say(self, view: View) -> None:
            shown.append(("say", len(view.lines)))

        def replace(self, view: View) -> None:
            shown.append(("replace", len(view.lines)))

    async def paged(turn: Turn, *, offset: int = 5) -> View:
        return View([Text("common.as_is", text="x")] * offset)

    async def plain(turn: Turn) -> View:
        return View([])

    for binding, given in (
        (opens(paged), {}),
        (opens(paged), {"offset": 0}),
        (opens(plain, again="back"), {}),
        (opens(plain, again="back"), {"back": True}),
    ):
        await binding.run(Answers(), None, **binding.bind(given))
    assert shown == [("say", 5), ("replace", 0), ("say", 0), ("replace", 0)]
