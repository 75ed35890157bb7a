"""The command line, and what a notebook imports: `read` a run, or `simulate` one.

Commands are in `commands`; each room is imported when it is needed.
"""

from __future__ import annotations

import errno
import re
import signal
import sys
import threading
from typing import Any

import click

from commands import (
    animating,
    demo,
    documenting,
    experiments,
    failover,
    loading,
    looking,
    recording,
    regressions,
    runs,
    scorecard,
    twins,
    walking,
    watching,
)
from commands.notebooks import Compared, Opened, read, simulate
from journeys.errors import JourneywrightError

__all__ = ["Compared", "Opened", "main", "read", "simulate"]

_DEVICE = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO)


_SECTIONS = {
    "A journey": ("list", "new", "record", "show", "blueprint", "docs"),
    "Walk it": ("simulate", "compare", "browse", "load", "demo"),
    "Stand in for its back end": ("serve", "mock"),
    "Break it, and find its limits": ("capacity", "failover", "scorecard"),
    "Decide by simulation": ("staff", "select", "sensitivity", "warmup"),
    "Hold runs against each other": ("validate", "calibrate", "regression"),
    "Look at runs": ("report", "query", "export", "watch", "animate"),
}


class _Interrupted(JourneywrightError):
    """The user, or the system, told us to stop."""

    exit_code = 130


class _Commands(click.Group):
    """Turns every error that a user can mend into its lines and its exit code."""

    def main(self, *args: Any, **kwargs: Any) -> Any:
        kwargs |= {"standalone_mode": False, "prog_name": "journeywright"}
        _stop_as_after_ctrl_c()
        try:
            code = super().main(*args, **kwargs)
        except click.exceptions.Exit as stop:
            code = stop.exit_code
        except click.exceptions.NoArgsIsHelpError as help_:
            help_.show()
            code = 2
        except click.ClickException as error:
            click.echo(_usage(error), err=True)
            code = 2
        except JourneywrightError as error:
            from commands.saying import plain

            click.echo("\n".join(map(plain, str(error).split("\n"))), err=True)
            code = error.exit_code
        except OSError as error:
            if error.errno not in _DEVICE:
                raise
            click.echo(f"{error.filename or 'output'}: cannot be written ({error.strerror}); make room there", err=True)
            code = 3
        if code == _Interrupted.exit_code and threading.current_thread() is threading.main_thread():
            # everything is closed: a second Ctrl-C has nothing left to stop
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        sys.exit(code if isinstance(code, int) else 0)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands by what they are for."""
        for title, names in _SECTIONS.items():
            with formatter.section(title):
                formatter.write_dl([(name, self.commands[name].get_short_help_str(100)) for name in names])

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except KeyboardInterrupt as error:
            if sys.stderr.isatty():
                click.echo(err=True)  # after the terminal's ^C
            kept = "; ".join(getattr(error, "__notes__", ())) or "runs that had ended are kept"
            raise _Interrupted(f"interrupted; {kept}") from None


_NO_NUMBER = re.compile(r"is not a valid integer( range)?$")


def _usage(error: click.ClickException) -> str:
    """Return an error of the command line on one line."""
    what = " ".join(error.format_message().split()).rstrip(".").replace(". Did you", "; did you")
    what = _NO_NUMBER.sub("is not a whole number", what)
    context = error.ctx if isinstance(error, click.UsageError) else None
    path = context.command_path if context else "journeywright"
    return f"{path}: {what[:1].lower()}{what[1:]}; see '{path} --help'"


def _stop_as_after_ctrl_c() -> None:
    """Let a request to end (or a closed terminal) do what Ctrl-C does: end the children, and keep what was measured."""
    if threading.current_thread() is not threading.main_thread():
        return
    for name in ("SIGTERM", "SIGHUP"):
        asked = getattr(signal, name, None)
        if asked is not None and signal.getsignal(asked) is signal.SIG_DFL:
            signal.signal(asked, lambda *_: signal.raise_signal(signal.SIGINT))


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="journeywright")
def main() -> None:
    """Walk the same customers through a journey: simulated, in a real browser, and under load."""


for _module in (
    looking,
    recording,
    walking,
    loading,
    failover,
    scorecard,
    experiments,
    twins,
    regressions,
    runs,
    watching,
    animating,
    documenting,
    demo,
):
    for _command in _module.COMMANDS:
        main.add_command(_command)


if __name__ == "__main__":
    main()
