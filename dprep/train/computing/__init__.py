"""Computing on documents: packed or padded, heads in chunks, how fast."""
