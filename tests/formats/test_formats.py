"""Every format by the same laws, each file read back as a user would."""

import csv
import io
import json
import re
import sqlite3
import tracemalloc
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rows import CONVERSATIONS, READERS, ZSTD, Row, read_csv
from rows import TABLES as EACH

from reamaze_async import Conversation, ExportRefused, InvalidParameter, formats
from reamaze_async.formats import FORMATS, check_installed, convert, format_of, table_for, table_of
from reamaze_async.formats.csv import _NUMBER, _TELEPHONE, harmless
from reamaze_async.resources.conversations import SCHEMA
from reamaze_async.sandbox import World
from reamaze_async.wire.lenient import salvage
from reamaze_async.wire.values import utc_of

TABLES = ("csv", "parquet", "sqlite")
NEEDS = {"parquet": "pyarrow", "ndjson.zst": ZSTD}


class Through:
    """Through a format: lines in, rows out."""

    def __init__(self, format_: str, folder: Path) -> None:
        if format_ in NEEDS:
            pytest.importorskip(NEEDS[format_])
        self.format = format_
        self._folder = folder

    def __call__(self, lines: list[bytes]) -> list[Row]:
        path = self._folder / f"file.{self.format}"
        convert(lines, path, self.format, table=CONVERSATIONS)
        assert [path] == list(self._folder.iterdir())
        return READERS[self.format](path)


@pytest.fixture(params=READERS)
def through(request, tmp_path) -> Through:
    """Each format."""
    return Through(request.param, tmp_path)


@pytest.fixture(params=TABLES)
def table(request, tmp_path) -> Through:
    """Each format that has columns."""
    return Through(request.param, tmp_path)


def line(**fields: Any) -> bytes:
    """A conversation's JSON."""
    return json.dumps({"slug": "a"} | fields, ensure_ascii=False).encode()


# --- laws for all -----------------------------------------------------------------------------


def test_rows_lost_or_moved(through):
    """Every conversation is there, once, in order, with its own JSON."""
    lines = [item.encoded() for item in World(700, seed=3).conversations]
    lines = [line for line in lines if len(line) < 30_000]
    assert [row["raw"].encode() for row in through(lines)] == lines


def test_nothing_to_write(through):
    """An export of nothing is a file without rows, and no error."""
    assert through([]) == []


def test_unicode_damaged(through):
    """Every character comes back, also those that few can show."""
    subject = "\u0000é\u2028😀\U0010ffff\ufeff مرحبا \x7f"
    [row] = through([line(subject=subject)])
    assert json.loads(row["raw"])["subject"] == subject
    assert row.get("subject", subject) == subject


@pytest.mark.parametrize("subject", [r"\ud800", r"half \udc00 an emoji", r"\ud83d\ude00 whole"])
def test_half_an_emoji(through, subject):
    """A lone surrogate costs itself: in `raw` it stands as it came, elsewhere as U+FFFD."""
    text = b'{"slug":"a","subject":"%b","data":{"k":"%b"}}' % ((subject.encode(),) * 2)
    [row] = through([text])
    assert row["raw"].encode() == text
    mended = (
        json.loads(f'"{subject}"').encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    )
    assert row.get("subject", mended) == mended


@pytest.mark.parametrize("number", ["1e400", "-1e999", "9" * 5000, "1" * 400 + ".5"])
def test_number_beyond_all_bounds(through, number):
    """A number that no column can hold is null there, and whole in `raw`."""
    text = b'{"slug":"a","message_count":%b,"author":{"data":%b}}' % ((number.encode(),) * 2)
    [row] = through([text])
    assert row["raw"].encode() == text
    assert row.get("message_count") in (None, "")


def test_bytes_that_are_no_text(through):
    """Bad UTF-8 costs no row."""
    assert len(through([b'{"slug":"a","subject":"\xff"}', line(slug="b")])) == 2


