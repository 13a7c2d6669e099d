"""The page's HTML, from templates that escape every value."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined

from demo.page.words import PageWords


class Rendering:
    """Renders the templates with the texts of one language: ``t("page.…")`` in a template is a text."""

    def __init__(self, words: PageWords) -> None:
        self._environment = Environment(
            loader=PackageLoader("demo.page"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["t"] = words

    def __call__(self, name: str, /, **values: Any) -> str:
        """The HTML of a template of ``templates/``, by its name without the suffix."""
        return self._environment.get_template(f"{name}.html").render(**values)
