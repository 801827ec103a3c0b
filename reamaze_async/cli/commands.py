"""The commands: names, options and help. Their code is imported when they run."""

from __future__ import annotations

import shlex
from typing import Any

import click
from click.shell_completion import get_completion_class

from reamaze_async._version import __version__
from reamaze_async.resources import NAMES

from . import options
from .conditions import (
    ALL,
    THREADS,
    ResourceCommand,
    of_an_export,
    of_its_getter,
    of_its_list,
    of_its_list_by_change,
    resource,
)
from .errors import report
from .options import Command, number_option, option

NAME = "reamaze"
COMPLETE = "_REAMAZE_COMPLETE"
EXPORTED = (*NAMES, THREADS, ALL)
FORMATS = ("ndjson", "ndjson.gz", "ndjson.zst", "csv", "parquet", "sqlite")
MOST = 10**7
"""The largest numbers of a made-up world: it is held in memory."""


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
    """Export, sync and count what a Re:amaze helpdesk holds."""


@reamaze.command(
    cls=ResourceCommand,
    asks=of_an_export,
    names=EXPORTED,
    short_help="Export conversations, messages, ..., or all of it.",
    epilog="""\b
Examples:
  reamaze export conversations -o all.ndjson.gz
  reamaze export conversations --filter open --tag vip -o vip.csv
  reamaze export conversations -o - | jq -r .subject
  reamaze export messages --conversation where-is-my-order -o thread.ndjson
  reamaze export contacts --type email -o contacts.csv
  reamaze export threads --filter open -o threads.ndjson
  reamaze export all -o account.sqlite
  reamaze export conversations --sandbox -o try.ndjson

The same command goes on with an export that was interrupted, killed or cut off: what it has
written is kept in FILE.part.

Exit status: 0 done, 1 failed, 2 wrong usage, 129 hung up, 130 interrupted,
143 terminated.""",
)
@resource(names=EXPORTED)
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
@options.account
@options.pace
@option(
    "Care",
    "--verify",
    is_flag=True,
    help="Read the list again until nothing can have slipped through: twice the requests.",
)
@options.allow_incomplete
@option(
    "Care",
    "--dry-run",
    is_flag=True,
    help="Only tell how many and how long: one request, of all one for each resource.",
)
@options.quiet
@click.pass_context
def export(ctx: click.Context, /, **given: Any) -> int:
    """Export all of a RESOURCE to a file, once each, in order; or everything there is.

    RESOURCE is conversations, messages, contacts, channels, articles, response-templates, staff,
    satisfaction-ratings, incidents or systems; each has conditions of its own, which its help
    tells: reamaze export messages --help. Or it is threads, which are conversations with their
    messages, as NDJSON. Or it is all, and FILE a folder, for a file each, or a
    database.
    """
    from . import arguments, count, export, export_all  # noqa: PLC0415 - only when it runs

    if given["resource"] == ALL:
        everything = arguments.account_arguments(_typed(ctx), given)
        if everything.dry_run:
            count.print_estimate_of_all(everything)
            return 0
        return export_all.ExportAll(everything).perform()
    wanted = arguments.export_arguments(_typed(ctx), given)
    if wanted.dry_run:
        count.print_estimate(wanted)
        return 0
    kind = export.ExportThreads if wanted.resource == THREADS else export.Export
    return kind(wanted).perform()


