"""The environment variables in which settings of a session may stand."""

ENVIRONMENT = {
    "brand": "REAMAZE_BRAND",
    "email": "REAMAZE_EMAIL",
    "token": "REAMAZE_API_TOKEN",
    "base_url": "REAMAZE_BASE_URL",
}
