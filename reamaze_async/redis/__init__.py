"""One limit for many processes and machines, through Redis or Valkey (extra `[redis]`).

Two ideas hold everything together:

* **The log.** Redis keeps one log for each key: which request began, how it ended, when by Redis's
  own clock. Each process reads it and replays it into a throttle of its own (`replica`), the same
  code that limits a single process. So whatever one learns all know, and Redis knows nothing of
  limits.
* **The script.** One atomic script (`log.lua`) appends to the log. A request begins only if nothing
  that its process hasn't read yet could speak against it; else the script answers with what is
  new, and the process decides again.
"""

from .limit import RedisLimit

__all__ = ["RedisLimit"]
