"""What the nag engine asks of each kind of thing that people are nagged about; ``subjects`` lists them.

A ``Subject`` finds what is due. A ``Standing`` knows how things stand at one moment: who hears, and what is
still owed. A ``DutyLine`` is one line of a person's merged message, and a ``LinesPage`` shows the lines.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import IntEnum
from typing import Any, Generic, Protocol, TypeVar

from locales import Text
from models.db import RowJson, Session
from models.delivery.messages import Outbox
from models.nags import About, Nag, NagReason
from models.people import Contact
from models.tasks import Task
from rules.nags.levels import Level
from rules.nags.policy import KindOfDuty
from services.campaign import Campaign
from services.duties.task_duties import OwedByKey, ReminderKind
from services.recipients import Directory, Recipient
from services.turn import TickTurn, Turn
from services.views import ButtonSpec


def by_subject(rows: Iterable[Nag]) -> dict[str, list[Nag]]:
    """The rows by the words of their subjects."""
    found: dict[str, list[Nag]] = {}
    for row in rows:
        found.setdefault(row.subject, []).append(row)
    return found


def ids_by_word(rows: Iterable[Nag]) -> dict[str, set[int]]:
    """The ids of the rows' subjects, by their words."""
    return {word: {row.subject_id for row in mine} for word, mine in by_subject(rows).items()}


@dataclass(frozen=True, slots=True)
class SkippedSlots:
    """Slots that collapsed into a later one: the key and the moment of one of them, and how many."""

    slot: str
    at: datetime
    count: int


@dataclass(frozen=True, slots=True)
class DueNag:
    """One due slot of something that is owed on one subject, and the levels that hear of it.

    ``cycle`` and ``slot`` make it impossible to say it twice. ``daily``: it belongs to the hour of the nags
    and merges with that day's slot. ``all_hours``: days off count, too. ``exempt``: it goes out at any hour,
    beyond the budget. ``lasting``: it comes again, so the person who has to act may put it off.
    ``released``: it is about a part of a task, and the office releases nothing of that.
    ``rises_until``: it is a rising colour, which may wait a little for others; then the order turns red.
    """

    subject: str
    subject_id: int
    kind: str
    cycle: str
    slot: str
    rung: str
    due_at: datetime
    levels: Sequence[Level]
    daily: bool = False
    all_hours: bool = False
    exempt: bool = False
    lasting: bool = True
    released: bool = False
    rises_until: datetime | None = None
    gone: SkippedSlots | None = None


@dataclass(frozen=True, slots=True)
class OwedPart:
    """What one line stands for, as a nag that comes again when its reader has put it off."""

    kind: str
    cycle: str
    rung: str
    instead_of: str | None = None


class DutyLine(Protocol):
    """One subject in one person's message.

    ``urges``: it is a 催办, not a 提示. ``own``: its reader has to act themselves, and may put it off.
    ``relayed_for``: the person who cannot be reached, and whom its reader tells of it; None: it is told to
    the person whom it concerns, or to their deputy.
    """

    @property
    def subject_id(self) -> int: ...

    @property
    def urges(self) -> bool: ...

    @property
    def own(self) -> bool: ...

    @property
    def relayed_for(self) -> str | None: ...

    def to_json(self) -> dict[str, object]:
        """What the promised message keeps of it; the subject's id under its word and ``_id``."""


L = TypeVar("L", bound=DutyLine)
RowT = TypeVar("RowT")


@dataclass(slots=True)
class PersonLines(Generic[L]):
    """What one person still hears on one subject: the lines, and which nags are told by them or are moot."""

    lines: list[L] = field(default_factory=list)
    told: list[Nag] = field(default_factory=list)
    moot: list[tuple[Nag, NagReason]] = field(default_factory=list)


ItemKey = tuple[str, int, str]
"""One line of a message: the word and id of its subject, and the person in whose place it is told, or ""."""


@dataclass(frozen=True, slots=True)
class NagReader:
    """Who reads the message and when.

    ``asked``: what the office, or else ``asked_by``, asks for by hand. ``outbox_id``: the message's id, by
    which its pages are turned; None: it is only shown to others. ``may_repeat``: what perhaps arrived before.
    ``same``: the lines that are no news to them. ``is_hint``: it asks its reader for nothing.
    """

    reader_id: int | None
    day: date
    now: datetime
    campaign: Campaign
    asked: ReminderKind | None = None
    outbox_id: int | None = None
    offset: int = 0
    may_repeat: Collection[About] = ()
    same: Collection[ItemKey] = ()
    is_hint: bool = False
    asked_by: str | None = None


