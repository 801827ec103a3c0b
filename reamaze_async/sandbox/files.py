"""Attached files: where they are, and what is in them.

That plain requests get them is seen; everything about their addresses is a guess.
"""

from dataclasses import dataclass

FOLDER = "/attachments/"
"""Where the sandbox serves them, without any login."""

KINDS = (
    ("receipt.pdf", "application/pdf"),
    ("photo 1.jpg", "image/jpeg"),
    ("label.png", "image/png"),
)
"""Names of files that are made up, and their types."""

TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
}
"""What a name's ending tells of a file."""

LARGEST = 300_000


@dataclass(slots=True)
class Files:
    """The place of all files that are made up.

    Attributes:
        base: The address before `/attachments/`: the sandbox's own as soon as it has one.
    """

    base: str = "https://files.reamaze.example"

    def url(self, message: int, name: str) -> str:
        """The address of a message's file."""
        return f"{self.base}{FOLDER}{message}/{name.replace(' ', '%20')}"


def size_of(luck: int) -> int:
    """How many bytes a file has that is made up."""
    return 1 + luck % LARGEST


def content(luck: int) -> bytes:
    """What is in it: the same bytes at each request."""
    line = b"%x\r\n" % luck
    size = size_of(luck)
    return (line * (size // len(line) + 1))[:size]
