"""Asking for a reason: a button for each usual one; any other in the person's own words, within a limit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeVar

from locales import Text, plain
from rules.people.typed_names import normalise
from services.access import Actor
from services.campaign import Campaign
from services.errors import DomainError
from services.views import ButtonSpec, button

NameT = TypeVar("NameT", bound=str)
REASON_LIMIT: Final = 300
# A reason that may be left out is a remark, so it is shorter.
OPTIONAL_LIMIT: Final = 200


def named_reason(key: str, campaign: Campaign) -> str:
    """The words that are stored for a reason given by a button; ``key``: its text."""
    return plain(Text(key), campaign.locale)


def reason_rows(
    actor: Actor,
    labels: Mapping[NameT, Text],
    action: str,
    said: Mapping[str, object],
    *others: ButtonSpec,
    keep: str = "reason",
) -> list[list[ButtonSpec]]:
    """A row for each reason that one press gives, then one for each of the ``others``.

    ``labels``: by the name that the button keeps. ``said``: what each button keeps besides, for its
    ``action``. ``keep``: the argument for the name; buttons that are out already have it.
    """
    named = (button(label, action, actor.id, **said, **{keep: name}) for name, label in labels.items())
    return [[button] for button in (*named, *others)]


def written_reason(
    words: str,
    *,
    limit: int = REASON_LIMIT,
    invisible: str = "completion.reason_invisible",
    too_long: str = "completion.reason_too_long",
) -> str:
    """The words on one line.

    ``DomainError``: nothing of them is visible, or they are too long. The keys are those of its texts.
    """
    reason = " ".join(words.split())
    if not normalise(reason):
        raise DomainError(invisible)
    if len(reason) > limit:
        raise DomainError(too_long, limit=limit)
    return reason


def optional_reason(words: str | None, *, too_long: str, limit: int = OPTIONAL_LIMIT) -> str | None:
    """The words on one line, or None; ``DomainError`` (its text is ``too_long``): there are too many."""
    reason = " ".join((words or "").split())
    if len(reason) > limit:
        raise DomainError(too_long, chars=limit)
    return reason or None
