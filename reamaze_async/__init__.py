"""The asyncio client for the Re:amaze helpdesk API."""
