"""A warehouse that dlt loads, and what it holds."""

from pathlib import Path
from typing import Any

from reamaze_async.sandbox import Request, Sandbox


class Warehouse:
    """A pipeline that is run again and again.

    Attributes:
        asked: the requests of the latest run.
    """

    def __init__(self, sandbox: Sandbox, folder: Path, destination: Any = None) -> None:
        import dlt

        self.sandbox = sandbox
        self.asked: list[Request] = []
        self.pipeline = dlt.pipeline(
            "helpdesk",
            destination=destination or dlt.destinations.duckdb(str(folder / "warehouse.duckdb")),
            dataset_name="support",
            pipelines_dir=str(folder / "pipelines"),
        )

    def source(self, *names: str, **options: Any) -> Any:
        """The source; of conversations alone unless others are named."""
        from reamaze_async.dlt import reamaze

        account = {name: getattr(self.sandbox, name) for name in ("brand", "email", "token")}
        here = {"base_url": self.sandbox.base_url, "resources": names or ("conversations",)}
        return reamaze(**{**account, **here, **options})

    def run(self, *names: str, **options: Any) -> None:
        """Run it."""
        before = len(self.sandbox.requests)
        try:
            self.pipeline.run(self.source(*names, **options))
        finally:
            self.asked = self.sandbox.requests[before:]

    def ask(self, question: str) -> list[Any]:
        """Ask the warehouse."""
        with self.pipeline.sql_client() as client:
            return [tuple(row) for row in client.execute_sql(question) or ()]

    @property
    def rows(self) -> list[str]:
        """The conversations, each as it was sent."""
        return [raw for (raw,) in self.ask("SELECT raw FROM conversations ORDER BY slug")]

    @property
    def truth(self) -> list[str]:
        """The same of the world."""
        there = sorted(self.sandbox.conversations, key=lambda found: found.slug)
        return [found.encoded().decode() for found in there]
