"""A source for dlt: what a helpdesk holds, kept in a warehouse at the cost of what has changed.

    import dlt
    from reamaze_async.dlt import reamaze

    pipeline = dlt.pipeline("helpdesk", destination="duckdb", dataset_name="support")
    pipeline.run(reamaze(), loader_file_format="parquet")

Needs `pip install 'reamaze-async[dlt]'`, and dlt's own extra for the destination.
"""

from importlib.util import find_spec

# A folder of that name is found as well, and isn't it.
if getattr(find_spec("dlt"), "origin", None) is None:
    raise ModuleNotFoundError(
        "reamaze_async.dlt needs dlt: pip install 'reamaze-async[dlt]'.", name="dlt"
    )

from .source import RESOURCES, reamaze

__all__ = ["RESOURCES", "reamaze"]
