"""`python -m benchmarks [NAME [OPTION...]]`: all benchmarks one after the other, or one of them."""

import platform
import sys
from importlib import import_module
from importlib.metadata import version
from pathlib import Path

HERE = Path(__file__).parent
NAMES = sorted(path.stem.removeprefix("bench_") for path in HERE.glob("bench_*.py"))


def main() -> int:
    """Run them."""
    wanted, *options = sys.argv[1:] or [None]
    if wanted not in {None, *NAMES}:
        print(f"{wanted} is unknown; there are {', '.join(NAMES)}", file=sys.stderr)
        return 2
    packages = ", ".join(f"{name} {version(name)}" for name in ("aiohttp", "msgspec", "anyio"))
    print(f"Python {platform.python_version()}, {platform.machine()}, {packages}")
    for name in [wanted] if wanted else NAMES:
        print(f"\n=== {name}", flush=True)
        sys.argv = [name, *options]
        import_module(f"benchmarks.bench_{name}").main()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
