"""A ready-made report: the text of a template with its figures filled in, as headings, paragraphs, lists and tables.

The template language is Jinja2 in its sandbox, of which only what stands here is left; the text is Markdown, of which
only headings, paragraphs, lists and emphasis are read. Figures come from the reports and are shown, and hidden, as
there.
"""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from jinja2 import StrictUndefined, TemplateSyntaxError, UndefinedError
from jinja2.exceptions import SecurityError, TemplateRuntimeError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markdown_it import MarkdownIt
from markdown_it.token import Token

from records.errors import NotVisibleError
from records.reports.months import Months, first_day, last_day
from records.reports.values import Report, Table
from search_api.charts import has_chart
from search_api.ready_files import Template, TemplateError
from search_api.report_cells import number, words

#: what stands in the text where a table or a chart goes; no letter of a text, so that nobody writes it
_MARK = "\ue000"
_LONGEST = 256 * 1024


class BlockKind(StrEnum):
    """What a piece of a ready-made report is."""

    HEADING = "heading"
    PARAGRAPH = "paragraph"
    ITEM = "item"
    TABLE = "table"
    CHART = "chart"


@dataclass(frozen=True)
class Span:
    """A piece of a line, and how it is set."""

    text: str
    strong: bool = False
    emphasis: bool = False


@dataclass(frozen=True)
class Block:
    """One piece; a table or a chart names the report that it is of."""

    kind: BlockKind
    level: int = 0
    spans: tuple[Span, ...] = ()
    report: str | None = None
    table: Table | None = None


@dataclass(frozen=True)
class ReadyReport:
    """A ready-made report about one town and whole months."""

    name: str
    title: str
    tenant: str
    begin: dt.date
    end: dt.date
    made_at: dt.datetime
    blocks: tuple[Block, ...]


def ready(
    template: Template, tenant: str, months: Months, now: dt.datetime, report: Callable[[str], Report]
) -> ReadyReport:
    """Fill a template; `report` makes a report by its name. TemplateError says which line cannot be used, and why."""
    filling = _Filling(report)
    text = filling.filled(template, tenant, months, now)
    begin, end = first_day(months.first), last_day(months.last)
    return ReadyReport(template.name, template.head.title, tenant, begin, end, now, tuple(filling.blocks(text)))


class _Sandbox(ImmutableSandboxedEnvironment):
    """Nothing that makes much out of little: texts are written, not reckoned."""

    intercepted_binops = frozenset(["*", "**", "%", "+", "-", "/", "//"])

    def call_binop(self, *_: Any) -> Any:
        raise SecurityError("no reckoning")


class _AdviceError(Exception):
    """What is wrong with what a template asks for; becomes a TemplateError once the line is known."""


