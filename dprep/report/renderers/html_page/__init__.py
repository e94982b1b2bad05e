"""A report as one HTML file: no server, nothing fetched, text from data inert.

Two walls stand between data and the reader's browser: every string is escaped where it is written, and the page's own policy
runs one script only, the one whose hash it names.
"""
