"""The benchmarks: each point is measured in rounds, beside what it is compared with, on the real server."""