class PartRank(IntEnum):
    """The order of a message's parts.

    What runs by the hour must not slip to the second page behind what runs by the day.
    """

    BY_THE_HOUR = 0
    OWN = 1
    HOURLY_NEWS = 2
    HINT = 3


@dataclass(frozen=True, slots=True)
class MessageItem:
    """One item under a heading.

    ``buttons``: its row, made with the item's number in the message. ``place``: the person in whose place
    its reader hears of it.
    """

    about: About
    line: Text
    buttons: Callable[[int], list[ButtonSpec]]
    place: str = ""

    @property
    def key(self) -> ItemKey:
        return *self.about, self.place


@dataclass(frozen=True, slots=True)
class MessagePart:
    """A heading and the items under it."""

    rank: PartRank
    heading: Text
    items: Sequence[MessageItem]


def _no_rows(_: Collection[ItemKey]) -> Sequence[list[ButtonSpec]]:
    return ()


@dataclass(frozen=True, slots=True)
class LinesPage:
    """The lines of one subject, as their reader gets them.

    ``title``: the heading's key for a message about this subject alone; "": the heading of all. ``tasks``:
    tasks that its lines are about, where its subject is another.
    ``first_rows``: makes the buttons above all others, for several of the lines that are shown. ``ends``: the
    last lines of the message; ``last_buttons``: buttons in its last row.
    """

    word: str
    lines: Sequence[DutyLine]
    parts: Sequence[MessagePart]
    title: str = ""
    first_rows: Callable[[Collection[ItemKey]], Sequence[list[ButtonSpec]]] = _no_rows
    ends: Sequence[Text] = ()
    last_buttons: Sequence[ButtonSpec] = ()
    tasks: Sequence[int] = ()


PageMaker = Callable[[NagReader], LinesPage]
"""Makes the page when somebody reads it: most messages are only promised."""


class Standing(Protocol[L]):
    """How things stand with some subjects at one moment, which may lie ahead."""

    async def readers(self, subject_id: int, level: Level) -> Sequence[Recipient]:
        """Who hears of it on that level."""

    async def weigh(self, rows: Sequence[Nag], reader: Contact) -> PersonLines[L]:
        """What of these nags their reader still hears, merged into lines."""

    async def again(self, row: Nag, due_at: datetime) -> DueNag | None:
        """The same slot for the people who hear now; None: it is not passed on."""

    async def comes_again(self, row: Nag) -> bool:
        """Whether its level hears of it in a later slot, too, if nothing is done."""

    async def page(self, lines: Sequence[L], reader: Contact) -> PageMaker:
        """The lines, with all that their words need to know."""

    async def done(self, row: Outbox, reader: Contact) -> Mapping[tuple[int, str], Text]:
        """What was done about the lines of a message since it was promised, by id and place.

        Of a line whose time has only passed it says nothing.
        """

    def name(self, subject_id: int) -> str:
        """What the subject is called in a plan."""

    def brief(self, subject_id: int) -> Text:
        """The subject in one line of the office's list."""

    def paused_until(self, subject_id: int) -> datetime | None:
        """Until when the office lets nobody be nagged about it; None or a moment before: it does not."""

    def answers(self, subject_id: int) -> int | None:
        """The contact whom their unit and the office miss if they cannot be reached."""


class SubjectAhead(Protocol[L]):
    """A subject in the coming days, if nothing is done. ``looked``: how many of it; ``whole``: all are."""

    @property
    def looked(self) -> int: ...

    @property
    def whole(self) -> bool: ...

    async def events(self) -> Sequence[tuple[datetime, DueNag]]:
        """What the scan will find due, and when, in its order."""

    async def standing(self, subject_ids: Collection[int], at: datetime) -> Standing[L]: ...


@dataclass(slots=True)
class TurnDirectory:
    """What the subjects of a tick ask for, read once, if anybody asks: all people as they stand today, with
    the tasks above those that were asked about, and what tasks owe.
    """

    turn: TickTurn
    owed: dict[int, OwedByKey] = field(default_factory=dict)
    _directory: Directory | None = None

    async def directory(self) -> Directory:
        if self._directory is None:
            self._directory = await Directory.load(self.turn.session, self.turn.today)
        return self._directory

    async def knowing(self, found: Collection[Task]) -> Directory:
        """The same, with the tasks above these."""
        self._directory = await (await self.directory()).knowing(self.turn.session, found)
        return self._directory


