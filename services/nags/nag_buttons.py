"""Buttons in a merged message that keep the list."""

from __future__ import annotations

from locales import Text
from services.message_subjects import MessageSubjects
from services.nags.subject import NagReader
from services.views import ButtonSpec, button


def sign_button(label: Text, reading: NagReader, wanted: MessageSubjects) -> ButtonSpec:
    """签收 of these. It marks their lines, where a message stands; a message that is only shown has none."""
    if reading.outbox_id is None:
        return button(label, "sign.some", reading.reader_id, wanted=wanted)
    return button(label, "nag.sign", reading.reader_id, outbox_id=reading.outbox_id, wanted=wanted)
