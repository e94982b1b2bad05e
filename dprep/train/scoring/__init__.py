"""What each task is scored by: a file for each kind of answer. `scores.py` knows which task has which kind."""
