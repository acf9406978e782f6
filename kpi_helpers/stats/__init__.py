"""Statistics for ratios, agents and changes; numpy only, scipy where it is asked for.

scipy is imported inside the functions that need it: a notebook that fits no prior does not pay for it.
"""

from .agents import Prior, alarms, dispersion, fit_prior, funnel, funnel_limits, shrink, stand_apart
from .bootstrap import bootstrap_ratio
from .intervals import Z95, Z998, difference, effective_n, newcombe, ratio_from_sums, wilson, z_of
from .mix import SIDES, Sums, chain_split, kitagawa, rate_error, simpson, split_sums, sums, three_way, totals
from .trends import Xmr, laney_sigma, signals, usual_step, xmr
from .windows import Window, high_windows

__all__ = [
    "SIDES",
    "Z95",
    "Z998",
    "Prior",
    "Sums",
    "Window",
    "Xmr",
    "alarms",
    "bootstrap_ratio",
    "chain_split",
    "difference",
    "dispersion",
    "effective_n",
    "fit_prior",
    "funnel",
    "funnel_limits",
    "high_windows",
    "kitagawa",
    "laney_sigma",
    "newcombe",
    "rate_error",
    "ratio_from_sums",
    "shrink",
    "signals",
    "simpson",
    "split_sums",
    "stand_apart",
    "sums",
    "three_way",
    "totals",
    "usual_step",
    "wilson",
    "xmr",
    "z_of",
]
