"""nbconvert as reports use it: set up in code, without the steps that pages do not need."""

from functools import cache
from pathlib import Path
from typing import Any

from nbconvert.exporters import HTMLExporter, TemplateExporter
from nbconvert.filters.widgetsdatatypefilter import WidgetsDataTypeFilter
from traitlets.config import Config

TEMPLATE = Path(__file__).parent / "template" / "notebook.html.j2"


class _Exporter(HTMLExporter):
    """nbconvert's HTML without its first and its last step, which copy and validate the notebook three times, and parse
    all of the HTML again to mark parts that our template lacks."""

    def from_notebook_node(self, nb: Any, resources: Any = None, **more: Any) -> tuple[str, Any]:
        """The HTML of a notebook, and nbconvert's notes."""
        notes = self._init_resources(resources)
        chosen = WidgetsDataTypeFilter(notebook_metadata=self._nb_metadata, parent=self, resources=notes)
        self.register_filter("filter_data_type", chosen)
        return TemplateExporter.from_notebook_node(self, nb, notes, **more)

    def _preprocess(self, nb: Any, resources: Any) -> tuple[Any, Any]:
        """Nothing: what is not shown is not there any more."""
        return nb, resources


@cache
def exporter() -> HTMLExporter:
    """nbconvert's exporter, set up in code: no setting of this machine changes a report."""
    exporting = {"exclude_input": True, "embed_images": False, "exclude_anchor_links": True}
    config = Config({"HTMLExporter": exporting})
    return _Exporter(config=config, raw_template=TEMPLATE.read_text("utf-8"))
