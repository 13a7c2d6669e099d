"""``draw-pictures``: draws some pictures. It needs no settings and no database."""

from __future__ import annotations

import json
import os
import sys
import threading
from base64 import b64encode
from typing import Final

from bot.commands.paper_worker import read_stdin, tell_where
from bot.workers.parent import end_with_parent
from reports.pictures.picture import PictureJson, picture_of

# Many people wait for a picture, so it goes before an import; all answers go before it.
NICENESS: Final = 5


def draw_pictures(length: int) -> int:
    """Read on stdin what pictures say, in so many bytes, and write their PNGs to stdout. Returns 0.

    What cannot be drawn is null among them, and stderr says where that failed.
    """
    os.nice(NICENESS)
    said = json.loads(read_stdin(length))
    threading.Thread(target=end_with_parent, daemon=True).start()
    sys.stdout.write(json.dumps([_drawn(one) for one in said]))
    return 0


def _drawn(said: PictureJson) -> str | None:
    from reports.pictures.png import png_of

    try:
        return b64encode(png_of(picture_of(said))).decode()
    except Exception as error:
        tell_where(error)
        return None
