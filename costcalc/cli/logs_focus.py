"""`costcalc logs --focus`: what logs cost, written as a FOCUS dataset."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

import typer

from costcalc.errors import UsageError

if TYPE_CHECKING:
    from costcalc.cli.options import TableOptions
    from costcalc.logs.report import LogReport
    from costcalc.report.focus_files import FocusFile

__all__ = ["ExportOptions"]


@dataclass(frozen=True, kw_only=True)
class ExportOptions:
    """Where the FOCUS dataset is written, and for whom."""

    focus: Annotated[
        str | None,
        typer.Option(
            "--focus", show_default=False, metavar="FILE",
            help="Write a FOCUS dataset by day, too: .csv or .parquet.", rich_help_panel="Export",
        ),
    ] = None  # fmt: skip
    account: Annotated[
        str | None,
        typer.Option(
            "--account", show_default=False, metavar="ID",
            help="With --focus: the account that is billed, such as your organisation.",
            rich_help_panel="Export",
        ),
    ] = None  # fmt: skip

    def check(self, *, watch: bool) -> None:
        """Refuse half of an export."""
        if self.focus is not None and watch:
            raise UsageError("--watch writes no file; leave --focus out")
        if self.focus is not None and self.account is None:
            raise UsageError(
                "--focus needs --account: FOCUS has no row without the account that is billed"
            )
        if self.account is not None and self.focus is None:
            raise UsageError("--account is of --focus FILE; say where to write, or leave it out")

    def terms(self, terms: dict[str, Any]) -> dict[str, Any]:
        """Return the arguments of `logs.price`; what is exported is by a period."""
        if self.focus is None:
            return terms
        from costcalc.logs.periods import PERIODS

        by = terms["by"]
        names = [by] if isinstance(by, str) else by
        dated = any(name in PERIODS for name in names)
        return {**terms, "by": names if dated else ["day", *names]}

    def write(self, report: LogReport) -> FocusFile | None:
        """Write the dataset; None where none was asked for."""
        if self.focus is None:
            return None
        from costcalc.report.focus_files import write_focus

        return write_focus(self.focus, report, billing_account_id=self.account or "")

    def say(self, written: FocusFile | None, form: TableOptions) -> None:
        """Say below a table what was written."""
        if written is None or form.json or form.csv or form.markdown:
            return
        from costcalc.cli import amounts
        from costcalc.cli.tables import Screen

        sums = [amounts.exact(each, name) for name, each in written.billed_cost.items()]
        rows = amounts.counted(written.rows, "row")
        text = f"{written.path}: {rows} of FOCUS {written.version}, {', '.join(sums) or 'empty'}"
        Screen().facts([("focus", text)])