def test_body_of_10_megabytes(through):
    """A huge body is whole."""
    body = "x" * 10_000_000
    [row] = through([line(message={"body": body})])
    if through.format != "csv":
        assert row.get("message", body) == body
        assert len(row["raw"]) > len(body)


def test_ended_by_what_it_reads(tmp_path):
    """What getting a line raises comes out as itself."""

    def lines() -> Iterator[bytes]:
        yield line()
        raise ZeroDivisionError

    for format_ in ("ndjson.gz", "csv", "sqlite"):
        with pytest.raises(ZeroDivisionError):
            convert(lines(), tmp_path / "file", format_, table=CONVERSATIONS)


@pytest.mark.slow
@pytest.mark.parametrize("format_", ["ndjson.gz", "csv", "parquet", "sqlite"])
def test_memory_grows_with_the_rows(tmp_path, format_):
    """100 MB of rows and JSON take a fraction of that in memory."""
    if format_ == "parquet":
        pytest.importorskip("pyarrow")
    body = line(message={"body": "x" * 20_000})
    convert([body], tmp_path / "first", format_, table=CONVERSATIONS)
    tracemalloc.start()
    bodies = (body.replace(b'"a"', b'"%d"' % n) for n in range(2500))
    convert(bodies, tmp_path / "file", format_, table=CONVERSATIONS)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 45e6


# --- laws for columns ---------------------------------------------------------------------------

NOBODY = '{"slug":"a"}'


def test_missing_or_null(table):
    """What is missing or null is null, and costs no row."""
    rows = table([NOBODY.encode(), line(**dict.fromkeys(FULL) | {"slug": "b"})])
    assert len(rows) == 2
    for row in rows:
        there = {name for name, value in row.items() if value not in (None, "", [])}
        assert there == {"slug", "raw"}


ODD = {
    "subject": 5,
    "status": "on hold",
    "created_at": "yesterday",
    "author": "somebody",
    "category": [],
    "tag_list": "one, two",
    "followers": {"id": 1},
    "readOnly": "no",
    "message": 0,
    "message_count": 2**70,
    "data": "none",
}


def test_one_odd_field(table):
    """A value of another kind than its column is text or null, and costs no row."""
    [row] = table([line(**ODD)])
    assert (row["subject"], row["slug"]) == ("5", "a")
    assert json.loads(row["raw"]) == {"slug": "a"} | ODD


FULL = {
    "slug": "full",
    "subject": "Where?",
    "display_subject": "Where?",
    "status": 5,
    "created_at": "2026-03-02T09:15:04.512-08:00",
    "updated_at": "2026-03-02T17:15:05Z",
    "hold_until": "2026-03-03T00:00:00",
    "origin": 1,
    "category": {"name": "Support", "slug": "support", "email": "s@acme.example", "channel": 1},
    "author": {"id": 812345678, "name": "Ana", "email": "ana@example.com", "mobile": "+1555"},
    "assignee": {"id": 7, "name": "Kim", "email": "kim@acme.example"},
    "tag_list": ["one", "two"],
    "followers": [{"id": 8, "name": "Bo", "email": None, "staff?": True}],
    "message_count": 3,
    "readOnly": False,
    "message": {"body": "Hello"},
    "last_customer_message": {"body": "News?", "created_at": "2026-03-02T17:15:06+00:00"},
    "last_staff_message": {"body": "Soon", "created_at": "2026-03-02T17:15:07+00:00"},
    "data": {"order": "1"},
}

