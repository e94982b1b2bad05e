"""Rows to look at: `dprep show` and `dprep top`."""
