"""`python -m kpi_helpers` is `kpi`."""

from kpi_helpers.cli import main

main()
