"""`python -m benchmarks [NAME...]`: all benchmarks, or those named, one after the other."""

import platform
import runpy
import sys
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main() -> int:
    """Run them."""
    names = sys.argv[1:] or NAMES
    if unknown := [name for name in names if name not in NAMES]:
        print(f"unknown: {', '.join(unknown)}; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "msgspec", "anyio"))
    print(f"Python {platform.python_version()}, {platform.machine()}, {packages}")
    for name in names:
        print(f"\n=== {name}", flush=True)
        sys.argv = [name]
        runpy.run_module(f"benchmarks.bench_{name}", run_name="__main__")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
