"""How blocks are shown: in a page, a terminal, Markdown. Nothing here knows chapters."""
