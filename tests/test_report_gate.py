"""What may not be published: errors, gaps, broken HTML, anything a browser would load."""

import nbformat.v4 as nbf
import pytest

from kpi_helpers.report.gate import check, check_html, unbalanced
from kpi_helpers.report.render import render
from kpi_helpers.report.run import Executed, Job

ROOM = "<p>" + "words " * 500 + "</p>"


def page(*cells, title: str = "<h1>T</h1>"):
    """A rendered page whose cells are given as (tags, outputs)."""
    head = ((), [html(title)])
    made = [nbf.new_code_cell(outputs=list(outputs), metadata={"tags": list(tags)}) for tags, outputs in (head, *cells)]
    from pathlib import Path

    return render(Executed(Job(Path("10_toy.ipynb"), {}), nbf.new_notebook(cells=made), 0.0))


def html(text: str):
    """An output that is HTML."""
    return nbf.new_output("display_data", data={"text/html": text})


def whole(body: str) -> str:
    """A page around some content, large enough to be one."""
    return f"<!doctype html><html><body><main><h1>T</h1>{ROOM}{body}</main></body></html>"


def test_a_good_page_passes() -> None:
    assert check(page((["section"], [html("<p>fine<br><img src='data:image/png;base64,AA'>")]))) == []


@pytest.mark.parametrize(
    ("outputs", "said"),
    [
        ([nbf.new_output("error", ename="E", evalue="v", traceback=[])], "ended in an error"),
        ([], "is empty"),
        (
            [nbf.new_output("display_data", data={"application/vnd.plotly.v1+json": {}})],
            "able to be represented",
        ),
        ([html("<div><p>open")], "<div> opened or closed alone"),
        ([html("</section>")], "<section> opened or closed alone"),
        ([html("<script>alert(1)</script>")], "shows a script"),
    ],
)
def test_what_a_section_may_not_show(outputs: list, said: str) -> None:
    assert any(said in problem for problem in check(page((["section"], outputs))))


@pytest.mark.parametrize(
    "body",
    [
        '<script src="https://cdn.example/x.js"></script>',
        "<script src=x.js></script>",
        '<link rel="stylesheet" href="x.css">',
        '<img src="https://tracker.example/p.gif">',
        "<img src=//tracker.example/p.gif>",
        '<iframe srcdoc="x"></iframe>',
        '<p style="background:url(https://x.example/a)">x</p>',
        "<style>@import 'x.css';</style>",
        '<meta http-equiv="refresh" content="0;url=x">',
    ],
)
def test_nothing_is_loaded(body: str) -> None:
    assert any("from outside" in problem for problem in check_html("p", whole(body), 0))


@pytest.mark.parametrize(
    "body",
    [
        "<p>看 url(https://x.example) 和 @import，&lt;link&gt; 都只是文字</p>",
        '<script type="application/json">{"a": "<link href=x>"}</script>',
        '<img src="data:image/png;base64,AAAA">',
        '<a href="index-zh.html">目录</a>',
        '<p style="background:url(#a)">x</p>',
    ],
)
def test_words_and_own_data_are_no_requests(body: str) -> None:
    assert check_html("p", whole(body), 0) == []


def test_a_lost_chart_an_odd_size_a_second_title() -> None:
    assert "0 of 2 charts" in check_html("p", whole(""), 2)[0]
    assert "bytes is not the size" in check_html("p", "<main><h1>", 0)[0]
    assert "no single title" in check_html("p", whole("<h1>again</h1>"), 0)[0]


def test_unbalanced_knows_html() -> None:
    assert unbalanced("<ul><li>a<li>b</ul><br><svg><path/></svg><p>x") == []
    assert unbalanced("<div><b></div>") == ["div", "div", "b"]
    assert unbalanced("<!-- <b> --><DIV title='a>b'></div><p a=\"<i>\">1 < 2<style>i{content:'<b>'}</style>") == []
    assert unbalanced('<div a="<b>"><i></DIV>') == ["div", "div", "i"]
