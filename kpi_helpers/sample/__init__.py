"""An invented shop to try the kit on: canonical tables, and a list of the truths planted in them."""

from kpi_helpers.sample.shop import generate

__all__ = ["generate"]
