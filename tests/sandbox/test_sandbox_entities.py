"""Entities that a bot gives itself, instead of HTML."""

from __future__ import annotations

import json
from typing import Any

import pytest

from sandbox.shapes import UserRecord
from tests.sandbox.conftest import Api


@pytest.mark.parametrize(
    ("entity", "reason"),
    [
        ({"offset": 0, "length": 1, "type": "shout"}, "Unsupported type specified"),
        ({"offset": 0, "length": 1, "type": ["bold"]}, "Unsupported type specified"),
        ({"offset": 0, "length": True, "type": "bold"}, 'Field "length" must be of type Number'),
        ({"offset": "a", "length": 1, "type": "bold"}, 'Field "offset" must be of type Number'),
        ({"offset": 0, "length": 1, "type": "text_link"}, 'Can\'t find field "url"'),
        ({"offset": 0, "length": 1, "type": "text_mention"}, 'Can\'t find field "user"'),
        (
            {"offset": 0, "length": 1, "type": "text_mention", "user": 5},
            'Field "user" must be of type Object',
        ),
    ],
)
async def test_entities_that_cannot_be_read(
    api: Api, user: UserRecord, entity: dict[str, Any], reason: str
) -> None:
    answer = await api("sendMessage", chat_id=user.id, text="在", entities=json.dumps([entity]))
    assert answer.json()["description"] == f"Bad Request: can't parse MessageEntity: {reason}"


async def test_entities_beyond_the_text_vanish(api: Api, user: UserRecord) -> None:
    places = [(-5, 2), (0, 0), (0, -1), (9, 10**30), ("0", "1"), (1, 10**30)]
    entities = [{"offset": a, "length": b, "type": "pre", "language": "py", "x": 1} for a, b in places]
    entities.append({"offset": 0, "length": 2, "type": "mention"})  # Telegram believes only what it finds
    sent = (await api("sendMessage", chat_id=user.id, text="在岗", entities=json.dumps(entities))).json()
    assert sent["result"]["entities"] == [
        {"type": "pre", "offset": 0, "length": 1, "language": "py"},
        {"type": "pre", "offset": 1, "length": 1, "language": "py"},
    ]
