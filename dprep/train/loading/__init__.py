"""Models and tokenizers to begin with."""