COLUMNS = {
    "display_subject": "Where?",
    "subject": "Where?",
    "slug": "full",
    "url": None,
    "status": 5,
    "status_name": "on_hold",
    "created_at": datetime(2026, 3, 2, 17, 15, 4, 512000, tzinfo=UTC),
    "updated_at": datetime(2026, 3, 2, 17, 15, 5, tzinfo=UTC),
    "hold_until": datetime(2026, 3, 3, tzinfo=UTC),
    "origin": 1,
    "origin_name": "email",
    "channel": 1,
    "channel_name": "email",
    "category_slug": "support",
    "category_name": "Support",
    "category_email": "s@acme.example",
    "author_id": 812345678,
    "author_name": "Ana",
    "author_email": "ana@example.com",
    "author_mobile": "+1555",
    "assignee_id": 7,
    "assignee_name": "Kim",
    "assignee_email": "kim@acme.example",
    "tags": ("one", "two"),
    "followers": ((8, "Bo", None, True),),
    "message_count": 3,
    "read_only": False,
    "message": "Hello",
    "last_customer_message_at": datetime(2026, 3, 2, 17, 15, 6, tzinfo=UTC),
    "last_customer_message": "News?",
    "last_staff_message_at": datetime(2026, 3, 2, 17, 15, 7, tzinfo=UTC),
    "last_staff_message": "Soon",
    "data": '{"order":"1"}',
}


def test_column_mixed_up():
    """Every column holds what it says, in the documented order."""
    whole = json.dumps(FULL, separators=(",", ":")).encode()
    names = [column.name for column in CONVERSATIONS.columns]
    row = dict(zip(names, CONVERSATIONS.row(whole), strict=True))
    assert row == COLUMNS | {"raw": whole.decode()}
    assert names == list(row)


def test_columns_differ_with_the_rows(table):
    """The columns are the same whatever the rows hold."""
    names = list(table([NOBODY.encode()])[0])
    assert names == list(table([json.dumps(FULL).encode()])[0])
    assert len(names) == len(CONVERSATIONS.columns) - 2 * (table.format == "sqlite")


def test_times_are_no_times(table):
    """A time is one, in UTC: for Parquet as such, for SQLite's and spreadsheets' functions."""
    [row] = table([json.dumps(FULL).encode()])
    assert (
        row["created_at"]
        == {
            "csv": "2026-03-02 17:15:04.512",
            "parquet": COLUMNS["created_at"],
            "sqlite": "2026-03-02T17:15:04.512000Z",
        }[table.format]
    )


@given(st.recursive(st.none() | st.booleans() | st.floats() | st.text(), st.lists))
def test_any_value_anywhere(value):
    """Whatever stands in whatever field, there is a row."""
    for name in FULL:
        fields = FULL | {name: value}
        row = CONVERSATIONS.row(json.dumps(fields).encode())
        assert len(row) == len(CONVERSATIONS.columns)


SCALARS = [None, True, 0, 2.0, 2**63, -(2**63), 1.5, "", "7", "a@b", "2026-03-02T09:15:04"]
NAMES = ["id", "name", "email", "body", "created_at", "channel", "staff?"]
OBJECTS = [{name: value} for name in NAMES for value in SCALARS]
ANYTHING = [*SCALARS, *OBJECTS, [], SCALARS, OBJECTS]


@pytest.mark.parametrize("name", FULL)
def test_cell_that_depends_on_how_its_item_is_read(name):
    """An item that can't be decoded as a whole has the cells that it would have otherwise."""
    for value in ANYTHING:
        text = json.dumps(FULL | {name: value}).encode()
        garbled = text.removesuffix(b"}") + b', "unheard_of": NaN}'
        *cells, _ = CONVERSATIONS.row(text)
        assert CONVERSATIONS.row(garbled) == [*cells, garbled.decode()]


# --- one format's own ---------------------------------------------------------------------------

