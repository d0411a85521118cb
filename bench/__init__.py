"""The benchmarks: `python -m bench` prints one JSON line per figure, most of them ratios within one run."""
