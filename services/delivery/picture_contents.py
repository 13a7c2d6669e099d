"""What a promised picture says when it is drawn."""

from __future__ import annotations

from models.delivery.pictures import PictureKind, PromisedPicture
from reports.pictures.picture import Picture, picture_of
from services.groups import past_tallies
from services.turn import TickTurn


async def said_by(turn: TickTurn, picture: PromisedPicture) -> Picture | None:
    """What it says: as it was promised, or counted anew after a correction. None: that leaves it as it is."""
    promised = picture_of(picture.content)
    if not picture.version or picture.kind is not PictureKind.TALLY or picture.subject_id is None:
        return promised
    counted = await past_tallies.counted_picture(turn, picture.subject_id)
    unchanged = counted is None or counted.to_json() == picture.content
    if unchanged and picture.promised:
        return None
    return promised if counted is None else counted
