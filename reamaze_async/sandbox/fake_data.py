"""Made-up people, channels and text, drawn from the luck that is passed in."""

import re
from collections.abc import Sequence
from random import Random
from typing import Literal

from reamaze_async.sandbox.encoding import JSON
from reamaze_async.sandbox.entities import CHAT, EMAIL, Channel, User

Size = Literal["small", "normal", "large"]

FIRST = (
    "Ana", "Bo", "Chiara", "Dmitri", "Elif", "Fatima", "Gustav", "Hana", "Imani", "João", "Keiko",
    "Liam", "Mónica", "Noor", "Oluwaseun", "Priya", "Quentin", "Rosa", "Søren", "Tomáš", "Ülkü",
    "Věra", "Wei", "Ximena", "Yusuf", "Zoë", "נועה", "علي", "美咲",
)  # fmt: skip
LAST = (
    "Silva", "O'Neill", "García", "Nguyễn", "Schmidt", "Kowalski", "Okafor", "Patel", "Öztürk",
    "Ivanova", "Smith-Jones", "da Costa", "Łukasik", "Tanaka", "Haddad", "Møller", "d'Angelo",
)  # fmt: skip
STAFF = ("Robin Vale", "Sam Ortiz", "Kim Larsen", "Toni Abe", "Jo Brandt", "Lou Medina")
THINGS = (
    "parcel", "blue kettle", "order", "refund", "invoice", "subscription", "gift card", "size 42",
    "café set", "login", "return label", "10% voucher", "wool & silk scarf", "password",
)  # fmt: skip
SUBJECTS = (
    "Where is my {}?", "{} never arrived", "Re: {}", "Question about {}", "Broken {}",
    "{} - urgent!!", "Cancel {}", "Can I change {}?", "Fwd: FW: {}", "Thank you for the {}",
    "<{}> does not open", "{} 🎁", "¿Dónde está {}?", "Problem with {} (again)", "שאלה על {}",
)  # fmt: skip
SENTENCES = (
    "Hello, my order has not come yet.",
    "I ordered the <b>blue</b> one &amp; got the red one.",
    "Any news? 🙏",
    "The tracking page says &quot;delivered&quot; since Monday.",
    "Please send it to my new address.",
    "<p>Sent from my phone</p>",
    "Don&#39;t worry, it is not urgent.",
    "מתי זה יגיע?",
    "شكرا جزيلا",
    "It cost 1 < 2 & more than I hoped.",
    "Line one\r\nline two\r\n",
    "お返事をお待ちしております。",
    "Could you also tell me how to wash it at 30°?",
    "I have attached the receipt, with the number on it.",
    "&nbsp;&nbsp;Kind regards",
)
TAGS = (
    "shipping",
    "VIP",
    "refund",
    "returns",
    "wholesale",
    "Überfällig",
    "follow up",
    "bug",
    "B2B",
)
HUGE = 100_000

_NOT_WORD = re.compile(r"[^a-z0-9]+")


OPENED = 1_546_333_200_000
"""When the brand's channels were made: on 1 January 2019."""


def channels(brand: str, created: int = OPENED) -> tuple[Channel, ...]:
    """The brand's channels: three for mail, one of each other kind that matters."""
    rows = (
        ("Support", "support", EMAIL, 1, f"support@{brand}.reamaze.com"),
        ("Wholesale & B2B", "wholesale-b2b", EMAIL, 1, f"b2b@{brand}.reamaze.com"),
        ("Live chat", "live-chat", CHAT, 0, None),
        ("Instagram", "instagram", 8, 8, ""),
        ("SMS", "sms", 9, 9, None),
        ("Contact form", "contact-form", EMAIL, 17, f"form@{brand}.reamaze.com"),
    )
    return tuple(Channel(*row, 4711 + n, created, brand) for n, row in enumerate(rows))


def staff(brand: str, count: int = len(STAFF)) -> tuple[User, ...]:
    """The people who answer: the well-known ones first."""
    return tuple(_member(number, brand) for number in range(count))


def _member(number: int, brand: str) -> User:
    name, local = STAFF[number % len(STAFF)], ""
    if number >= len(STAFF):
        name = f"{FIRST[number % len(FIRST)]} {LAST[number % len(LAST)]}"
        local = f".{number}"
    first = slugify(name.split()[0]) or "staff"
    return User(900_000_001 + number, name, f"{first}{local}@{brand}.example", is_staff=True)


def customer(number: int) -> User:
    """The customer with this number, the same one every time; some lack a name or an email."""
    name = f"{FIRST[number % len(FIRST)]} {LAST[number // 3 % len(LAST)]}"
    number_id = 810_000_000 + number
    own_id = f"cust-{number}" if number % 11 == 3 else None
    if number % 19 == 7:
        return User(number_id, None, None, None, mobile=f"+1555{number:07}", own_id=own_id)
    if number % 23 == 5:
        return User(number_id, name, None, {}, instagram=f"user_{number}", own_id=own_id)
    local = slugify(name) or "customer"
    datas: tuple[JSON | str | None, ...] = (None, {}, "", {"plan": "gold", "Total spent": None})
    email = f"{local}.{number}@example.com"
    return User(number_id, name, email, datas[number % 4], own_id=own_id)


def slugify(text: str) -> str:
    """Lower case, hyphens between the words; may come out empty."""
    return _NOT_WORD.sub("-", text.lower()).strip("-")


def subject(luck: float, other: float) -> str:
    """One subject for two numbers from 0 to 1."""
    return _pick(SUBJECTS, luck).format(_pick(THINGS, other))


def tags(luck: float) -> tuple[str, ...]:
    """None for two in five, then one, seldom two."""
    if luck < 0.4:
        return ()
    first = _pick(TAGS, luck * 7 % 1)
    second = _pick(TAGS, luck * 31 % 1)
    return (first,) if luck < 0.85 or first == second else (first, second)


def body(random: Random, size: Size) -> str:
    """A message's text: HTML, entities, emoji, CRLF and right-to-left script among it."""
    if size == "small":
        return random.choice(SENTENCES)[:20]
    count = random.randint(1, 2) if size == "normal" else random.randint(26, 38)
    return " ".join(random.choices(SENTENCES, k=count))


def huge_body(random: Random) -> str:
    """A body of about 100 KB, as a forwarded thread makes one."""
    line = body(random, "large") + "\r\n&gt; "
    return line * (HUGE // len(line.encode()) + 1)


def _pick(choices: Sequence[str], luck: float) -> str:
    return choices[int(luck * len(choices)) % len(choices)]
