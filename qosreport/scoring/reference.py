"""Published quality models as scalar functions: what the scoring is checked against.

None of these scores anything in a report. They are here so that the expressions of `emodel` can be
compared with the full models, and so that thresholds can be computed. Delays are in ms, losses in
per cent unless a name says ratio. Sources: docs/scoring.md, "Published models beside ours".
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

FULL_BAND_SCALE = 1.48
"""R of G.107.2 (0-148) for each R of G.107 (0-100)."""


@dataclass(frozen=True)
class G107:
    """Parameters of ITU-T G.107 (06/2015), each at its default. Names as in the Recommendation."""

    slr: float = 8.0
    rlr: float = 2.0
    stmr: float = 15.0
    lstr: float = 18.0
    d_s: float = 3.0
    telr: float = 65.0
    wepl: float = 110.0
    t: float = 0.0
    t_r: float = 0.0
    t_a: float = 0.0
    s_t: float = 1.0
    m_t: float = 100.0
    qdu: float = 1.0
    ie: float = 0.0
    bpl: float = 4.3
    ppl: float = 0.0
    burst_r: float = 1.0
    n_c: float = -70.0
    n_for: float = -64.0
    p_s: float = 35.0
    p_r: float = 35.0
    a: float = 0.0


@dataclass(frozen=True)
class G107Rating:
    """What the E-model makes of the parameters."""

    r: float
    mos: float
    r_o: float
    i_s: float
    i_d: float
    ie_eff: float


def g107(p: G107) -> G107Rating:
    """The full E-model: R = Ro - Is - Id - Ie-eff + A. ITU-T G.107 (06/2015), clause 7."""
    no = _noise(p)
    r_o = 15 - 1.5 * (p.slr + no)
    i_s = _simultaneous(p, r_o, no)
    i_d = _delayed(p, r_o, no)
    loss = ie_eff(p.ppl, bpl=p.bpl, ie=p.ie, burst_r=p.burst_r)
    r = r_o - i_s - i_d - loss + p.a
    return G107Rating(r=r, mos=r_to_mos(r), r_o=r_o, i_s=i_s, i_d=i_d, ie_eff=loss)


def g107_full_band(*, t_a: float, ppl: float, ie: float, bpl: float) -> tuple[float, float]:
    """R on the full-band scale, and MOS. ITU-T G.107.2: Ro 148, loss costs at most 132 - Ie."""
    loss = ie_eff(ppl, bpl=bpl, ie=ie, ceiling=132.0)
    r = 148.0 - FULL_BAND_SCALE * idd(t_a) - loss
    return r, r_to_mos(r / FULL_BAND_SCALE)


def idd(t_a: float, *, s_t: float = 1.0, m_t: float = 100.0) -> float:
    """What delay costs without any echo. ITU-T G.107 (06/2015), 7.4; saturates near 50."""
    if t_a <= m_t:
        return 0.0
    x = math.log2(t_a / m_t)
    k = 6 * s_t
    return float(25 * ((1 + x**k) ** (1 / k) - 3 * (1 + (x / 3) ** k) ** (1 / k) + 2))


def idd_bound(*, intrinsic_r: float, ie: float, r_min: float) -> float:
    """Longest delay at which R is still `r_min`, without loss or echo; infinite if there is none.

    Checks Idd against the table of De Vleeschauwer and Janssen (Telektronikk).
    """
    budget = intrinsic_r - ie - r_min
    return first_above(idd, budget, lowest=0.0, highest=60_000.0)


def ie_eff(
    ppl: float, *, bpl: float, ie: float = 0.0, burst_r: float = 1.0, ceiling: float = 95.0
) -> float:
    """What codec and loss cost. ITU-T G.107 (06/2015), 7.5."""
    return ie + (ceiling - ie) * ppl / (ppl / burst_r + bpl)


def r_to_mos(r: float) -> float:
    """MOS of a rating. ITU-T G.107 Annex B; floored at 1, below which the cubic dips."""
    if r <= 0:
        return 1.0
    if r >= 100:
        return 4.5
    return max(1.0, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)


def mos_to_r(mos: float) -> float:
    """Rating of a MOS within 1 and 4.5. ITU-T G.107 Appendix I, closed form."""
    root = 15 * math.sqrt(max(0.0, -903522 + 1113960 * mos - 202500 * mos * mos))
    h = math.atan2(root, 18566 - 6750 * mos) / 3
    return 20 / 3 * (8 - math.sqrt(226) * math.cos(h + math.pi / 3))


@dataclass(frozen=True)
class ColeRosenbluth:
    """Rating by the lines of Cole and Rosenbluth (2001) for G.711."""

    r: float
    mos: float
    i_d: float


def cole_rosenbluth(
    d_ms: float, loss_ratio: float, *, gammas: tuple[float, float, float] = (0.0, 30.0, 15.0)
) -> ColeRosenbluth:
    """R = 94.2 - Id - (g1 + g2 ln(1 + g3 e)); `loss_ratio` is a ratio, not per cent."""
    i_d = cole_rosenbluth_id(d_ms)
    r = 94.2 - i_d - gammas[0] - gammas[1] * math.log1p(gammas[2] * loss_ratio)
    return ColeRosenbluth(r=r, mos=r_to_mos(r), i_d=i_d)


def cole_rosenbluth_id(d_ms: float) -> float:
    """What delay costs by two straight lines that meet at 177.3 ms; assumes some echo."""
    return 0.024 * d_ms + 0.11 * max(0.0, d_ms - 177.3)


G1070_VGA_H264 = (
    6.743, 0.009998, 3.051, 168.1, 1.766, 1.130, 0.001834, 1.232, 53.25, 3.353, 6.025, 80.752,
)  # fmt: skip
"""Coefficients v1 to v12 of ITU-T G.1070 (06/2018), Table B.4, first column."""


def g1070_video(
    bitrate_kbps: float,
    frame_rate_fps: float,
    ppl: float,
    v: Sequence[float] = G1070_VGA_H264,
) -> float:
    """Video quality Vq by ITU-T G.1070 (06/2018), clause 11.2.

    For planning only by its own scope: it knows no jitter, no repair and VGA at most.
    """
    best_fps = min(30.0, max(1.0, v[0] + v[1] * bitrate_kbps))
    best = v[2] - v[2] / (1 + math.pow(bitrate_kbps / v[3], v[4]))
    width = v[5] + v[6] * bitrate_kbps
    coding = best * math.exp(
        -((math.log(frame_rate_fps) - math.log(best_fps)) ** 2) / (2 * width**2)
    )
    robust = (
        v[9] + v[10] * math.exp(-frame_rate_fps / v[7]) + v[11] * math.exp(-bitrate_kbps / v[8])
    )
    return 1 + coding * math.exp(-ppl / robust)


def first_above(
    cost: Callable[[float], float], budget: float, *, lowest: float, highest: float
) -> float:
    """Where a rising cost first exceeds a budget, by halving; infinite if it never does."""
    if cost(highest) <= budget:
        return math.inf
    low, high = lowest, highest
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if cost(middle) <= budget else (low, middle)
    return low


def _noise(p: G107) -> float:
    olr = p.slr + p.rlr
    pre = p.p_r + 10 * math.log10(1 + 10 ** ((10 - p.lstr) / 10))
    room_send = p.p_s - p.slr - p.d_s - 100 + 0.004 * (p.p_s - olr - p.d_s - 14) ** 2
    room_receive = p.rlr - 121 + pre + 0.008 * (pre - 35) ** 2
    floor = p.n_for + p.rlr
    return 10 * math.log10(sum(10 ** (x / 10) for x in (p.n_c, room_send, room_receive, floor)))


def _simultaneous(p: G107, r_o: float, no: float) -> float:
    return _too_loud(p, no) + _sidetone(p) + _quantising(p, r_o)


def _too_loud(p: G107, no: float) -> float:
    x = (p.slr + p.rlr + 0.2 * (64 + no - p.rlr)) / 8
    return float(20 * ((1 + x**8) ** (1 / 8) - x))


def _sidetone(p: G107) -> float:
    masked = -10 * math.log10(10 ** (-p.stmr / 10) + math.exp(-p.t / 4) * 10 ** (-p.telr / 10))
    return float(
        12 * (1 + ((masked - 13) / 6) ** 8) ** (1 / 8)
        - 28 * (1 + ((masked + 1) / 19.4) ** 35) ** (1 / 35)
        - 13 * (1 + ((masked - 3) / 33) ** 13) ** (1 / 13)
        + 29
    )


def _quantising(p: G107, r_o: float) -> float:
    q = 37 - 15 * math.log10(p.qdu)
    g = 1.07 + 0.258 * q + 0.0602 * q * q
    y = (r_o - 100) / 15 + 46 / 8.4 - g / 9
    z = 46 / 30 - g / 40
    return 15 * math.log10(1 + 10**y + 10**z)


def _delayed(p: G107, r_o: float, no: float) -> float:
    return _talker_echo(p, no) + _listener_echo(p, r_o) + idd(p.t_a, s_t=p.s_t, m_t=p.m_t)


def _talker_echo(p: G107, no: float) -> float:
    if p.t < 1:
        cost = 0.0
    else:
        terv = (
            p.telr
            - 40 * math.log10((1 + p.t / 10) / (1 + p.t / 150))
            + 6 * math.exp(-0.3 * p.t * p.t)
        )
        if p.stmr < 9:
            terv += _sidetone(p) / 2
        half = (-1.5 * (no - p.rlr) - (80 + 2.5 * (terv - 14))) / 2
        cost = (half + math.sqrt(half * half + 100) - 1) * (1 - math.exp(-p.t))
    return math.hypot(cost, _sidetone(p)) if p.stmr > 20 else cost


def _listener_echo(p: G107, r_o: float) -> float:
    rle = float(10.5 * (p.wepl + 7) * (p.t_r + 1) ** -0.25)
    half = (r_o - rle) / 2
    return half + math.sqrt(half * half + 169)
