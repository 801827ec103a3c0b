"""One request over HTTP, tried until it has an answer."""
