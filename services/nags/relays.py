"""Which nags wait because their readers have passed them on, and not because somebody put them off."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import timedelta
from typing import Final

from models import audit_log
from models.db import Session
from models.nags import About, Nag, NagReason
from services.nags.nag_reasons import RELAYED
from services.nags.subject import by_subject

KEPT: Final = timedelta(days=30)
"""已转告 puts nothing off for so long."""
Relays = Collection[tuple[int, About]]
"""Who has passed on what."""


async def relays_of(session: Session, rows: Sequence[Nag]) -> Relays:
    """Who has passed on what these nags are about, as far as it can still count for them."""
    waiting = [row for row in rows if row.reason is NagReason.SNOOZED and row.instead_of]
    found: set[tuple[int, About]] = set()
    for word, mine in by_subject(waiting).items():
        since = min(row.created_at for row in mine) - KEPT
        acts = await audit_log.acts_since(
            session, (word, {row.subject_id for row in mine}), (RELAYED,), since
        )
        found |= {(who, (word, subject_id)) for subject_id, _, who in acts if who is not None}
    return found


def is_relayed(row: Nag, relays: Relays) -> bool:
    """Whether the nag waits because its reader, who hears it in another's place, has passed it on."""
    put_off = row.reason is NagReason.SNOOZED and bool(row.instead_of)
    return put_off and (row.contact_id, row.about) in relays
