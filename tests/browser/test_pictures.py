"""A report as picture and as paper."""

import io
import struct

from pypdf import PdfReader

from kpi_helpers.report import browser


def test_a_long_picture_and_a4_paper(chromium, toy_reports, monkeypatch):
    monkeypatch.setenv("KPI_CHROMIUM", chromium)
    page = toy_reports[1].index.parent / "report-zh.html"
    width, height = struct.unpack(">II", browser.picture(page)[16:24])
    assert width == 2 * browser.PHONE and height > width
    paper = PdfReader(io.BytesIO(browser.paper(page)))
    assert [round(float(side)) for side in paper.pages[0].mediabox[2:]] == [595, 842]
    assert len(paper.pages) > 1 and "CANARY-SHOP" in "".join(sheet.extract_text() for sheet in paper.pages)