@reamaze.command(
    cls=ResourceCommand,
    asks=of_its_list_by_change,
    short_help="Keep a SQLite file like the list of conversations, messages, ...",
    epilog="""\b
Examples:
  reamaze sync conversations -o all.sqlite
  reamaze sync messages -o all.sqlite
  reamaze sync conversations --filter open -o open.sqlite
As a line of cron's, every minute:
  * * * * *  reamaze sync conversations -o all.sqlite --quiet --unless-running

The first run exports, later ones take in what has changed since: a request if that is little.
What has left the list is looked for when the counts differ. A sync may be killed at any time; the
next one goes on. Whoever reads FILE meanwhile sees whole rows. One FILE may hold several resources.

The API tells which contacts and messages are new, not which have changed. Deleted messages go with
their conversation. Ratings are asked for by their latest change. The rest is read whole each time.

Exit status: 0 done, 1 failed, 2 wrong usage, 129 hung up, 130 interrupted,
143 terminated.""",
)
@resource()
@options.output(
    "The database, ending in .sqlite. It follows one list of a resource for good: other filters, "
    "another file."
)
@options.summary
@options.account
@options.pace
@option(
    "File",
    "--feed",
    is_flag=True,
    help="Tell in the table feed which conversations have changed or gone, from now on.",
)
@option(
    "Care",
    "--reconcile",
    is_flag=True,
    help="Read the whole list now, whether it seems due or not.",
)
@number_option(
    "Care",
    "--reconcile-after",
    options.NumberRange(min=0),
    default=7.0,
    metavar="DAYS",
    told="Read the whole list if that is so long ago.",
)
@option(
    "Care",
    "--unless-running",
    is_flag=True,
    help="If another process is syncing this RESOURCE to FILE, leave it to that one: exit status 0."
    " The sync of another one is waited for.",
)
@options.allow_incomplete
@options.quiet
@click.pass_context
def sync(ctx: click.Context, /, **given: Any) -> int:
    """Keep a database like the list of a RESOURCE.

    Each has conditions of its own: reamaze sync messages --help.
    """
    from . import arguments, sync  # noqa: PLC0415 - only when it runs

    return sync.Sync(arguments.sync_arguments(_typed(ctx), given)).perform()


def _typed(ctx: click.Context) -> str:
    """The command that goes on with this one, as it can be typed; no secret is part of it."""
    words = [options.without_password(word) for word in ctx.obj or () if word != "--restart"]
    return shlex.join([*(ctx.find_root().info_name or NAME).split(), *words])


@reamaze.command(
    cls=ResourceCommand,
    asks=of_its_list,
    short_help="Print how many there are.",
    epilog="""\b
Examples:
  reamaze count --filter open
  reamaze count messages --filter staff --start-date 2026-01-01""",
)
@resource(default="conversations")
@options.account
@options.redis
@options.attempt
@options.verbose
def count(**given: Any) -> None:
    """Print how many of a RESOURCE there are, conversations unless said: one request.

    Each resource has conditions of its own: reamaze count messages --help.
    """
    from . import count  # noqa: PLC0415 - only when it runs

    count.count(given)


@reamaze.command(
    cls=ResourceCommand,
    asks=of_its_getter,
    short_help="Print one conversation, contact, article, ...",
    epilog="""\b
Example:
  reamaze get conversations where-is-my-order | jq .status
  reamaze get contacts +15551234567 --identifier-type mobile""",
)
@resource()
@click.argument("key", metavar="KEY")
@options.account
@options.redis
@options.attempt
@options.verbose
def get(**given: Any) -> None:
    """Print one of a RESOURCE by its KEY, as it came: one request.

    RESOURCE is conversations, channels or articles (by slug), contacts (by email), or
    response-templates or incidents (by id).
    """
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
    "World", "--conversations", click.IntRange(0, MOST), default=500, told="How many there are."
)
@number_option(
    "World",
    "--contacts",
    click.IntRange(0, MOST),
    default=None,
    told="How many contacts.  [default: those who write, and a few more]",
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
    "Weather",
    "--latency-ms",
    click.IntRange(0, MOST),
    default=0,
    told="Milliseconds until an answer.",
)
@number_option(
    "Weather",
    "--churn",
    options.NumberRange(0, 100),
    default=0,
    told="Per cent of list requests before which a conversation comes, goes or changes.",
)
@number_option(
    "Weather",
    "--faults",
    options.NumberRange(0, 100),
    default=0,
    told="Per cent of list requests that go wrong in a way that passes.",
)
@option(
    "Weather",
    "--deny",
    multiple=True,
    metavar="WORD",
    help="Answer 403 for this resource (messages), permission (access_reports) or operation "
    "('POST messages'); may be repeated.",
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
