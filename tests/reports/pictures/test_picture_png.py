"""Pictures as PNG files: their size, the size of their words, nothing above another, no character without a
glyph, the same bytes for the same picture."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from io import BytesIO
from itertools import combinations

import pytest
from PIL import Image

from reports.pictures.bar_panels import part_widths
from reports.pictures.canvas import BLUE, DARK, TRACK, VERMILION, WHITE, PixelCanvas
from reports.pictures.lettering import drawable, missing_characters, width
from reports.pictures.picture import Picture, RankLine, RankPanel
from reports.pictures.plot import DayPlot, day_places, even_step
from reports.pictures.png import drawing_of, png_of
from reports.pictures.room import MOST_HEIGHT, fitted, picture_height
from reports.pictures.wording import SMALL, WIDTH, estimate
from tests.reports.pictures.picture_samples import (
    ITEMS,
    LONG,
    NAMES,
    ODD,
    PICTURES,
    burn_down_of,
    cases_of,
    picture_with,
    ranks_of,
    targets_of,
    units_of,
)

every_picture = pytest.mark.parametrize("picture", PICTURES.values(), ids=PICTURES)


def _size(png: bytes) -> tuple[int, int]:
    """Width and height in px, from the head of the file."""
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    across, down = struct.unpack(">II", png[16:24])
    return across, down


@pytest.mark.parametrize("name", ["evening", "week", "month", "long names", "odd", "120 days", "nothing"])
def test_a_file_has_the_width_of_all_and_bounded_height(name: str) -> None:
    png = png_of(PICTURES[name])
    assert _size(png) == (WIDTH, drawing_of(PICTURES[name])[1])
    assert png == png_of(PICTURES[name])
    assert b"Software" not in png
    assert len(png) < 500_000


def test_a_small_sign_keeps_its_colour_among_many_words() -> None:
    """The fall of one unit is the only vermilion of the picture."""
    unmoved = [RankLine(place, 0, name, 0.5, "12/24，50%") for place, name in enumerate(NAMES[:9], 2)]
    ranks = RankPanel("靠前单位", [RankLine(1, -3, "城管局", 1.0, "5/5，100%"), *unmoved])
    png = png_of(picture_with(targets_of(ITEMS), burn_down_of(31), ranks, cases_of(31)))
    colours = dict(_colours(png))
    for colour in (VERMILION, BLUE, DARK, TRACK, WHITE):
        red, green, blue = bytes.fromhex(colour[1:])
        assert colours[red, green, blue] > 50


def _colours(png: bytes) -> Iterator[tuple[tuple[int, ...], int]]:
    """The colours of a picture, each with its number of pixels."""
    for count, colour in Image.open(BytesIO(png)).convert("RGB").getcolors(1000) or []:
        assert isinstance(colour, tuple)
        yield colour, count


@every_picture
def test_words_are_large_and_nothing_lies_above_them(picture: Picture) -> None:
    canvas, height = drawing_of(picture)
    assert height <= MOST_HEIGHT
    assert min((text.size for text in canvas.texts), default=SMALL) >= SMALL
    for text in canvas.texts:
        assert 0 <= text.left < text.right <= WIDTH
        assert 0 <= text.top < text.bottom <= height
    above = [(one.words, other.words) for one, other in combinations(canvas.texts, 2) if one.meets(other)]
    assert above == []
    assert [text.words for text in canvas.texts if any(text.meets(bar) for bar in canvas.rectangles)] == []


@every_picture
def test_a_bar_lies_within_its_picture(picture: Picture) -> None:
    canvas, height = drawing_of(picture)
    for bar in canvas.rectangles:
        assert 0 <= bar.left < bar.right <= WIDTH
        assert 0 <= bar.top < bar.bottom <= height


@every_picture
def test_the_height_is_known_before_it_is_drawn(picture: Picture) -> None:
    _, height = drawing_of(picture)
    assert height - 1 < picture_height(fitted(picture, width), width) <= height
    assert height <= picture_height(fitted(picture, width))


@pytest.mark.parametrize("names", [NAMES, [LONG] * 14], ids=["short", "long"])
def test_fourteen_units_have_room(names: list[str]) -> None:
    shown = [text.words for text in drawing_of(picture_with(units_of(names, "12/15")))[0].texts]
    assert shown.count("12/15") == 14


@pytest.mark.parametrize("numbers", ["12/15", "1234567/12345678"])
def test_a_name_of_40_characters_is_shown_whole(numbers: str) -> None:
    assert len(LONG) == 40
    for panel in (units_of([LONG], numbers), targets_of([LONG], numbers), ranks_of([LONG], numbers)):
        shown = "".join(text.words for text in drawing_of(picture_with(panel))[0].texts)
        assert LONG in shown.replace(numbers, "")


def test_a_character_without_a_glyph_is_replaced_and_named() -> None:
    assert missing_characters("东城街道🎉，𠮷村🎉") == "🎉𠮷"
    assert drawable("东城街道🎉，𠮷村🎉") == "东城街道〓，〓村〓"
    assert (missing_characters("一\u200d二\ufe0f\n三"), drawable("一\u200d二\ufe0f\n三")) == ("", "一二 三")
    shown = [text.words for text in drawing_of(picture_with(units_of(ODD)))[0].texts]
    assert "〓村$a$村" in shown
    assert not any(missing_characters(words) for words in shown)
    assert png_of(picture_with(units_of(ODD)))


def test_too_small_a_text_is_refused() -> None:
    with pytest.raises(ValueError, match="too small"):
        PixelCanvas().text(0, 0, "字", SMALL - 1)


@pytest.mark.parametrize("size", [28, 30, 34, 44])
def test_the_width_without_a_font_is_an_upper_bound(size: int) -> None:
    printable = "".join(map(chr, range(0x20, 0x7F)))
    for text in [*printable, printable, *NAMES, LONG, "1.36万辆 / 1.2万辆", "AVAWA fiffi", *ODD]:
        assert estimate(text, size) >= width(text, size)
    assert width("城" * 10, size) == pytest.approx(size * 10, abs=3)


@pytest.mark.parametrize("count", [1, 2, 3, 7, 28, 31, 62, 120, 400])
@pytest.mark.parametrize("across", [12.0, 60.0, 117.0, 500.0, 904.0])
def test_names_of_days_never_meet(count: int, across: float) -> None:
    plot = DayPlot(100, 1032, 0, 100, count, 1)
    places = day_places(plot, [across] * count)
    assert places[0][0] == 0
    assert len(places) == 1 or places[-1][0] == count - 1
    for (day, left), (later, further) in zip(places, [*places[1:], (count, 1032 + 24)], strict=True):
        assert day < later
        assert plot.left <= left
        assert left + across + 24 <= further


@pytest.mark.parametrize(
    ("most", "step"), [(0, 1), (1, 1), (4, 1), (5, 2), (8, 2), (9, 5), (21, 10), (168, 50), (1234567, 500000)]
)
def test_lines_of_even_numbers(most: int, step: int) -> None:
    assert even_step(most) == step


@pytest.mark.parametrize("counts", [(1, 0, 0), (0, 0, 1), (1000, 1, 1), (1, 1000000, 0), (5, 5, 5)])
def test_a_part_of_a_bar_can_be_seen(counts: tuple[int, int, int]) -> None:
    parts = part_widths(counts, 400)
    assert sum(parts) == pytest.approx(400)
    assert [part >= 10 for part in parts] == [count > 0 for count in counts]


def test_a_bar_of_nothing_has_no_parts() -> None:
    assert part_widths((0, 0, 0), 400) == [0, 0, 0]
