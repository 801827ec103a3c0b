"""The commands: names, options and help. Their code is imported when they run."""

from __future__ import annotations

import shlex
from typing import Any

import click
from click.shell_completion import get_completion_class

from reamaze_async._version import __version__

from . import options
from .errors import report
from .options import Command, number_option, option

NAME = "reamaze"
COMPLETE = "_REAMAZE_COMPLETE"
FORMATS = ("ndjson", "ndjson.gz", "ndjson.zst", "csv", "parquet", "sqlite")


class Group(click.Group):
    """A group that ends well when a pipe is closed, where click would fail."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            return report(error)


@click.group(
    cls=Group,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="""\b
Try it without an account:
  reamaze export conversations --sandbox -o conversations.ndjson""",
)
@click.version_option(__version__, prog_name=NAME, message="%(prog)s %(version)s")
def reamaze() -> None:
    """Export, sync and count the conversations of a Re:amaze helpdesk."""


@reamaze.command(
    cls=Command,
    short_help="Export conversations to a file.",
    epilog="""\b
Examples:
  reamaze export conversations -o all.ndjson.gz
  reamaze export conversations --filter open --tag vip -o vip.csv
  reamaze export conversations -o - | jq -r .subject
  reamaze export conversations --sandbox -o try.ndjson

An export that was interrupted, killed or cut off is gone on with by the same command: what it has
written is kept in FILE.part.

Exit status: 0 done, 1 failed, 2 wrong usage, 129 hung up, 130 interrupted,
143 terminated.""",
)
@options.resource()
@options.output(
    "Appears when it is complete; its ending names the format. - is standard output, as NDJSON."
)
@option("File", "--format", type=click.Choice(FORMATS), help="If the ending doesn't say.")
@option(
    "File",
    "--columns",
    metavar="A,B,C",
    callback=options.columns,
    help="Only these columns, in this order, of a CSV, Parquet or SQLite file.  "
    "[default: all, in CSV all but raw]",
)
@option("File", "--force", is_flag=True, help="Replace a file that is there.")
@option("File", "--restart", is_flag=True, help="Forget what an unfinished export has written.")
@options.summary
@options.conditions
@options.sort
@options.account
@options.pace
@option(
    "Care",
    "--verify",
    is_flag=True,
    help="Read the list again until nothing can have slipped through: twice the requests.",
)
@options.allow_incomplete
@option("Care", "--dry-run", is_flag=True, help="Only tell how many and how long: one request.")
@options.quiet
@click.pass_context
def export(ctx: click.Context, /, **given: Any) -> int:
    """Export all RESOURCE (conversations) to a file, once each, in order."""
    from . import arguments, count, export  # noqa: PLC0415 - only when it runs

    wanted = arguments.export_arguments(_typed(ctx), given)
    if wanted.dry_run:
        count.print_estimate(wanted)
        return 0
    return export.Export(wanted).perform()


@reamaze.command(
    cls=Command,
    short_help="Keep a SQLite file like the list of conversations.",
    epilog="""\b
Examples:
  reamaze sync conversations -o all.sqlite
  reamaze sync conversations --filter open -o open.sqlite
As a line of cron's, every minute:
  * * * * *  reamaze sync conversations -o all.sqlite --quiet --unless-running

The first run exports, later ones take in what has changed since: a request if that is little.
What has left the list is looked for when the counts differ. A sync may be killed at any time; the
next one goes on. Whoever reads FILE meanwhile sees whole conversations.

Exit status: 0 done, 1 failed, 2 wrong usage, 129 hung up, 130 interrupted,
143 terminated.""",
)
@options.resource()
@options.output(
    "The database, ending in .sqlite. It follows one list for good: other filters, another file."
)
@options.summary
@options.conditions
@options.account
@options.pace
@option(
    "Care",
    "--reconcile",
    is_flag=True,
    help="Read the whole list now, whether it seems due or not.",
)
@number_option(
    "Care",
    "--reconcile-after",
    click.FloatRange(min=0),
    callback=options.number,
    default=7.0,
    metavar="DAYS",
    told="Read the whole list if that is so long ago.",
)
@option(
    "Care",
    "--unless-running",
    is_flag=True,
    help="If another process is syncing FILE, leave it to that one: exit status 0.",
)
@options.allow_incomplete
@options.quiet
@click.pass_context
def sync(ctx: click.Context, /, **given: Any) -> int:
    """Keep a database like the list of RESOURCE (conversations)."""
    from . import arguments, sync  # noqa: PLC0415 - only when it runs

    return sync.Sync(arguments.sync_arguments(_typed(ctx), given)).perform()


def _typed(ctx: click.Context) -> str:
    """The command that goes on with this one, as it can be typed; no secret is part of it."""
    words = [options.without_password(word) for word in ctx.obj or () if word != "--restart"]
    return shlex.join([*(ctx.find_root().info_name or NAME).split(), *words])


@reamaze.command(
    cls=Command,
    short_help="Print how many conversations there are.",
    epilog="""\b
