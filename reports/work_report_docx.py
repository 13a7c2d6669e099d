"""Puts a 工作情况汇报 into a template, and tries whether a file can be a template.

A template is a program that somebody else has written. It runs in Jinja's sandbox, which gives it the words
of the report and nothing else, and in a process with limits (``bot.commands.template_worker``).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

import jinja2
from docx import Document
from docx.document import Document as Page
from docx.opc.constants import RELATIONSHIP_TYPE
from docxtpl import DocxTemplate
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from reports.official_page import timeless
from reports.templates.template_check import check_archive, check_made
from reports.templates.template_faults import TemplateError, TemplateFault, TemplateFaultKind, TemplatePassage
from reports.templates.template_places import passages_of, passages_with
from rules.hidden_characters import visible

# The characters that no XML holds.
_NOT_IN_XML: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
_HELPERS: Final = ("range",)
_IN_ERROR: Final = re.compile(r"'([^']+)' is undefined|has no attribute '([^']+)'|no element '?([^']+?)'?$")
_NO_FILTER: Final = re.compile(r"No (?:filter|test) named '([^']+)'")
_EXCERPT: Final = 40
_MANY: Final = (40, 4, 4)
"""How often each entry of a list comes, of one in an entry, and so on."""
_PAIRS: Final = (("{{", "}}"), ("{%", "%}"))


def render(template: bytes, words: Mapping[str, Any]) -> bytes:
    """The bytes of the report: the template with ``words`` in its placeholders.

    ``TemplateError``: a placeholder is unknown, the template fails otherwise, or what it makes is no
    harmless report of a bounded size. The same words in the same
    template always make the same bytes.
    """
    check_archive(template)
    page = _opened(template)
    try:
        page.render(_clean(words), _environment(jinja2.StrictUndefined))
        _keep_with_signature(page.docx, str(words.get("单位", "")))
        made = io.BytesIO()
        page.save(made)
        check_made(made.getvalue())
        Document(io.BytesIO(made.getvalue()))
    except TemplateError:
        raise
    except Exception as error:
        raise TemplateError(_fault(error, template)) from error
    return timeless(made)


def _opened(template: bytes) -> DocxTemplate:
    """The template, with the properties of the document where python-docx looks for them.

    LibreOffice writes the type of their relation in small letters. Others would be added beside them, in a
    part of the same name.
    """
    page = DocxTemplate(io.BytesIO(template))
    page.init_docx()
    for relation in page.docx.part.package.rels.values():
        if relation.reltype.lower().endswith("/metadata/core-properties"):
            relation._reltype = RELATIONSHIP_TYPE.CORE_PROPERTIES
    return page


def try_template(template: bytes, words: Mapping[str, Any]) -> None:
    """Raise ``TemplateError`` with every fault of a template that a trial with ``words`` finds.

    It is tried as well with next to nothing and with very much in their place.
    """
    check_archive(template)
    unknown: list[str] = []
    page = _opened(template)
    environment = _environment(_noting(unknown))
    try:
        named = page.get_undeclared_template_variables(environment)
        unknown += sorted(named - set(words) - set(_HELPERS))
        page.render(_clean(words), environment)
    except Exception as error:
        if not unknown:
            raise TemplateError(_fault(error, template)) from error
    if unknown:
        raise TemplateError(*_unknown(template, dict.fromkeys(unknown)))
    render(template, words)
    _try_empty(template, words)
    render(template, {name: _many(value) for name, value in words.items()})


def _try_empty(template: bytes, words: Mapping[str, Any]) -> None:
    """Try the template as it is used for days on which nothing was done."""
    try:
        render(template, {name: [] if isinstance(value, list) else value for name, value in words.items()})
    except TemplateError as error:
        fault = error.faults[0]
        # The name of a missing entry is its number.
        if fault.kind is TemplateFaultKind.BROKEN or fault.name.lstrip("-").isdecimal():
            raise TemplateError(replace(fault, kind=TemplateFaultKind.EMPTY)) from error
        raise


def _many(value: Any, depth: int = 0) -> Any:
    """The words with many entries in the place of few: more than a busy year has."""
    if isinstance(value, Mapping):
        return {name: _many(one, depth) for name, one in value.items()}
    if isinstance(value, list):
        times = _MANY[min(depth, len(_MANY) - 1)]
        return [_many(one, depth + 1) for one in value] * times
    return value


def _keep_with_signature(page: Page, unit: str) -> None:
    """Let no page hold a signature alone: the last words before it stay with it."""
    found = page.paragraphs
    signed = [at for at, one in enumerate(found) if unit and one.text.strip() == unit]
    if not signed:
        return
    for one in reversed(found[: signed[-1]]):
        one.paragraph_format.keep_with_next = True
        if one.text.strip():
            return


def _unknown(template: bytes, names: Iterable[str]) -> Iterator[TemplateFault]:
    for name in names:
        yield TemplateFault(TemplateFaultKind.UNKNOWN, name, passages_with(template, name))


def _environment(undefined: type[jinja2.Undefined]) -> ImmutableSandboxedEnvironment:
    """A sandbox with one helper. Words are escaped, so that < and & stay what they are."""
    made = ImmutableSandboxedEnvironment(undefined=undefined, autoescape=True)
    made.globals = {name: made.globals[name] for name in _HELPERS}
    return made


def _noting(found: list[str]) -> type[jinja2.Undefined]:
    """A class of unknown values that notes the name of each that is used, and goes on as if it were empty."""

    class NotedUndefined(jinja2.ChainableUndefined):
        def _note(self) -> None:
            if self._undefined_name is not None:
                found.append(str(self._undefined_name))

        def __str__(self) -> str:
            self._note()
            return ""

        def __html__(self) -> str:
            return str(self)

        def __iter__(self) -> Iterator[Any]:
            self._note()
            return iter(())

        def __len__(self) -> int:
            self._note()
            return 0

        def __bool__(self) -> bool:
            self._note()
            return False

        def __getattr__(self, _: str) -> NotedUndefined:
            self._note()
            return self

        __getitem__ = __getattr__

    return NotedUndefined


def _clean(words: Any) -> Any:
    """The words without what XML does not hold and nobody sees."""
    if isinstance(words, str):
        return _NOT_IN_XML.sub("", visible(words))
    if isinstance(words, Mapping):
        return {name: _clean(value) for name, value in words.items()}
    if isinstance(words, list | tuple):
        return [_clean(one) for one in words]
    return words


def _fault(error: Exception, template: bytes) -> TemplateFault:
    """What is wrong, as far as Jinja and Word's format say it."""
    if isinstance(error, SecurityError):
        return TemplateFault(TemplateFaultKind.FORBIDDEN, passages=_around(error, template))
    if isinstance(error, jinja2.UndefinedError):
        match = _IN_ERROR.search(error.message or "")
        name = next((one for one in match.groups() if one), "") if match else ""
        return TemplateFault(TemplateFaultKind.UNKNOWN, name, passages_with(template, name) if name else ())
    if isinstance(error, jinja2.TemplateRuntimeError | jinja2.TemplateAssertionError) and (
        match := _NO_FILTER.search(error.message or "")
    ):
        return TemplateFault(TemplateFaultKind.UNKNOWN, match[1], passages_with(template, match[1]))
    if isinstance(error, jinja2.TemplateSyntaxError):
        return TemplateFault(TemplateFaultKind.SYNTAX, passages=_around(error, template))
    if isinstance(error, OverflowError | MemoryError | RecursionError):
        return TemplateFault(TemplateFaultKind.LIMITS)
    return TemplateFault(TemplateFaultKind.BROKEN, passages=_around(error, template))


def _around(error: Exception, template: bytes) -> list[TemplatePassage]:
    """The passage about which an error is, if it is known.

    docxtpl keeps some lines around it; and a passage in which braces do not go in pairs is one.
    """
    said = [line.strip() for line in getattr(error, "docx_context", ()) if "{" in line]
    lines = [line[:_EXCERPT] for line in said]
    passages = list(passages_of(template))
    odd = [one for one in passages if any(one.words.count(a) != one.words.count(b) for a, b in _PAIRS)]
    return odd[:1] or [one for one in passages if any(line in one.words for line in lines)][-1:]
