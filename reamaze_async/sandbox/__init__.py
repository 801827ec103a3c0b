"""A stand-in for the Re:amaze API: a real HTTP server on loopback over a made-up world.

It is written from the public facts about the API and shares no code with the client.
"""

from reamaze_async.sandbox.churn import Churn
from reamaze_async.sandbox.contact import Contact
from reamaze_async.sandbox.conversation import Conversation
from reamaze_async.sandbox.entities import Channel, User
from reamaze_async.sandbox.fake_data import Size
from reamaze_async.sandbox.faults import Fault
from reamaze_async.sandbox.flaws import Flaw
from reamaze_async.sandbox.library import Article, ResponseTemplate
from reamaze_async.sandbox.limits import Limit
from reamaze_async.sandbox.message import Message
from reamaze_async.sandbox.rating import Rating
from reamaze_async.sandbox.records import Hold, Request
from reamaze_async.sandbox.responses import Answer
from reamaze_async.sandbox.rules import Habits, Query
from reamaze_async.sandbox.server import Sandbox
from reamaze_async.sandbox.staff import StaffMember
from reamaze_async.sandbox.status_page import Incident, System
from reamaze_async.sandbox.store import Change
from reamaze_async.sandbox.world import World

__all__ = [
    "Answer",
    "Article",
    "Change",
    "Channel",
    "Churn",
    "Contact",
    "Conversation",
    "Fault",
    "Flaw",
    "Habits",
    "Hold",
    "Incident",
    "Limit",
    "Message",
    "Query",
    "Rating",
    "Request",
    "ResponseTemplate",
    "Sandbox",
    "Size",
    "StaffMember",
    "System",
    "User",
    "World",
]
