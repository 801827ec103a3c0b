"""The recipes for orchestrators: Dagster's own, and the same shape for two others."""

import sys
from types import ModuleType

import pytest
from shells import served

NAMES = ("orchestrator", "airflow_dag", "prefect_flow")


@pytest.fixture
def beside(monkeypatch, tmp_path):
    """A sandbox in a thread, which the environment names; fresh modules, an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DAGSTER_HOME", str(tmp_path))
    for name in NAMES:
        monkeypatch.delitem(sys.modules, name, raising=False)
    with served(200, seed=7) as sandbox:
        for name in ("brand", "email", "base_url"):
            monkeypatch.setenv(f"REAMAZE_{name.upper()}", getattr(sandbox, name))
        monkeypatch.setenv("REAMAZE_API_TOKEN", sandbox.token)
        yield sandbox


def test_dagster(beside):
    """A run tells what it did as metadata; a second one costs one request."""
    dagster = pytest.importorskip("dagster", reason="needs: pip install --group recipes")
    from orchestrator import conversations, defs

    dagster.Definitions.validate_loadable(defs)
    with dagster.DagsterInstance.ephemeral() as instance:
        told = []
        for _ in range(2):
            done = dagster.materialize([conversations], instance=instance)
            assert done.success
            told.append(done.asset_materializations_for_node("conversations")[0].metadata)
    assert (told[0]["items"].value, told[0]["added"].value) == (200, 200)
    assert (told[1]["items"].value, told[1]["requests"].value) == (200, 1)


def test_airflow(beside, monkeypatch):
    """The task's own function does the same, if decorators are what Airflow's are in shape."""
    tasks = {}

    def task(**options):
        return lambda function: tasks.setdefault(function.__name__, function)

    def dag(**options):
        return lambda function: function

    stand_in(monkeypatch, "airflow.sdk", task=task, dag=dag)
    import airflow_dag

    assert tasks["conversations"] is airflow_dag.conversations
    assert airflow_dag.conversations()["items"] == 200
    assert airflow_dag.conversations()["requests"] == 1


async def test_prefect(beside, monkeypatch):
    """So does the flow, if decorators are what Prefect's are in shape."""
    tables = []

    def task(**options):
        return lambda function: function

    async def acreate_table_artifact(table, *, key):
        tables.append(table)

    stand_in(monkeypatch, "prefect", task=task, flow=lambda function: function)
    stand_in(monkeypatch, "prefect.artifacts", acreate_table_artifact=acreate_table_artifact)
    import prefect_flow

    await prefect_flow.helpdesk()
    await prefect_flow.helpdesk()
    assert [(table[0]["items"], table[0]["requests"] == 1) for table in tables] == [
        (200, False),
        (200, True),
    ]


def stand_in(monkeypatch, name, **members):
    """Put a module in the place of one that isn't installed, and its parent."""
    for each in (name.partition(".")[0], name):
        if each not in sys.modules:
            monkeypatch.setitem(sys.modules, each, ModuleType(each))
    for member, value in members.items():
        setattr(sys.modules[name], member, value)
