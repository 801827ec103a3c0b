"""Remedies: what to do about an error, by a key that each face words for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Remedy = Literal[
    "ask-alike",
    "change-values",
    "check-access",
    "check-host",
    "check-id",
    "check-incidents",
    "check-login",
    "check-network",
    "check-origin",
    "check-reports",
    "check-shared-limit",
    "fewer-at-once",
    "force-or-rename",
    "go-on",
    "larger-response",
    "list-again",
    "list-otherwise",
    "look-at-it",
    "look-at-item",
    "look-first",
    "look-for-origin",
    "longer-deadline",
    "longer-timeout",
    "mend-and-export",
    "mend-and-sync",
    "read-each",
    "see-reference",
    "start-over",
    "trust-certificate",
    "try-later",
    "web-page",
]

_WRONG_LOGIN = (
    "A wrong login email or API token is answered so too: check them first, "
    "then whether this user's role"
)

REMEDIES: Mapping[Remedy, str] = {
    "ask-alike": "Ask for the same again to go on with it, or start over by `restart=True`.",
    "change-values": "Correct the values and send them again.",
    "check-access": f"{_WRONG_LOGIN} may do this.",
    "check-host": "Try again; if it stays so, check that the brand or `base_url` names a Re:amaze "
    "host.",
    "check-id": "Check the slug or id; if every request fails so, check the brand.",
    "check-incidents": f"{_WRONG_LOGIN} has the permission manage_incidents.",
    "check-login": "Check the brand, the login email and the API token "
    "(Settings > Developer > API Token).",
    "check-network": "Check the network and the brand's host, then try again.",
    "check-origin": "It was not followed, to keep the credentials here: check the brand or "
    "`base_url`.",
    "check-reports": f"{_WRONG_LOGIN} has the permission access_reports.",
    "check-shared-limit": "Nothing is sent until it is back: check that it runs and can be reached "
    "from here, or allow a longer `Retry(deadline=...)`.",
    "fewer-at-once": "Other requests of this session took all its turns: ask for fewer at once, or "
    "allow more `concurrency` or a longer `Retry(deadline=...)`.",
    "force-or-rename": "Name another file, or replace it (`force=True`).",
    "go-on": "Run the same export again to go on, and let nothing else write to its files.",
    "larger-response": "If it may be so large, give the session a larger `max_response`.",
    "list-again": "Everything that came was handed out. To find the rest, list again with "
    "drift='verify', or at a quieter time.",
    "list-otherwise": "Everything that came was handed out. To find the rest, list again at a "
    "quieter time, or ask for it by another filter.",
    "look-at-item": "Everything that came was handed out. `session.request()` hands out what came, "
    "to look at or to report.",
    "look-at-it": "`session.request()` hands out what came, to look at or to report.",
    "look-first": "It may have been done all the same, so it was not sent again: look before you "
    "send it again.",
    "look-for-origin": "It may have been done all the same, so it was not sent again: look for "
    "origin_id={origin_id} before you send it again.",
    "longer-deadline": "The rate limit is reached: try again {when}, or allow a longer "
    "`Retry(deadline=...)`.",
    "longer-timeout": "Try again, or give the session a longer `timeout`.",
    "mend-and-export": "What was written is kept: mend that, and run the same export again.",
    "mend-and-sync": "What was written is kept: mend that, and sync again.",
    "read-each": "Everything that came was handed out. To find the rest, read these threads by "
    'themselves: way="each".',
    "see-reference": "See the Re:amaze API reference for what this status means here.",
    "start-over": "Start over by `restart=True`.",
    "trust-certificate": "If a proxy or firewall between here and Re:amaze signs with a "
    "certificate of its own, let SSL_CERT_FILE name the file with that; else check this machine's "
    "clock and its certificates.",
    "try-later": "The trouble is on the server's side: try again later.",
    "web-page": "The answer is a web page, as proxies and firewalls send: check what stands "
    "between here and Re:amaze, and whether it lets this machine through. The login may well be "
    "right.",
}
"""What to do, in Python's words. Another face has a table of its own with the same keys."""
