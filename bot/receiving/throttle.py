"""What strangers write beyond the limit: it is stored as such, and neither handled nor answered.

Without this, one stranger could make everybody wait. The allowances are in memory: a restart gives new ones.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from bot.clock import Clock
from bot.receiving.raw_updates import Writing, writing_of
from models import people
from models.db import Session
from models.people import joining
from rules.throttle import FULL_AFTER, Allowance, allowance_after

TOLD_AGAIN_AFTER: Final = 60.0
# A person's account, and whether it is their allowance for getting in.
_Key = tuple[int, bool]


@dataclass(frozen=True, slots=True)
class WeighedBatch:
    """A batch at a moment of the loop's clock. It counts when it is kept.

    ``excess``: the places of the updates beyond the limit. ``told``: what those wrote last who are to hear of
    it, by account. ``allowances``: those that have changed. ``bound``: the accounts that belong to contacts.
    """

    at: float
    excess: set[int] = field(default_factory=set)
    told: dict[int, Writing] = field(default_factory=dict)
    allowances: dict[_Key, Allowance] = field(default_factory=dict)
    bound: set[int] = field(default_factory=set)


class Throttle:
    """The allowances of all strangers.

    What leads into the program has an allowance of its own (``Writing.way_in``). So a person in a hurry gets
    in although they have written too much before.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._allowances: dict[_Key, Allowance] = {}
        self._told: dict[int, float] = {}
        self._forget_at = 0.0

    async def weigh(self, session: Session, updates: Sequence[Mapping[str, Any]]) -> WeighedBatch:
        """What a batch, without secrets, takes from the allowances, in its order."""
        writings = [writing_of(update) for update in updates]
        written = [writing for writing in writings if writing is not None]
        bound = await people.bound_accounts(session, {writing.account for writing in written})
        known = bound | await self._invited(session, written)
        batch = WeighedBatch(self._loop_time(), bound=bound)
        for place, writing in enumerate(writings):
            if writing is not None and writing.account not in known:
                self._weigh_one(batch, place, writing)
        return batch

    def _loop_time(self) -> float:
        return asyncio.get_running_loop().time()

    async def _invited(self, session: Session, writings: Sequence[Writing]) -> set[int]:
        """The accounts that will belong to contacts by a link that is open: they are no strangers, either."""
        hashes = {writing.token_hash for writing in writings if writing.token_hash is not None}
        if not hashes:
            return set()
        links = await joining.open_invitations(session, hashes, await self._clock.now())
        return {writing.account for writing in writings if writing.token_hash in links}

    def _weigh_one(self, batch: WeighedBatch, place: int, writing: Writing) -> None:
        key = (writing.account, writing.way_in)
        after = allowance_after(batch.allowances.get(key, self._allowances.get(key)), batch.at)
        if after is not None:
            batch.allowances[key] = after
            return
        batch.excess.add(place)
        if writing.private and batch.at >= self._told.get(writing.account, batch.at):
            batch.told[writing.account] = writing

    def keep(self, batch: WeighedBatch) -> None:
        """Note what a batch took, once it is stored."""
        self._allowances.update(batch.allowances)
        self._told.update(dict.fromkeys(batch.told, batch.at + TOLD_AGAIN_AFTER))
        if batch.at >= self._forget_at:
            self._forget_at = batch.at + FULL_AFTER
            self._allowances = {
                key: one for key, one in self._allowances.items() if batch.at - one.at < FULL_AFTER
            }
            self._told = {account: until for account, until in self._told.items() if until > batch.at}
