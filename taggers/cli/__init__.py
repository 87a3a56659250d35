"""The command line: one file per verb, loaded when it is called; the only room that speaks to the terminal."""

from __future__ import annotations

import atexit
import gc
import importlib
import io
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from taggers.cli.ending import end_when_asked
from taggers.errors import TaggerError

# verb -> the line that `tagger --help` shows; the module of the same name holds `command`
VERBS = {
    "train": "Train a tagger on annotated text.",
    "tag": "Tag text, tokens, columns or CoNLL-U from a file or a pipe.",
    "generate": "Let a language model write on from a prompt.",
    "pipeline": "Run several models in one pass, each on what those before it say.",
    "suggest": "Choose the sentences to annotate next, and tag them.",
    "evaluate": "Score a model on annotated text.",
    "score": "Score predicted tags against gold ones, without any model.",
    "compare": "Say whether one of two models is better, or it is chance.",
    "report": "Write a page on how good a model is, and on its errors.",
    "convert": "Turn a corpus into another format or tag scheme.",
    "lint": "Find what is wrong with annotated data.",
    "verify": "Hold the files of corpora against their cards.",
    "export": "Write the int8 variant of a model; --check compares it.",
    "reproduce": "Train a model again from its record, and compare the weights.",
    "info": "Say what a model is: settings, scores, sizes by part.",
}


class _LazyGroup(click.Group):
    """A group whose commands are imported when asked for, so that `--help` and `score` start at once."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        module = importlib.import_module(f"taggers.cli.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.group(cls=_LazyGroup, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="taggers", prog_name="tagger")
@click.pass_context
def cli(context: click.Context) -> None:
    """Train, run and judge BiLSTM-CRF sequence taggers."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help(), err=True)
        context.exit(2)


def main() -> None:
    """Entry point: a fault of the user's is one line and exit code 2; Ctrl-C and a closed pipe (click) are silent."""
    end_when_asked()
    gc.set_threshold(50_000)  # what is imported stays: to look through it again and again takes a twentieth of a start
    atexit.register(gc.freeze)  # or else the end of the process looks for garbage three times, for a tenth of a tagging
    for name, mode in (("stdin", "r"), ("stdout", "w")):
        if getattr(sys, name) is None:  # closed by the caller: nothing comes in, and what goes out goes nowhere
            setattr(sys, name, open(os.devnull, mode))  # noqa: SIM115 - for as long as the process lives
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names of files and labels may be of any characters
    try:
        with _numbers_of_any_length():
            sys.exit(cli.main(prog_name="tagger", standalone_mode=False))
    except click.UsageError as fault:
        verb = fault.ctx.command_path if fault.ctx is not None else "tagger"
        _fail(f"{fault.format_message().rstrip('.')} (see {verb} --help)")
    except click.ClickException as fault:
        _fail(fault.format_message())
    except TaggerError as fault:
        _fail(str(fault))
    except MemoryError:
        _fail("there is not enough memory for this; take smaller sizes, or a machine with more")
    except OSError as fault:  # a full disk behind standard output, say
        _give_up(1)
        _fail(f"{fault.filename or 'standard output'}: {fault.strerror or fault}")
    except click.exceptions.Abort:
        sys.exit(128 + signal.SIGINT)


@contextmanager
def _numbers_of_any_length() -> Iterator[None]:
    """Let whoever reads a number refuse it for what it means, and not Python for its length."""
    limit = sys.get_int_max_str_digits()
    sys.set_int_max_str_digits(0)
    try:
        yield
    finally:
        sys.set_int_max_str_digits(limit)


def _fail(message: str) -> NoReturn:
    try:
        click.echo(f"error: {message}", err=True)
    except OSError:  # where standard error is full, the exit code has to do
        _give_up(2)
    sys.exit(2)


def _give_up(stream: int) -> None:
    """Let a stream lead nowhere: what is still held for it would fail again at the end of the process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream)