RUN = ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "=", "+1-2", "-", "@", "+", "--1"]
INSIDE = {
    "x;=1+1;y": "x;'=1+1;y",
    "\n=1+1": "'\n'=1+1",
    "\r\nhello": "'\r\nhello",
    "a\t@SUM(A1)": "a\t'@SUM(A1)",
    'a;"=1+1"': 'a;"\'=1+1"',
    "a|\uff1d1": "a|'\uff1d1",
    "Hi\n- one\n- two": "Hi\n'- one\n'- two",
    "-5;=1": "'-5;'=1",
}
SAFE = ["-5", "+15", "-1,234.50", "+1.5e-9", "-3%", "", "a=b", " =1", "'=1"]
SAFE += ["x;-5;y", "call\n+1 555 010 9999", "a,b;c", "Hi, - one"]
PHONES = ["+15550109999", "+1 (555) 010-9999", "+44 20 7946 0958", "+49-30-123456"]


def is_number(text: str) -> bool:
    """A plain number or telephone number, which no spreadsheet runs."""
    return bool(_NUMBER.fullmatch(text) or _TELEPHONE.fullmatch(text))


@pytest.mark.parametrize("text", RUN)
def test_formula_runs(text):
    """What a spreadsheet would run is prefixed."""
    assert harmless(text) == "'" + text


@pytest.mark.parametrize("text", [*SAFE, *PHONES])
def test_number_or_telephone_spoiled(text):
    """A plain number, a telephone number, and what isn't run stay as they are."""
    assert harmless(text) == text


@pytest.mark.parametrize(("text", "defused"), INSIDE.items())
def test_formula_runs_behind_a_separator(text, defused):
    """Whatever a spreadsheet separates by, no cell begins with what it runs."""
    assert harmless(text) == defused


@given(st.text(alphabet='=+-@ ;,|\t\r\n"ab1', max_size=30), st.sampled_from(";,|\t"))
def test_formula_runs_wherever_it_stands(text, separator):
    """Read back with any separator, no cell is a formula."""
    shown = harmless(text) or ""
    rows = csv.reader(io.StringIO(shown, newline=""), delimiter=separator)
    cells = [cell for row in rows for cell in row]
    if not is_number(text):
        assert not [c for c in cells if c[:1] in tuple("=+-@") and not is_number(c.strip(' "'))]


def test_long_runs_of_blanks():
    """Defusing takes a time that grows with the text alone."""
    assert harmless("\n" * 300_000 + " " * 300_000)


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_cell_longer_than_a_spreadsheet_holds(tmp_path, character):
    """It is cut with a mark, counted as spreadsheets count, and told; others are whole."""
    lines = [line(message={"body": character * 40_000}), line(slug="b", subject="x" * 32_767)]
    assert convert(lines, tmp_path / "x.csv", "csv", table=table_for(CONVERSATIONS, "csv")) == 1
    long, whole = read_csv(tmp_path / "x.csv")
    assert len(long["message"].encode("utf-16-le")) // 2 in (32_766, 32_767)
    assert long["message"].endswith("[cut: a spreadsheet holds no more]")
    assert len(whole["subject"]) == 32_767


def test_formula_in_any_cell(tmp_path):
    """No cell of a row begins with what a spreadsheet runs."""
    text = "=1+1"
    fields = {"subject": text, "slug": text, "tag_list": [text], "author": {"name": text}}
    convert(
        [line(**fields, followers=[{"email": text}])],
        tmp_path / "x.csv",
        "csv",
        table=CONVERSATIONS,
    )
    [row] = read_csv(tmp_path / "x.csv")
    assert not [cell for cell in row.values() if cell.startswith(tuple("=+-@\t"))]


def test_spreadsheet_reads_another_alphabet(tmp_path):
    """A byte order mark tells Excel that it is UTF-8, and line ends are CRLF."""
    convert([line()], tmp_path / "x.csv", "csv", table=CONVERSATIONS)
    assert (tmp_path / "x.csv").read_bytes().startswith(b"\xef\xbb\xbfdisplay_subject,subject,slug")
    assert (tmp_path / "x.csv").read_bytes().endswith(b"\r\n")


