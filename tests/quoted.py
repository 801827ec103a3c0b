"""The files that the README quotes: `python tests/quoted.py` writes them into it anew."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = ROOT / "README.md"
QUOTE = re.compile(r"<!-- (?P<file>\S+) -->\n```python\n(?P<text>.*?)```\n", re.DOTALL)


def quotes() -> dict[str, str]:
    """Each file that is quoted, and its text in the README."""
    return {found["file"]: found["text"] for found in QUOTE.finditer(README.read_text())}


def renewed(found: re.Match[str]) -> str:
    """A quote as its file is now."""
    return f"<!-- {found['file']} -->\n```python\n{(ROOT / found['file']).read_text()}```\n"


if __name__ == "__main__":
    README.write_text(QUOTE.sub(renewed, README.read_text()))
