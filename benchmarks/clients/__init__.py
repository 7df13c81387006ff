"""One module per client library: `flood(url, kind, count, ...)` -> CPU and wall time per frame."""