@pytest.fixture
def base(tmp_path):
    """A database of one full conversation and an empty one."""
    convert(
        [json.dumps(FULL).encode(), NOBODY.encode()],
        tmp_path / "x.sqlite",
        "sqlite",
        table=CONVERSATIONS,
    )
    with closing(sqlite3.connect(tmp_path / "x.sqlite")) as base:
        yield base


def test_lists_not_in_tables(base):
    """Tags and followers stand in tables of their own."""
    tags = base.execute("SELECT conversation, position, tag FROM tags").fetchall()
    assert tags == [("full", 0, "one"), ("full", 1, "two")]
    [follower] = base.execute("SELECT * FROM followers").fetchall()
    assert follower == ("full", 0, 8, "Bo", None, 1)


@pytest.mark.parametrize("table", ["conversations", "tags", "followers"])
def test_types_not_kept(base, table):
    """Tables are strict."""
    [(sql,)] = base.execute("SELECT sql FROM sqlite_master WHERE name = ?", (table,))
    assert re.search(r"\) STRICT", sql)


@pytest.mark.parametrize("column", ["slug", "created_at", "status"])
def test_slow_look_up(base, column):
    """What is asked for most has an index."""
    plan = base.execute(
        f"EXPLAIN QUERY PLAN SELECT * FROM conversations WHERE {column} = ?", ("x",)
    ).fetchall()
    assert "USING INDEX" in plan[0][3]


def test_slug_twice(base):
    """A slug is there once."""
    with pytest.raises(sqlite3.IntegrityError, match=r"UNIQUE .*slug"):
        base.execute("INSERT INTO conversations (slug, raw) VALUES ('full', '{}')")


def test_json_out_of_reach(base):
    """SQLite's own functions read `raw` and `data`, and understand the times."""
    question = "SELECT raw ->> '$.author.name', data ->> 'order', unixepoch(created_at)"
    answer = base.execute(f"{question} FROM conversations WHERE slug = 'full'").fetchone()
    assert answer == ("Ana", "1", 1772471704)


def test_journal_left_behind(base):
    """The file is all there is: no write-ahead log."""
    assert base.execute("PRAGMA journal_mode").fetchone()[0] == "delete"


def test_row_groups_without_bound(tmp_path):
    """Row groups are bounded in bytes, and packed by Zstandard."""
    parquet = pytest.importorskip("pyarrow.parquet")
    body = line(message={"body": "x" * 100_000})
    convert([body] * 300, tmp_path / "x.parquet", "parquet", table=CONVERSATIONS)
    facts = parquet.ParquetFile(tmp_path / "x.parquet").metadata
    assert facts.num_row_groups > 2
    assert facts.row_group(0).column(0).compression == "ZSTD"


def test_same_rows_other_bytes(tmp_path):
    """The same rows give the same gzip file, whenever it is made."""
    for name in ("a.gz", "b.gz"):
        convert([line()], tmp_path / name, "ndjson.gz", table=CONVERSATIONS)
    assert (tmp_path / "a.gz").read_bytes() == (tmp_path / "b.gz").read_bytes()


# --- which format -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "word", "format_"),
    [
        ("x.ndjson", None, "ndjson"),
        ("x.ndjson.gz", None, "ndjson.gz"),
        ("X.NDJSON.ZST", None, "ndjson.zst"),
        ("x.csv", None, "csv"),
        ("a/b.c/x.parquet", None, "parquet"),
        ("x.sqlite", None, "sqlite"),
        ("x.ndjson.gz", "ndjson", "ndjson.gz"),
        ("x.zst", "ndjson", "ndjson.zst"),
        ("x", "csv", "csv"),
        ("x.jsonl", None, "ndjson"),
        ("x.jsonl.gz", None, "ndjson.gz"),
        ("x.JSONL", "ndjson", "ndjson"),
        ("x.sqlite3", None, "sqlite"),
        ("x.db", "sqlite", "sqlite"),
    ],
)
def test_format_misread(name, word, format_):
    """The word given decides, else the ending."""
    assert format_of(name, word) == format_