@dataclass(frozen=True, slots=True)
class RowScan(Generic[RowT]):
    """The rows of one subject that a scan has looked at, and what is due on them.

    ``more``: more rows may be due at once. ``above``: what is due on what they are parts of.
    """

    due: Sequence[DueNag]
    found: Sequence[RowT]
    more: bool
    above: Sequence[DueNag] = ()


@dataclass(frozen=True, slots=True)
class SubjectScan(Generic[L]):
    """What one scan has found due. ``standing`` None: nothing. ``more``: more may be due at once.

    ``also``: what it has found due on other subjects.
    """

    due: Sequence[DueNag]
    standing: Standing[L] | None
    more: bool = False
    also: Sequence[SubjectScan[Any]] = ()


@dataclass(frozen=True, slots=True)
class NagFile:
    """A subject as 催办记录 shows it to the reader of a turn.

    ``unit_id``: a person who oversees that unit sees every nag, if the reader may see so much (``whole``);
    ``decides``: so does the reader, who decides on it. ``responsible_id``: the person who has to act.
    ``coming``: what comes next; None: nobody can say.
    """

    title: str
    unit_id: int | None
    responsible_id: int | None
    whole: bool = True
    coming: Sequence[ComingNag] | None = None
    decides: bool = False


@dataclass(frozen=True, slots=True)
class ComingNag:
    """A nag to come. ``unreleased``: it is sent at that moment only if the office releases it."""

    at: datetime
    level: Level
    contact_id: int | None
    unreleased: bool = False


def _never(_item: RowJson) -> bool:
    return False


@dataclass(frozen=True, slots=True)
class Subject(Generic[L]):
    """One kind of thing that people are nagged about.

    ``word``: its name in the database. ``content``: the key under which a promised message keeps its lines.
    ``kinds``: the kinds of duties on it, with their rungs until the office has its own. ``counted``: the key
    of the text that says how many of them ``/nags`` considers; "": it says nothing of them. ``in_digest``:
    the office reads of its nags once a day; otherwise the office hears of each by its own rungs.
    ``is_foreseen``: what falls due later on a day may go along with an earlier message; a colour that is not
    there yet may not. ``goes_along``: its lines make no message, they go along with one about other things.

    ``scan``: looks at what is due at the turn's moment, and stores when it is looked at next; one that fails
    is tried again later and does not delay others. ``next_look``: when the scan has to look next.
    ``look_again``: lets the next scan decide everything anew, for the office has changed a rule.
    ``stand_at``: for a rehearsal, what was due until a moment counts as done or, with a backlog, stays due.

    ``standing``: how things stand now with the given ids. ``left``: which of the given lines of a promised
    message its reader must still hear. ``is_told_late``: whether a line is told on a later day, too, because
    it has no next slot. ``own``: what the person of the turn may put off; ``put_off``: the nags that come
    when they have. ``file``: one of them for 催办记录. ``own`` and ``file`` raise ``DomainError`` if the
    person may not see it. ``ahead``: the days until a moment, with the given ids, for which nags wait
    already.
    """

    word: str
    content: str
    kinds: Sequence[KindOfDuty]
    counted: str
    scan: Callable[[TickTurn, TurnDirectory], Awaitable[SubjectScan[L]]]
    next_look: Callable[[Session], Awaitable[datetime | None]]
    look_again: Callable[[Session, datetime], Awaitable[None]]
    stand_at: Callable[[TickTurn, datetime, bool], Awaitable[None]]
    standing: Callable[[TickTurn, Collection[int], TurnDirectory], Awaitable[Standing[L]]]
    left: Callable[[TickTurn, Outbox, Sequence[RowJson], Contact], Awaitable[tuple[Sequence[L], Standing[L]]]]
    own: Callable[[Turn, int], Awaitable[Sequence[L]]]
    put_off: Callable[[L], Sequence[OwedPart]]
    file: Callable[[Turn, int], Awaitable[NagFile]]
    ahead: Callable[[TickTurn, datetime, Collection[int]], Awaitable[SubjectAhead[L]]]
    is_told_late: Callable[[RowJson], bool] = _never
    in_digest: bool = True
    is_foreseen: bool = True
    goes_along: bool = False


# The engine holds subjects of all kinds. It hands lines only to the subject that made them, which no type can
# say for a table of several, so here the kind of line is Any.
SomeSubject = Subject[Any]
SomeStanding = Standing[Any]
SomeAhead = SubjectAhead[Any]
