"""A source for dlt: what a helpdesk holds, kept in a warehouse at the cost of what has changed.

    import dlt
    from reamaze_async.dlt import reamaze

    pipeline = dlt.pipeline("helpdesk", destination="duckdb", dataset_name="support")
    pipeline.run(reamaze(), loader_file_format="parquet")

Needs `pip install 'reamaze-async[dlt]'`, and dlt's own extra for the destination.
"""

try:
    import dlt.extract as _
except ModuleNotFoundError as error:
    if error.name is None or not error.name.startswith("dlt"):
        raise
    message = "reamaze_async.dlt needs dlt: pip install 'reamaze-async[dlt]'."
    raise ModuleNotFoundError(message, name=error.name) from None

from .source import RESOURCES, reamaze

__all__ = ["RESOURCES", "reamaze"]