Examples:
  reamaze count --filter open
  reamaze count --tag vip --start-date 2026-01-01""",
)
@options.resource(default=options.RESOURCES[0])
@options.conditions
@options.sort
@options.account
@options.redis
@options.attempt
@options.verbose
def count(**given: Any) -> None:
    """Print how many RESOURCE (conversations) there are: one request."""
    from . import count  # noqa: PLC0415 - only when it runs

    count.count(given)


@reamaze.command(
    cls=Command,
    short_help="Print one conversation.",
    epilog="""\b
Example:
  reamaze get conversations where-is-my-order | jq .status""",
)
@options.resource()
@click.argument("key", metavar="KEY")
@options.account
@options.redis
@options.attempt
@options.verbose
def get(**given: Any) -> None:
    """Print one of RESOURCE (conversations) by its KEY (slug), as it came: one request."""
    from . import request  # noqa: PLC0415 - only when it runs

    request.get(given)


@reamaze.command(
    cls=Command,
    short_help="Print the answer of any endpoint.",
    epilog="""\b
Examples:
  reamaze request /contacts --param q=ana
  reamaze request PUT /conversations/my-order \\
    --json '{"conversation": {"status": 2}}'

PATH is percent-encoded; /contacts means /api/v1/contacts.""",
)
@click.argument("words", nargs=-1, required=True, metavar="[METHOD] PATH")
@option(
    "What",
    "--param",
    multiple=True,
    metavar="KEY=VALUE",
    callback=options.pairs,
    help="Of the query; may be repeated.",
)
@option("What", "--json", metavar="JSON", help="The body; - is standard input.")
@options.account
@options.redis
@options.attempt
@options.verbose
def request(**given: Any) -> None:
    """Ask PATH by METHOD, GET unless said, and print the answer's body as it came."""
    from . import request  # noqa: PLC0415 - only when it runs

    request.request(given)


@reamaze.command(
    cls=Command,
    short_help="Serve a made-up account to try things on.",
    epilog="""\b
Example, in two terminals:
  reamaze sandbox --port 8080 --requests-per-minute 60 --latency-ms 100
  reamaze export conversations --base-url http://127.0.0.1:8080 -o x.ndjson

The same seed makes the same conversations. SIGINT (Ctrl-C) and SIGTERM are its proper end: exit
status 0. The rate limit counts whole minutes of the clock, as the real one is thought to.""",
)
@number_option(
    "World", "--conversations", click.IntRange(0), default=500, told="How many there are."
)
@number_option("World", "--seed", click.INT, default=1, told="What everything is made up from.")
@number_option(
    "Weather",
    "--requests-per-minute",
    click.IntRange(0),
    default=0,
    told="Let so many through, and answer the others by 429.  [default: no limit, as 0]",
)
@number_option(
    "Weather", "--latency-ms", click.IntRange(0), default=0, told="Milliseconds until an answer."
)
@number_option(
    "Weather",
    "--churn",
    click.FloatRange(0, 100),
    default=0,
    told="Per cent of list requests before which a conversation comes, goes or changes.",
)
@number_option(
    "Weather",
    "--faults",
    click.FloatRange(0, 100),
    default=0,
    told="Per cent of list requests that go wrong in a way that passes.",
)
@number_option(
    "Place",
    "--port",
    click.IntRange(0, 65535),
    default=0,
    told="Where to listen on 127.0.0.1.  [default: a free one, as 0]",
)
def sandbox(**given: Any) -> None:
    """Serve a made-up account on this machine until stopped.

    Prints its address and the credentials it takes, one NAME=value a line, to be pasted into the
    environment. What `export` and `count` fill in for such an address fits without that, too.
    """
    from .sandbox import serve  # noqa: PLC0415 - only when it runs

    serve(**given)


@reamaze.command(
    short_help="Print the completion script of a shell.",
    epilog="""\b
Once for all later shells:
  bash:  reamaze completion bash >> ~/.bashrc
  zsh:   reamaze completion zsh >> ~/.zshrc
  fish:  reamaze completion fish > ~/.config/fish/completions/reamaze.fish""",
)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")
def completion(shell: str) -> None:
    """Print the completion script of SHELL: bash, zsh or fish."""
    made = get_completion_class(shell)
    assert made
    script = made(reamaze, {}, NAME, COMPLETE)
    click.echo(script.source_template % script.source_vars())
