"""The look of the report: system fonts, light and dark, nothing fetched."""

CSS = """
:root { color-scheme: light dark; --ink: #1d2329; --soft: #5c6873; --paper: #fff; --line: #dde2e7; --tint: #f5f7f9;
  --gone: #b3261e; --gone-tint: #fdecea; --new: #1a7f37; --new-tint: #e9f7ec; --mark: #2f6fb2; }
@media (prefers-color-scheme: dark) { :root { --ink: #e3e8ed; --soft: #9aa7b3; --paper: #14181c; --line: #2d353d; --tint:
  #1c2228; --gone: #ff8a80; --gone-tint: #3a1d1b; --new: #7ddb94; --new-tint: #16301d; --mark: #6aa9e9; } }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 64rem; padding: 2rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, sans-serif }
h1 { margin: 0; font-size: 1.75rem } h2 { margin: 2.5rem 0 .75rem; font-size: 1.2rem }
h3 { margin: 1.5rem 0 .5rem; font-size: 1rem }
small, .soft { color: var(--soft); font-size: .85rem }
.verdict { font-size: 1.15rem; margin: 1rem 0 }
.verdict code { font-size: .9em }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100%; font-size: .9rem; font-variant-numeric: tabular-nums }
th, td { padding: .35rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top }
th { color: var(--soft); font-weight: 600 } .n { text-align: right; white-space: nowrap }
td .soft { font-size: inherit }
code, pre, .diff { font: .82rem/1.45 ui-monospace, Menlo, Consolas, monospace; overflow-wrap: anywhere }
.diff { border: 1px solid var(--line); border-radius: 6px; overflow: hidden; margin: .5rem 0 1rem }
.diff div { padding: .15rem .6rem; white-space: pre-wrap } .diff div + div { border-top: 1px solid var(--line) }
.gone { background: var(--gone-tint); color: var(--gone) } .new { background: var(--new-tint); color: var(--new) }
.bar { display: block; height: .5rem; min-width: 1px; background: var(--mark); border-radius: 2px }
.bar { margin-top: .45rem } .parts td:last-child { width: 55% } .funnel small { white-space: nowrap }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 25rem), 1fr)); gap: 0 2.5rem }
figure { margin: 0 0 1rem } figcaption { font-size: .9rem; margin-bottom: .3rem }
svg { width: 100%; height: 5rem; display: block; border-bottom: 1px solid var(--line) }
rect.in { fill: var(--mark) } rect.out { fill: var(--gone) }
.limit { stroke: var(--ink); stroke-dasharray: 3 3; vector-effect: non-scaling-stroke }
.axis { position: relative; height: 1.2rem; color: var(--soft); font-size: .72rem; font-variant-numeric: tabular-nums }
.axis span { position: absolute }
@media (max-width: 40rem) { body { padding: 1.25rem .9rem 3rem } table { font-size: .8rem } th, td { padding: .25rem }
  .funnel small { white-space: normal; font-size: .68rem }
  .funnel th:nth-child(2), .funnel td:nth-child(2), .funnel th:last-child, .funnel td:last-child { display: none } }
pre { background: var(--tint); border-radius: 6px; padding: .75rem 1rem; white-space: pre-wrap }
@media print { body { max-width: none } .diff { break-inside: avoid } }
"""