@dataclass
class _Filling:
    """The names that a template may use, and the tables it put into its text."""

    report: Callable[[str], Report]
    _made: dict[str, Report] = field(default_factory=dict)
    _placed: list[Block] = field(default_factory=list)

    def filled(self, template: Template, tenant: str, months: Months, now: dt.datetime) -> str:
        # SECURITY: whoever writes a template reaches what is named here and nothing of this process.
        environment = _Sandbox(undefined=StrictUndefined)
        environment.globals.clear()
        environment.filters.clear()
        environment.tests.clear()
        names: dict[str, Any] = {
            "town": tenant.capitalize(),
            "begin": f"{first_day(months.first):%d.%m.%Y}",
            "end": f"{last_day(months.last):%d.%m.%Y}",
            "year": str(first_day(months.last).year),
            "made": f"{now:%d.%m.%Y}",
            "total": self._total,
            "measure": self._measure,
            "table": self._table_block,
            "chart": self._chart_block,
        }
        try:
            text = environment.from_string(template.text.replace(_MARK, "")).render(names)
        except TemplateSyntaxError as error:
            line = template.begins + error.lineno - 1
            raise TemplateError(template.file, line, f"nicht lesbar ({error.message}); {{{{ … }}}} prüfen") from None
        except (UndefinedError, _AdviceError, SecurityError, TemplateRuntimeError, TypeError) as error:
            raise TemplateError(template.file, template.begins + _line(error) - 1, _said(error, names)) from None
        if len(text) > _LONGEST:
            raise TemplateError(template.file, template.begins, "ergibt einen zu langen Text; bitte kürzen")
        return text

    def _total(self, report: str, table: str, column: str) -> str:
        """Return the sum of a column, as it is shown."""
        found = self._table(report, table)
        place = _place(found, column)
        for row in found.rows:
            if row.total:
                return words(row.cells[place], row.marks.get(column))
        if found.rows:
            raise _AdviceError(f"die Tabelle {report}/{table} hat keine Summe; table() zeigt sie ganz")
        return number(0)

    def _measure(self, report: str, table: str, line: str) -> str:
        """Return a single figure, as it is shown."""
        found = self._table(report, table)
        place = _place(found, "value")
        for row in found.rows:
            if row.cells[0] == line:
                return words(row.cells[place], row.marks.get("value"))
        if found.rows:
            lines = ", ".join(f"„{row.cells[0]}“" for row in found.rows)
            raise _AdviceError(f"„{line}“ steht nicht in {report}/{table}; dort gibt es {lines}")
        return number(0)

    def _table_block(self, report: str, table: str) -> str:
        return self._place(Block(BlockKind.TABLE, report=report, table=self._table(report, table)))

    def _chart_block(self, report: str, table: str) -> str:
        found = self._table(report, table)
        # where there is nothing to draw the table says so
        return self._place(Block(BlockKind.CHART, report=report, table=found)) if has_chart(found) else ""

    def _place(self, block: Block) -> str:
        self._placed.append(block)
        return f"\n\n{_MARK}{len(self._placed) - 1}{_MARK}\n\n"

    def _table(self, report: str, table: str) -> Table:
        if report not in self._made:
            try:
                self._made[report] = self.report(report)
            except NotVisibleError:
                raise _AdviceError(f"den Bericht „{report}“ gibt es nicht") from None
        tables = {one.name: one for one in self._made[report].tables}
        if table not in tables:
            raise _AdviceError(f"die Tabelle „{table}“ gibt es in „{report}“ nicht; möglich sind {', '.join(tables)}")
        return tables[table]

    def blocks(self, text: str) -> list[Block]:
        """Read the Markdown of a filled text."""
        found: list[Block] = []
        items = level = last = 0
        for token in _MARKDOWN.parse(text):
            if token.type in {"bullet_list_open", "ordered_list_open"}:
                items += 1
            elif token.type in {"bullet_list_close", "ordered_list_close"}:
                items -= 1
            elif token.type == "heading_open":
                # none is left out: who listens to a PDF goes from heading to heading
                level = last = min(int(token.tag[1:]), last + 1)
            elif token.type == "heading_close":
                level = 0
            elif token.type == "inline":
                found += self._of_line(token, level, items)
        return found

    def _of_line(self, token: Token, level: int, items: int) -> list[Block]:
        content = token.content.strip()
        if content.startswith(_MARK) and content.strip(_MARK).isdecimal():
            return [self._placed[int(content.strip(_MARK))]]
        kind = BlockKind.HEADING if level else BlockKind.ITEM if items else BlockKind.PARAGRAPH
        spans = tuple(span for span in _spans(token.children or []) if span.text)
        return [Block(kind, level or items, spans)] if spans else []


#: nothing that leads anywhere, shows a picture or is HTML
_MARKDOWN = MarkdownIt("zero").enable(["heading", "list", "emphasis", "escape", "newline"])


def _spans(tokens: list[Token]) -> list[Span]:
    found: list[Span] = []
    strong = emphasis = False
    for token in tokens:
        if token.type in {"strong_open", "strong_close"}:
            strong = token.type == "strong_open"
        elif token.type in {"em_open", "em_close"}:
            emphasis = token.type == "em_open"
        elif token.type in {"softbreak", "hardbreak"}:
            found.append(Span(" ", strong, emphasis))
        else:
            found.append(Span(token.content, strong, emphasis))
    return found


def _place(table: Table, column: str) -> int:
    names = [one.name for one in table.columns]
    if column not in names:
        raise _AdviceError(f"die Spalte „{column}“ gibt es in „{table.name}“ nicht; möglich sind {', '.join(names)}")
    return names.index(column)


def _line(error: Exception) -> int:
    """Return the line of the text of a template at which an error came up."""
    lines = [one.lineno for one in traceback.extract_tb(error.__traceback__) if one.filename == "<template>"]
    return lines[-1] if lines and lines[-1] else 1


def _said(error: Exception, names: dict[str, Any]) -> str:
    if isinstance(error, _AdviceError):
        return str(error)
    if isinstance(error, UndefinedError):
        return f"diesen Namen gibt es nicht; möglich sind {', '.join(names)}"
    if isinstance(error, TypeError):
        return (
            "so wird der Name nicht verwendet; möglich sind total(Bericht, Tabelle, Spalte), "
            "measure(Bericht, Tabelle, Zeile), table(Bericht, Tabelle) und chart(Bericht, Tabelle)"
        )
    return "das ist in einer Vorlage nicht möglich; erlaubt sind Text und die genannten Namen"
