"""What further words changed about the numbers of a draft, for one line of its card."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from typing import Final

from locales import Text, plain
from models.drafts import Draft
from reports.formats import short, stated_text
from services.drafts.draft_figures import DraftFigure

# With its head and the count of the rest, the line has at most 60 characters.
_ROOM: Final = 44
_LONGEST_ITEM: Final = 8


@dataclass(frozen=True, slots=True)
class FigureChange:
    """A number that came, that was another one before (``earlier``), or that is ``gone``."""

    figure: DraftFigure
    earlier: DraftFigure | None = None
    gone: bool = False

    def text(self) -> Text:
        """Such as 垃圾 2吨, 垃圾 2吨→3吨 or 去掉垃圾 2吨."""
        if self.gone:
            return Text("progress.added.gone", number=_number(self.figure))
        if self.earlier is None:
            return _number(self.figure)
        was = _number(self.earlier)
        changed = Text("progress.added.changed", number=was, now=_quantity(self.figure))
        return changed if len(plain(changed)) <= _ROOM else _number(self.figure)


def note(draft: Draft, before: Sequence[DraftFigure], after: Sequence[DraftFigure]) -> None:
    """Keep in the draft what differs between its numbers ``before`` and ``after``."""
    shown = [asdict(figure) for figure in before]
    draft.content = {**draft.content, "added": _line(before, after).to_json(), "compared_with": shown}


def compared_with(draft: Draft) -> list[DraftFigure] | None:
    """The numbers with which the last change was compared; None: there was no change since ``forget``."""
    shown = draft.content.get("compared_with")
    return None if shown is None else [DraftFigure(**figure) for figure in shown]


def forget(draft: Draft) -> None:
    """The next card shows no change, and no words that were not counted again."""
    draft.content = {**draft.content, "added": None, "compared_with": None, "repeated": None}


def lines(draft: Draft) -> list[Text]:
    """The line of the card on what the last words changed; none if nothing was added."""
    kept = draft.content.get("added")
    return [Text.from_json(kept)] if kept else []


def _line(before: Sequence[DraftFigure], after: Sequence[DraftFigure]) -> Text:
    texts = [change.text() for change in _changes(before, after)]
    if not texts:
        return Text("progress.added.nothing")
    lengths = accumulate(len(plain(text)) + 1 for text in texts)
    fitting = max(sum(length <= _ROOM + 1 for length in lengths), 1)
    if rest := len(texts) - fitting:
        return Text("progress.added.more", changes=texts[:fitting], rest=rest)
    return Text("progress.added.all", changes=texts)


def _changes(before: Sequence[DraftFigure], after: Sequence[DraftFigure]) -> list[FigureChange]:
    """The differences by the words of each number; one that does not count is not there."""
    old = [figure for figure in before if not figure.dropped]
    new = []
    for figure in after:
        same = next((one for one in old if _name(one) == _name(figure) and one.stated == figure.stated), None)
        if same is not None:
            old.remove(same)
        elif not figure.dropped:
            new.append(figure)
    found = []
    for figure in new:
        earlier = next((one for one in old if _name(one) == _name(figure)), None)
        if earlier is not None:
            old.remove(earlier)
        found.append(FigureChange(figure, earlier))
    return [*found, *(FigureChange(figure, gone=True) for figure in old)]


def _name(figure: DraftFigure) -> tuple[str, str]:
    return figure.read_item, figure.read_unit or figure.unit


def _number(figure: DraftFigure) -> Text:
    item = short(figure.item, _LONGEST_ITEM) if figure.item else Text("progress.card.unnamed")
    return Text("progress.added.number", item=item, quantity=_quantity(figure))


def _quantity(figure: DraftFigure) -> Text:
    return stated_text(figure.amount, figure.unit, approx=figure.approx)
