"""Options that several commands share: wrong ones are refused beforehand."""

import pytest


@pytest.mark.parametrize(
    "words",
    [
        ["--concurrency", "0"], ["--concurrency", "many"], ["--requests-per-minute", "0"],
        ["--share", "0"], ["--share", "1.1"], ["--share", "nan"],
        ["--timeout", "0"], ["--timeout", "nan"], ["--max-response", "0"],
        ["--origin", "9" * 5000], ["--format", "xml"], ["--no-such-option"],
    ],
)  # fmt: skip
def test_a_wrong_setting_is_refused(run, words):
    """The refusals of click itself have exit status 2 too."""
    assert run("export", "conversations", "--sandbox", "-o", "x.ndjson", *words).status == 2
