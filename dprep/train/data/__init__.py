"""A version as the model sees it: its rows, what they owe, what leaks, how they are dealt into batches."""