@pytest.mark.parametrize(
    ("name", "word"),
    [("x", None), ("x.json", None), ("x.csv.gz", None), ("x.csv", "xml"), ("x", 5)],
)
def test_format_guessed(name, word):
    """An ending or a word that nobody knows is refused, and those that are known are named."""
    with pytest.raises(InvalidParameter, match=r"ndjson.*sqlite"):
        format_of(name, word)


@pytest.mark.parametrize(
    ("name", "word"),
    [("x.csv", "ndjson"), ("x.parquet", "csv"), ("x.db", "csv"), ("x.gz.csv", "ndjson")],
)
def test_format_that_the_ending_contradicts(name, word):
    """A name that says one thing and a word that says another are refused."""
    with pytest.raises(InvalidParameter, match="contradicts"):
        format_of(name, word)


@pytest.mark.parametrize(("format_", "extra"), [("parquet", "parquet"), ("ndjson.zst", "zstd")])
def test_extra_missing(monkeypatch, format_, extra):
    """What isn't installed is named beforehand."""
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    with pytest.raises(ExportRefused, match=rf"pip install 'reamaze-async\[{extra}\]'"):
        check_installed(Path("x"), format_)


def test_needless_extra(monkeypatch):
    """The other formats need nothing."""
    monkeypatch.setattr(formats, "find_spec", lambda _: None)
    for format_ in set(FORMATS) - {"parquet", "ndjson.zst"}:
        check_installed(Path("x"), format_)


# --- chosen columns -----------------------------------------------------------------------------


@pytest.mark.parametrize("names", [["subject"], ["raw", "slug"], ["tags", "status_name", "url"]])
def test_columns_that_nobody_asked_for(tmp_path, table, names):
    """Those that were named, in their order; SQLite keeps the key too, and tags in their table."""
    chosen = table_for(CONVERSATIONS, table.format, names)
    convert([json.dumps(FULL).encode()], tmp_path / "x", table.format, table=chosen)
    [row] = READERS[table.format](tmp_path / "x")
    if table.format == "sqlite":
        names = [*([] if "slug" in names else ["slug"]), *names]
        names = [name for name in names if name != "tags"]
    assert list(row) == names


def test_raw_column_that_nobody_asked_for(tmp_path):
    """A CSV has no `raw` unless it is asked for."""
    convert([line()], tmp_path / "x.csv", "csv", table=table_for(CONVERSATIONS, "csv"))
    assert list(read_csv(tmp_path / "x.csv")[0])[-1] == "data"


@pytest.mark.parametrize(
    ("format_", "names", "said"),
    [
        ("csv", ["slg"], "is no column: use some of"),
        ("csv", ["slug", "slug"], "named twice"),
        ("csv", [], "at least one"),
        ("ndjson", ["slug"], "as it came"),
        ("ndjson.gz", ["slug"], "as it came"),
    ],
)
def test_columns_that_can_not_be_had(format_, names, said):
    """They are refused, naming what there is."""
    with pytest.raises(InvalidParameter, match=said):
        table_for(CONVERSATIONS, format_, names)


@pytest.mark.parametrize(
    ("home", "url"),
    [
        ("https://acme.reamaze.io", "https://acme.reamaze.com/admin/conversations/a%2Fb"),
        ("https://help.acme.com", "https://help.acme.com/admin/conversations/a%2Fb"),
    ],
)
def test_page_for_staff(tmp_path, home, url):
    """Each row leads to its page, without the secret that a `perma_url` holds."""
    convert([line(slug="a/b")], tmp_path / "x.csv", "csv", table=table_of(SCHEMA, home=home))
    assert read_csv(tmp_path / "x.csv")[0]["url"] == url


# --- bad items ----------------------------------------------------------------------------------

