"""Student's t distribution for whole degrees of freedom, without a library for statistics."""

import math
from functools import lru_cache
from statistics import NormalDist

MANY = 200
"""From so many degrees of freedom on the normal distribution serves."""


def two_sided_p(t: float, df: int) -> float:
    """Probability of at least |t| by chance; df at least 1.

    Abramowitz and Stegun, 26.7.3 and 26.7.4.
    """
    t = abs(t)
    if df >= MANY:
        return 2 * NormalDist().cdf(-t)
    angle = math.atan(t / math.sqrt(df))
    sine, cosine = math.sin(angle), math.cos(angle)
    odd = df % 2
    term, total = (cosine, 0.0) if odd else (1.0, 0.0)
    for power in range(odd, df - 1, 2):
        total += term
        term *= cosine * cosine * (power + 1) / (power + 2)
    inside = 2 / math.pi * (angle + sine * total) if odd else sine * total
    return min(1.0, max(0.0, 1 - inside))


@lru_cache(maxsize=1024)
def quantile(confidence: float, df: int) -> float:
    """How many standard errors a two-sided interval of that confidence reaches."""
    if df >= MANY:
        return NormalDist().inv_cdf(0.5 + confidence / 2)
    low, high = 0.0, 1.0
    while two_sided_p(high, df) > 1 - confidence:
        low, high = high, 2 * high
    for _ in range(60):
        middle = (low + high) / 2
        if two_sided_p(middle, df) > 1 - confidence:
            low = middle
        else:
            high = middle
    return high
