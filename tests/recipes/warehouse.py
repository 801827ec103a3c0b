"""A warehouse: what the helpdesk holds, in DuckDB; run it as often as you like."""

import dlt

from reamaze_async.dlt import reamaze

pipeline = dlt.pipeline("helpdesk", destination="duckdb", dataset_name="support")

if __name__ == "__main__":
    print(pipeline.run(reamaze(), loader_file_format="parquet"))