DEEP = b"[" * 600 + b"]" * 600
BAD = {
    "deep": b'{"slug":"a","message_count":1e400,"unknown":' + DEEP + b"}",
    "deep subject": b'{"slug":"a","subject":' + DEEP + b',"message_count":1e400}',
    "deeper": b'{"slug":"a","data":' + b"[" * 5000 + b"]" * 5000 + b"}",
    "no key": b'{"subject":"lost"}',
    "null key": b'{"slug":null,"tag_list":["x"],"followers":[{"id":1}]}',
    "NaN": b'{"slug":"a","data":{"score":NaN}}',
    "control": b'{"slug":"a","subject":"a\x01b"}',
    "a number": b"5",
    "null": b"null",
}


@pytest.mark.parametrize("bad", BAD)
def test_bad_item_costs_its_neighbours(through, bad):
    """Whatever is wrong with an item, it has its row, its JSON, and good neighbours."""
    rows = through([line(slug="before"), BAD[bad], line(slug="behind")])
    assert [row["raw"] for row in rows] == [
        '{"slug": "before"}', BAD[bad].decode(), '{"slug": "behind"}'
    ]  # fmt: skip


def test_two_items_with_one_key(through):
    """Two different items that share a key are two rows."""
    rows = through([line(subject="x", tag_list=["t"]), line(subject="y", tag_list=["t"]), line()])
    assert [json.loads(row["raw"]).get("subject") for row in rows] == ["x", "y", None]


ODD_VALUES = [
    ("created_at", 1767225600),
    ("created_at", " 2026-03-02T09:15:04.123456789-08:00 "),
    ("hold_until", "9999-12-31T23:59:59-08:00"),
    ("updated_at", "0001-01-01T00:00:00"),
    ("readOnly", "true"),
    ("readOnly", 2),
    ("status", 2.0),
    ("status", "1_0"),
    ("message_count", "٣"),
]


@pytest.mark.parametrize(("name", "value"), ODD_VALUES)
def test_column_that_disagrees_with_the_model(name, value):
    """A column and a model read one and the same JSON alike, or neither reads it."""
    column = {"readOnly": "read_only"}.get(name, name)
    place = [each.name for each in CONVERSATIONS.columns].index(column)
    cell = CONVERSATIONS.row(line(**{name: value}))[place]
    model = getattr(salvage({"slug": "a", name: value}, Conversation), column)
    assert cell == (utc_of(model) if isinstance(model, datetime) else model)


@pytest.mark.parametrize(
    ("part", "value", "field"),
    [
        ("assignee", "kim@acme.example", "email"),
        ("assignee", "Kim", "name"),
        ("author", "kim@acme.example", "email"),
        ("message", "Where is it?", "body"),
        ("category", "support", "name"),
    ],
)
def test_plain_text_that_a_column_forgets(part, value, field):
    """A text in place of an object says in a column what it says in a model."""
    row = CONVERSATIONS.row(line(**{part: value}))
    name = part if field == "body" else f"{part}_{field}"
    cell = row[[each.name for each in CONVERSATIONS.columns].index(name)]
    model = getattr(salvage({"slug": "a", part: value}, Conversation), part)
    assert cell == getattr(model, field, None)


@pytest.mark.parametrize(
    ("table", "column", "given", "told"),
    [
        (
            "conversations",
            "followers",
            ["a@b.example", " ", 5],
            [(None, None, "a@b.example", None)],
        ),
        ("messages", "recipients", ["a@b.example", {}], [(None, "a@b.example"), (None, None)]),
        ("contacts", "notes", [{"creator": "Kim"}], [(None, None, None, None, "Kim", None)]),
        ("messages", "attachments", ["https://a.example/x"], []),
    ],
)
def test_plain_text_that_a_table_forgets(table, column, given, told):
    """A text in place of a person is a person in a list, too, as in a model."""
    names = [each.name for each in EACH[table].columns]
    row = EACH[table].row(json.dumps({"slug": "a", "body": "b", column: given}).encode())
    assert row[names.index(column)] == tuple(told)
