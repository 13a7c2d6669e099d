"""A thin canvas of pixels over matplotlib: texts, rectangles, polygons, circles and lines.

Coordinates are px from the top left. What is drawn later lies above. The canvas has no height until ``png``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from typing import Final, Literal

from matplotlib.artist import Artist
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Circle, Polygon
from matplotlib.text import Text
from matplotlib.transforms import Affine2D
from PIL import Image, ImageColor

from reports.pictures.lettering import DPI, drawable, font, width
from reports.pictures.wording import SMALL, WIDTH

DARK: Final = "#2B2B2B"
GREY: Final = "#6A6A6A"
FAINT: Final = "#B4B4B4"
HAIRLINE: Final = "#E2E2E2"
TRACK: Final = "#EFEFEF"
WHITE: Final = "#FFFFFF"
BLUE: Final = "#2A6F9E"
LIGHT_BLUE: Final = "#B9D5E8"
VERMILION: Final = "#D55E00"
GREEN: Final = "#159A76"
AMBER: Final = "#E69F00"
"""A muted form of the palette of Okabe and Ito, which readers with any kind of colour vision tell apart."""

_DRAWN: Final = (
    *(WHITE, DARK, GREY, FAINT, HAIRLINE, TRACK),
    *(BLUE, LIGHT_BLUE, VERMILION, GREEN, AMBER),
)
_SHADES: Final = {DARK: 16, BLUE: 8, VERMILION: 8, GREEN: 8, AMBER: 8}
"""In so many steps edges of these fade into white. The greys have the shades of ``DARK``."""
_BASELINE: Final = 0.375
_ASCENT: Final = 0.5
_DESCENT: Final = 0.62

Point = tuple[float, float]
Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class DrawnBox:
    """The place of something drawn, px from the top left. ``words`` and ``size`` are those of a text."""

    left: float
    top: float
    right: float
    bottom: float
    words: str = ""
    size: float = 0.0

    def meets(self, other: DrawnBox) -> bool:
        """Whether the two have a pixel in common."""
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


class PixelCanvas:
    """``texts``: the place of each text. ``rectangles``: those of bars, which no text may meet."""

    def __init__(self) -> None:
        self.texts: list[DrawnBox] = []
        self.rectangles: list[DrawnBox] = []
        self._figure = Figure(figsize=(WIDTH / DPI, 1), dpi=DPI, facecolor=WHITE)
        FigureCanvasAgg(self._figure)
        self._pixels = Affine2D()
        self._count = 0

    def text(
        self, x: float, middle: float, words: str, size: float, colour: str = DARK, align: Align = "left"
    ) -> None:
        """Write a line around the height ``middle``; ``x`` is its edge or its centre, ``size`` its em."""
        if size < SMALL:
            raise ValueError(f"a text of {size} px is too small to be read")
        shown, across = drawable(words), width(words, size)
        if not across:
            return
        left = x - across * {"left": 0.0, "center": 0.5, "right": 1.0}[align]
        top, bottom = middle - _ASCENT * size, middle + _DESCENT * size
        self.texts.append(DrawnBox(left, top, left + across, bottom, shown, size))
        line = Text(
            left,
            middle + _BASELINE * size,
            shown,
            color=colour,
            fontproperties=font(size),
            verticalalignment="baseline",
            horizontalalignment="left",
            parse_math=False,
            usetex=False,
        )
        self._add(line)

    def rectangle(self, left: float, top: float, across: float, down: float, colour: str) -> None:
        """Fill a rectangle; its edges lie on whole pixels."""
        x0, y0, x1, y1 = round(left), round(top), round(left + across), round(top + down)
        self.rectangles.append(DrawnBox(x0, y0, x1, y1))
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def polygon(self, points: Sequence[Point], colour: str) -> None:
        """Fill a polygon."""
        self._add(Polygon(points, closed=True, facecolor=colour, edgecolor="none", linewidth=0))

    def circle(self, x: float, y: float, radius: float, colour: str, ring: float = 0.0) -> None:
        """Fill a circle, or draw a ring of ``ring`` px inside of its edge."""
        if ring:
            edge = Circle((x, y), radius - ring / 2, fill=False, edgecolor=colour, linewidth=ring)
            self._add(edge)
        else:
            self._add(Circle((x, y), radius, facecolor=colour, edgecolor="none", linewidth=0))

    def line(self, points: Sequence[Point], colour: str, thick: float = 2.0, dashed: bool = False) -> None:
        """Draw a line through the points, ``thick`` px wide."""
        xs, ys = [x for x, _ in points], [y for _, y in points]
        line = Line2D(xs, ys, color=colour, linewidth=thick, solid_capstyle="butt", solid_joinstyle="round")
        if dashed:
            line.set_linestyle((0, (3.5, 2.5)))
            line.set_dash_capstyle("butt")
        self._add(line)

    def png(self, height: int) -> bytes:
        """The picture down to ``height`` px as a PNG file. The same calls always make the same bytes.

        It has the colours that are drawn and the shades of their edges, and no others. A palette that is
        found for each picture takes the colour of a small sign away.
        """
        self._figure.set_size_inches(WIDTH / DPI, height / DPI)
        self._pixels.clear().scale(1, -1).translate(0, height)
        pixels, content = BytesIO(), BytesIO()
        self._figure.savefig(pixels, format="rgba")
        image = Image.frombytes("RGBA", (WIDTH, height), pixels.getvalue()).convert("RGB")
        image.quantize(palette=_palette(), dither=Image.Dither.NONE).save(content, "PNG", optimize=True)
        return content.getvalue()

    def _add(self, artist: Artist) -> None:
        artist.set_transform(self._pixels)
        self._count += 1
        artist.set_zorder(self._count)
        self._figure.add_artist(artist)


@cache
def _palette() -> Image.Image:
    """An image that has the colours of all pictures as its palette."""
    drawn = [ImageColor.getrgb(colour)[:3] for colour in _DRAWN]
    for colour, steps in _SHADES.items():
        whole = ImageColor.getrgb(colour)[:3]
        for step in range(1, steps):
            red, green, blue = (round(part + (255 - part) * step / steps) for part in whole)
            drawn.append((red, green, blue))
    image = Image.new("P", (1, 1))
    image.putpalette([part for colour in dict.fromkeys(drawn) for part in colour])
    return image
