"""The folder of ``--keep``: what it keeps, and the folders that it leaves alone."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
import structlog

from demo.page import keeping
from demo.page.district import District
from demo.page.errors import PageError
from demo.page.walk import CONTACT, Walk
from demo.page.words import PageWords
from locales import Text
from sandbox.world import World
from tests.demo.page.small_district import bot_says, small_district


def refused(work: str, folder: Path) -> str:
    """The key of the sentence with which a folder is refused."""
    with pytest.raises(PageError) as error:
        keeping.held(folder).__enter__() if work == "held" else keeping.kept_world(folder)
    return error.value.text.key


async def test_a_district_is_the_same_again(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    first = small_district(tmp_path, (CONTACT,))
    walk = Walk(first)
    walk.done, walk.open_at_kill = {"enrol"}, 2
    chat = first.resident(CONTACT).id
    bot_says(first, chat, "您好")
    first.read(first.world.chats[chat])
    walk.opened(chat)
    with keeping.held(folder):
        assert keeping.kept_world(folder) is None
        await keeping.Keeper(folder, first, walk).write(ended=True)
    with keeping.held(folder):
        world = keeping.kept_world(folder)
        assert isinstance(world, World)
        again = District(world, first.stage, PageWords("zh"))
        walked = Walk(again)
        keeping.restore(folder, again, walked)
    assert again.residents == first.residents
    assert (again.group, again.seen) == (first.group, first.seen)
    assert (walked.done, walked.looked, walked.open_at_kill) == ({"enrol"}, {chat}, 2)
    assert [one.words for one in world.chats[chat].messages.values()] == ["/start link", "您好"]
    assert world.clock.now() == first.world.clock.now()


async def test_what_is_being_prepared_is_not_kept(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    district = small_district(tmp_path)
    district.preparing = Text("page.preparing.roster")
    with keeping.held(folder):
        assert keeping.kept_world(folder) is None
        (folder / "data").mkdir()
        (folder / "data" / "half.db").touch()
        await keeping.Keeper(folder, district, Walk(district)).write()
    with keeping.held(folder):
        assert keeping.kept_world(folder) is None
    assert not (folder / "data").exists(), "half a campaign is no campaign"


def test_a_folder_in_use(tmp_path: Path) -> None:
    with keeping.held(tmp_path / "kept"):
        assert refused("held", tmp_path / "kept") == "page.error.in_use"
    with keeping.held(tmp_path / "kept"):
        pass


def test_a_folder_with_other_things_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "letter.txt").write_text("x")
    assert refused("held", tmp_path) == "page.error.foreign"
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_a_folder_that_is_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert refused("held", tmp_path / "file") == "page.error.folder"


@pytest.mark.parametrize(
    ("head", "key"),
    [
        ("{", "page.error.damaged"),
        ("[]", "page.error.other_version"),
        (json.dumps({"version": 99}), "page.error.other_version"),
        (json.dumps({"version": 1, "prepared": True}), "page.error.damaged"),
    ],
)
def test_a_folder_that_cannot_be_read(tmp_path: Path, head: str, key: str) -> None:
    (tmp_path / "district.json").write_text(head)
    with keeping.held(tmp_path):
        assert refused("kept_world", tmp_path) == key
    assert (tmp_path / "district.json").read_text() == head


async def test_numbers_are_left_out_after_a_kill(tmp_path: Path) -> None:
    """The program has seen what the world had not kept: it must not get the same numbers again."""
    folder = tmp_path / "kept"
    first = small_district(tmp_path, (CONTACT,))
    chat = first.world.chats[first.resident(CONTACT).id]
    with keeping.held(folder):
        assert keeping.kept_world(folder) is None
        await keeping.Keeper(folder, first, Walk(first)).write()
        lost = bot_says(first, chat.id, "这条没有保存")
        update = first.world.updates.next_id + 3
    with keeping.held(folder):
        world = keeping.kept_world(folder)
    assert world is not None
    assert world.chats[chat.id].last_message_id > lost.message_id
    assert world.updates.next_id > update


async def test_the_newest_is_written_last(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    district = small_district(tmp_path, (CONTACT,))
    keeper, chat = keeping.Keeper(folder, district, Walk(district)), district.resident(CONTACT).id
    with keeping.held(folder):
        assert keeping.kept_world(folder) is None
        writing = asyncio.create_task(keeper.write())
        await asyncio.sleep(0)
        writing.cancel()
        bot_says(district, chat, "最后一条")
        await keeper.write(ended=True)
    with keeping.held(folder):
        world = keeping.kept_world(folder)
    assert world is not None
    assert list(world.chats[chat].messages.values())[-1].words == "最后一条"


async def test_a_full_disk_does_not_end_the_keeping(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "kept"
    district = small_district(tmp_path, (CONTACT,))
    tries: list[int] = []
    loop, again = asyncio.get_running_loop(), asyncio.Event()

    def fails(*_: object) -> None:
        tries.append(1)
        if len(tries) > 1:
            loop.call_soon_threadsafe(again.set)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(keeping, "_write", fails)
    monkeypatch.setattr(keeping, "_SECONDS", 0.0)
    folder.mkdir()
    with structlog.testing.capture_logs() as logs:
        running = asyncio.create_task(keeping.Keeper(folder, district, Walk(district)).run())
        async with asyncio.timeout(20):
            await again.wait()
        running.cancel()
    assert "the district cannot be kept" in {line["event"] for line in logs}
