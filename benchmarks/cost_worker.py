"""Runs contenders in processes forked from a warm one: `python -m benchmarks.cost_worker`.

Reads jobs from standard input, a line of JSON each, and answers each with a line. Under valgrind
it is this process's children whose instructions are counted.
"""

import asyncio
import gc
import json
import os
import sys
import time
from typing import Any

from .contenders import CONTENDERS, Job


def run(name: str, job: Job, *, uvloop: bool = False) -> int:
    """Let a contender read a list."""
    contender = CONTENDERS[name][0]

    async def wait() -> int:
        done = contender(job)
        return done if isinstance(done, int) else await done

    if not asyncio.iscoroutinefunction(contender):
        done = contender(job)
        assert isinstance(done, int)
        return done
    if uvloop:
        import uvloop as fast

        with asyncio.Runner(loop_factory=fast.new_event_loop) as runner:
            return runner.run(wait())
    return asyncio.run(wait())


def in_a_child(task: dict[str, Any]) -> dict[str, Any]:
    """Run one job in a forked process; its id, the number of items, its CPU seconds."""
    here, there = os.pipe()
    child = os.fork()
    if not child:
        os.close(here)
        gc.collect()
        began = time.process_time()
        found = run(task["name"], Job(**task["job"]), uvloop=task["uvloop"])
        spent = time.process_time() - began
        os.write(there, json.dumps({"items": found, "seconds": spent}).encode())
        os._exit(0)
    os.close(there)
    with os.fdopen(here) as pipe:
        told = pipe.read()
    os.waitpid(child, 0)
    return {"pid": child, **(json.loads(told) if told else {"items": 0, "seconds": 0.0})}


def main() -> None:
    """Warm up and serve jobs, until standard input ends."""
    warm: set[tuple[str, bool]] = set()
    for line in sys.stdin:
        task = json.loads(line)
        if (which := (task["name"], task["uvloop"])) not in warm:
            warm.add(which)
            run(task["name"], Job(**task["warming"]), uvloop=task["uvloop"])
        print(json.dumps(in_a_child(task)), flush=True)


if __name__ == "__main__":
    main()
