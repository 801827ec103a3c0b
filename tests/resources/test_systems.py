"""Systems over real sockets: what the status page watches."""


async def test_system_without_its_incidents(sandbox, session):
    """Each system comes with the incidents that aren't resolved, in short."""
    found = {system.title: system async for system in session.systems.list()}
    for truth in sandbox.systems:
        system = found[truth.title]
        assert system.status == truth.status
        assert [it.title for it in system.active_incidents] == [it.title for it in truth.incidents]
    assert any(system.active_incidents for system in found.values())
    assert sandbox.requests[0].query == ""
