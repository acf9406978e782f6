"""A shop whose every text is hostile: what a browser, template, chart or spreadsheet might take for more than text.

The corpus is every attack in every wrapping that gets it out of a place where text stands. An attack that works says
so: it sets `window.hit`, asks for an address on `example.invalid`, or opens a dialog.
"""

from pathlib import Path

import pandas as pd

RUNS = "window.hit=1"
AWAY = "http://example.invalid/x"
# What runs or loads once it is taken for HTML.
TAGS = [
    f"<script>{RUNS}</script>",
    f"<script src={AWAY}></script>",
    f"<img src=x onerror={RUNS}>",
    f"<img src={AWAY}>",
    f"<svg onload={RUNS}>",
    f"<svg><script>{RUNS}</script></svg>",
    f'<svg><a xlink:href="javascript:{RUNS}"><text y=9>x</text></a></svg>',
    f"<math><mi xlink:href='javascript:{RUNS}'>x</mi></math>",
    f"<iframe srcdoc='<script>parent.{RUNS}</script>'></iframe>",
    f"<iframe src=javascript:parent.{RUNS}></iframe>",
    f"<object data={AWAY}></object>",
    f"<embed src={AWAY}>",
    f"<link rel=stylesheet href={AWAY}>",
    f"<style>@import url({AWAY});*{{display:none}}</style>",
    f"<style>body{{background:url({AWAY})}}</style>",
    f"<base href={AWAY}>",
    f"<meta http-equiv=refresh content='0;url={AWAY}'>",
    f"<video><source onerror={RUNS}></video>",
    f"<audio src=x onerror={RUNS}>",
    f"<details open ontoggle={RUNS}>",
    f"<input autofocus onfocus={RUNS}>",
    f"<body onload={RUNS}>",
    f"<marquee onstart={RUNS}>",
    f"<form action={AWAY}><button autofocus>x</button></form>",
    f"<div style=position:fixed;inset:0;z-index:9999 onmouseover={RUNS}>",
    f"<template><img src=x onerror={RUNS}></template>",
    f"<noscript><p title='</noscript><img src=x onerror={RUNS}>'>",
    "<plaintext>",
    "<h1>x</h1>",
    "</table></div></section></main>",
]
# What closes the place the text stands in.
WRAPPINGS = ["{}", '">{}', "'>{}", "-->{}", "</script>{}", "</title>{}", "</style>{}", "]]>{}"]
# What a template, a chart label, a query, a path or a line of JSON might take for more.
OTHERS = [
    f'" onmouseover="{RUNS}',
    f"' onfocus='{RUNS}' autofocus='",
    f"javascript:{RUNS}",
    f"data:text/html,<script>{RUNS}</script>",
    f'<a href="javascript:{RUNS}">x</a>',
    f'<a href="{AWAY}">x</a>',
    "<b>x</b><br><sup>y</sup>",
    "</text></svg>",
    f"url({AWAY})",
    f"red;background:url({AWAY})",
    "expression(window.hit=1)",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "{{ self.__init__ }}",
    "${7*7}",
    "#{7*7}",
    "%{customdata[0]}",
    "%{y}<extra></extra>",
    "$\\href{javascript:window.hit=1}{x}$",
    "$$\\sqrt{x}$$",
    "\\(x\\)",
    "\\u003cscript\\u003e",
    "&lt;script&gt;",
    "&#60;img src=x&#62;",
    "&amp;amp;",
    "%3Cscript%3E",
    "[x](javascript:window.hit=1)",
    f"![x]({AWAY})",
    "# x",
    "| a | b |",
    "```",
    "'; DROP TABLE chats; --",
    '" OR 1=1 --',
    "$1",
    "?",
    "%s%n",
    "../../x",
    "..\\..\\x",
    "C:\\x",
    "CON",
    "/etc/x",
    "~",
    "*",
    "x/y",
    ".",
    '{"a": 1}',
    "]}});window.hit=1//",
    "\\",
    "\\\\",
    "\\n",
    "null",
    "None",
    "NaN",
    "inf",
    "undefined",
    "true",
    "0",
    "-1",
    "1e9",
]
FORMULAS = [
    f'=HYPERLINK("{AWAY}")',
    "=1+1",
    "+1+1",
    "-1+1",
    "@SUM(1)",
    "=cmd|' /C x'!A0",
    "\t=1+1",
    "\r=1+1",
    "＝1+1",
    f'=IMAGE("{AWAY}")',
    '="00123"',
]
SIGNS = [
    "\u202egnp.exe",
    "\u2066x\u2069",
    "a\u200bb",
    "\ufeffx",
    "e\u0301" * 20,
    "x\u0300\u0489" * 60,
    "👩‍👩‍👧‍👦" * 12,
    "﷽" * 9,
    "السلام عليكم",
    "\u2028x\u2029",
    "W" * 300,
    "长" * 300,
    "不可断行" + "a-b_c" * 60,
    " ",
    "　x　",
    "x" + " " * 200 + "y",
    "\x7f",
    "\x1b[31mx",
]

PAYLOADS = [wrapping.format(tag) for tag in TAGS for wrapping in WRAPPINGS] + OTHERS + FORMULAS + SIGNS
SHOP = f"\"'><img src=x onerror={RUNS}>{{{{7*7}}}}</title></script>旗舰店"
TEXTS = {
    "messages": ["text"],
    "order_lines": ["item_title", "category"],
    "refunds": ["reason"],
    "agents": ["name", "team"],
    "reminders": ["script"],
}
PEOPLE = {"buyer_id": "买", "agent_id": "客"}


def poison(folder: Path) -> None:
    """Every text of the canonical Parquet tables in `folder` becomes a payload; names stay apart by number."""
    people: dict[str, dict[str, str]] = {column: {} for column in PEOPLE}
    for path in sorted(folder.glob("*.parquet")):
        rows = pd.read_parquet(path)
        for column, sign in PEOPLE.items():
            if column in rows:
                rows[column] = [_person(people[column], name, sign) for name in rows[column]]
        for column in TEXTS.get(path.stem, []):
            rows[column] = [PAYLOADS[n % len(PAYLOADS)] for n in range(len(rows))]
        if "shop_id" in rows:
            rows["shop_id"] = SHOP
        rows.to_parquet(path, index=False)


def _person(known: dict[str, str], name: str | None, sign: str) -> str | None:
    """The payload that stands for a name, the same in every table."""
    if not isinstance(name, str) or not name:
        return None
    return known.setdefault(name, f"{PAYLOADS[len(known) % len(PAYLOADS)]}{sign}{len(known)}")
