"""The words of this subject: bands, components, networks, flags, reasons, gaps.

Codes that are not known here are shown as they are, with blanks for underscores: a new flag is
never hidden because nobody has phrased it yet.
"""

import re
from collections.abc import Sequence

from qosreport.report.result import Band, EmodelParts, Flag, Limiting, Method
from qosreport.report.view import words
from qosreport.report.view.pieces import BandMark
from qosreport.report.view.words import Prose, prose, strong

MARKS: dict[Band, BandMark] = {
    "Good": BandMark("Good", "●", "good"),
    "Fair": BandMark("Fair", "◆", "fair"),
    "Poor": BandMark("Poor", "▲", "poor"),
    "Bad": BandMark("Bad", "■", "bad"),
    "Unscored": BandMark("Unscored", "○", "uns"),
}

WITHHELD = "Name withheld"
NOT_REPORTED = "Not reported"

COMPONENTS = {
    "emodel": "loss or delay",
    "jitter_ms": "jitter",
    "max_loss_pct": "loss peaks",
    "avg_loss_pct": "loss",
    "latency_ms": "latency",
}
MEDIA = {"audio": "audio", "video": "video", "share": "screen share"}
NETWORKS = {
    "wifi": "Wi-Fi",
    "wi-fi": "Wi-Fi",
    "wired": "cable",
    "ethernet": "cable",
    "cellular": "cellular",
    "others": "other network",
    "other": "other network",
    "unknown": "network not known",
}
CPU = {
    "CPU_SYSTEM_HIGH": "CPU, whole machine",
    "CPU_SYSTEM_ELEVATED": "CPU, elevated",
    "CPU_ZOOM_HIGH": "CPU, Zoom alone",
    "CPU_LIKELY_CAUSE": "CPU that cost frame rate",
}
SEGMENTS = {
    "site": ("Site", "site"),
    "provider": ("Provider, away from the sites", "provider"),
    "network_type": ("Network", "network"),
    "data_center": ("Zoom data centre", "data centre"),
    "client_version": ("Client version", "client version"),
    "device": ("Device", "device"),
    "os": ("Operating system", "operating system"),
}
GAPS = {
    "incomplete": "Not pulled whole",
    "no_participants": "Zoom gave no participants",
    "no_start_time": "Zoom gave no start time",
    "no_qos": "Zoom gave no quality data",
    "not_found": "Zoom listed it but does not give its participants",
    "too_old": "Older than Zoom keeps",
    "not_accessible": "Belongs to another account",
    "page_token_expired": "Zoom’s page token kept expiring",
    "page_token_loop": "Zoom repeated a page without end",
    "unreadable_page": "Zoom’s answer was not readable",
    "rows_missing": "Fewer participants came than Zoom counted",
    "server_errors": "Zoom kept answering with errors",
    "no_judged_connection": "No connection in it could be scored",
    "not_accounted": "Named by Zoom’s list, found nowhere else",
    "without_qos": "Zoom gave no quality data",
    "summary_only": "Only a summary of the whole meeting came",
    "not_asked": "Not asked for: only one participant was",
    "no_scored_minute": "No minute could be scored (muted, camera off)",
    "too_few_scored_minutes": "Too few minutes could be scored",
    "no_data": "Zoom gave no quality data",
    "measures_missing": "Neither loss nor latency reported",
    "fps_missing": "Frame rate not reported",
    "height_missing": "Picture size not reported",
    "jitter_missing": "Jitter not reported",
    "latency_missing": "Latency not reported",
    "max_loss_missing": "Peak loss not reported",
    "nothing_scored": "Nothing in the minute could be scored",
    "no_stream": "No stream was measured",
    "not_in_policy": "Of a kind the policy does not judge",
    "unknown_stream": "Stream of an unknown kind",
    "inactive": "Nothing sent or received (muted, camera off)",
    "low_activity": "Only silence on the line",
    "avg_loss_missing": "Loss not reported",
    "out_of_range": "Outside the valid range, treated as missing",
    "max_loss_lt_avg_loss": "Peak loss below mean loss, mean used",
    "latency_zero": "Latency of zero, treated as missing",
    "unreadable": "Not readable as a number",
}
RULES = {
    "missing": "required, but blank",
    "conflict": "sent twice with different content, the later one kept",
    "wrong_type": "not the kind of value Zoom documents",
    "wrong_unit": "unit of another measure",
    "not_finite": "not a finite number",
    "bad_size": "not a picture size",
    "bad_time": "not a time",
    "bad_encoding": "not valid text",
    "unknown_word": "a word Zoom does not document",
}
"""Why a value could not be used; what is not here is phrased by GAPS."""
REASONS = (
    (r"poor_share>=([\d.]+)%", "{} % or more of the scored minutes were poor"),
    (r"(?:poor_)?run>=([\d.]+)(?:min)?", "{} or more in a row were poor"),
    (r"pooled<([\d.]+)", "the pooled score is below {:.2f}"),
    (r"too_few_scored_minutes", "too few minutes could be scored"),
    (r"no_data", "Zoom gave no quality data"),
)


def mark(band: Band) -> BandMark:
    """Sign, word and class of a band."""
    return MARKS[band]


def humanised(code: str) -> str:
    """A code nobody has phrased, made readable."""
    return words.clean(re.sub(r"[_\W]+", " ", code).strip().lower()) or "not named"


def network(kind: str | None) -> str | None:
    """Zoom's network type within a sentence: Wi-Fi, cable, cellular."""
    kind = words.clean(kind)
    return None if kind is None else NETWORKS.get(kind.lower(), kind)


def home_network(provider: str | None) -> bool:
    """Whether a provider has no name, and is called by a network of its customers."""
    return bool(re.fullmatch(r"[0-9a-fA-F.:]+/\d{1,3}", provider or ""))


def provider(shown: str) -> str:
    """A provider in a list: its name, or the network it is known by."""
    return f"Provider network {shown}" if home_network(shown) else shown


def place_and_network(place: str | None, kind: str | None) -> str:
    """Cardiff, Wi-Fi; with what is known of the two."""
    return words.opening(words.joined([words.clean(place), network(kind)]) or "place not known")


def machine(device: str | None, os: str | None, version: str | None = None) -> str:
    """Windows 11, 6.6.2; the kind of device only where the system does not name it."""
    device, os = words.clean(device, 32), words.clean(os, 32)
    if device and os and device.lower() in os.lower():
        device = None
    return words.joined([device, os, words.clean(version, 24)])


def component(limiting: Limiting, flags: Sequence[Flag] = ()) -> str:
    """What set a score, briefly: audio loss, video jitter, frame rate.

    The E-model weighs loss and latency together; the flag's unit says which cost more.
    """
    if limiting.component.startswith("fps"):
        return "frame rate"
    what = COMPONENTS.get(limiting.component, humanised(limiting.component))
    if limiting.component == "emodel":
        same = (f for f in flags if f.component == "emodel" and f.direction == limiting.direction)
        flag = next(same, None)
        what = _emodel_parts(flag) if flag else what
    return f"{MEDIA[limiting.medium]} {what}"


def _emodel_part(unit: str) -> str:
    return {"%": "loss", "ms": "delay"}.get(unit, "loss or delay")


def together(flag: Flag) -> bool:
    """Whether only loss and delay together were Poor: the worse of them was not by itself."""
    if flag.code != "AUDIO_EMODEL" or flag.worst_value is None or flag.threshold is None:
        return False
    return flag.worst_value <= flag.threshold


def _emodel_parts(flag: Flag) -> str:
    return "loss and delay together" if together(flag) else _emodel_part(flag.unit)


def flag_label(flag: Flag) -> str:
    """Name of a flag: Audio loss, received; CPU, whole machine."""
    label = "Audio loss and delay together" if together(flag) else rule_label(flag)
    return words.joined([label, flag.direction])


def rule_label(flag: Flag) -> str:
    """Name of the rule a flag broke, whichever the direction: Audio loss."""
    medium = MEDIA[flag.medium] if flag.medium else ""
    what = {
        "AUDIO_EMODEL": f"audio {_emodel_part(flag.unit)}",
        "JITTER": f"{medium} jitter",
        "LOSS_PEAK": f"{medium} loss peaks",
        "LOSS": f"{medium} loss",
        "LATENCY": f"{medium} latency",
        "FPS": f"{medium} frame rate",
        **CPU,
    }.get(flag.code, humanised(flag.code))
    return words.opening(what.strip())


def flag_sentence(flag: Flag, at: str) -> Prose:
    """What happened, when, how far beyond the threshold, and what it cost.

    Args:
        flag: The broken rule.
        at: The instant of the worst value, in words; may be empty.
    """
    value = "" if flag.worst_value is None else words.fixed(flag.worst_value, flag.unit)
    when = f" at {at}" if at else ""
    limit = flag_limit(flag)
    if not value:
        return prose(words.opening(limit) or "No figure given", ".")
    if flag.emodel is not None and flag.emodel.cost_loss_r is not None:
        return _emodel_event(flag, flag.emodel, value, when)
    return prose(_event(flag, value, when), f"; {limit}." if limit else ".")


def _emodel_event(flag: Flag, parts: EmodelParts, value: str, when: str) -> Prose:
    """What loss and delay each cost of R; once all is spent, nothing tells how much it was."""
    loss_r, delay_r = parts.cost_loss_r or 0.0, parts.cost_delay_r or 0.0
    what = words.opening(_emodel_part(flag.unit))
    costs = words.decimal(delay_r if flag.unit == "ms" else loss_r, 1)
    if parts.rating_r:
        costs += f" of {words.decimal(loss_r + delay_r + parts.rating_r, 1)}"
    if flag.unit == "ms":
        other = _also_costs("loss", parts.loss_pct, "%", loss_r)
    elif parts.latency_ms is None:
        other = "delay not known"
    else:
        other = _also_costs("estimated delay", parts.delay_ms, "ms", delay_r)
    score = f", for an eMOS of {words.decimal(flag.worst_score, 2)}" if flag.worst_score else ""
    limit = flag_limit(flag)
    if together(flag) and limit:
        limit = f"{what} alone is {limit}; together they are Poor below that"
    elif limit:
        limit = f"{what} alone is {limit}"
    return prose(
        f"{what} of ",
        strong(value),
        f"{when} costs {costs} points of R, {other}{score}.",
        f" {limit}." if limit else "",
    )


def _also_costs(what: str, value: float | None, unit: str, cost_r: float) -> str:
    amount = "" if value is None else f" of {words.fixed(value, unit)}"
    cost = words.decimal(cost_r, 1)
    return f"{what}{amount} {'nothing' if cost == '0.0' else f'another {cost}'}"


def _event(flag: Flag, value: str, when: str) -> Prose:
    scored = _scored(flag)
    if flag.code == "FPS":
        return prose("Down to ", strong(value), f"{when}{scored}")
    if flag.code == "LOSS_PEAK":
        return prose("Up to ", strong(value), f" lost in a short interval{when}{scored}")
    if flag.code.startswith("CPU_"):
        return _cpu_event(flag, value, when)
    subject = {
        "AUDIO_EMODEL": _emodel_part(flag.unit),
        "JITTER": "jitter",
        "LOSS": "loss",
        "LATENCY": "latency",
    }.get(flag.code, humanised(flag.component))
    return prose(f"{words.opening(subject)} of ", strong(value), f"{when}{scored}")


def _cpu_event(flag: Flag, value: str, when: str) -> Prose:
    if flag.code == "CPU_LIKELY_CAUSE" and flag.unit == "fps":
        return prose("Down to ", strong(value), f"{when} while CPU was high and the network Good")
    if flag.code == "CPU_LIKELY_CAUSE":
        return prose("Frame rate limited the score with CPU at ", strong(value), when)
    who = "Zoom alone" if flag.code == "CPU_ZOOM_HIGH" else "The whole machine"
    return prose(f"{who} at ", strong(value), when)


def _scored(flag: Flag) -> str:
    if flag.worst_score is None:
        return ""
    return f", scoring {words.decimal(flag.worst_score, 2)} by itself"


def flag_limit(flag: Flag) -> str:
    """The threshold in words: Poor above 60 ms; high from 90 %; empty without one."""
    if flag.threshold is None:
        return ""
    edge = words.fixed(flag.threshold, flag.unit)
    if flag.code == "FPS" or flag.unit == "fps":
        return f"Poor below {edge}"
    if flag.code.startswith("CPU_"):
        return f"{'elevated' if flag.code.endswith('ELEVATED') else 'high'} from {edge}"
    return f"Poor above {edge}"


def because(reasons: Sequence[str], band: Band, rules: Method) -> str:
    """Why a band was given, from the rules that fired: the strictest of each kind.

    Reasons come mildest first. Of a Poor or Bad band, those that would only make it Fair are left
    out; one with an "or" in it is the strictest there is and says enough.
    """
    if either := [reason for reason in reasons if " or " in reason]:
        return " or ".join(_reason(part)[1] for part in either[-1].split(" or "))
    if band in {"Poor", "Bad"}:
        reasons = [reason for reason in reasons if not _mild(reason, rules)]
    return words.listing(list(dict(_reason(reason) for reason in reasons).values()))


def _mild(reason: str, rules: Method) -> bool:
    """Whether a rule alone would make a connection Fair, not Poor."""
    if match := re.fullmatch(r"pooled<([\d.]+)", reason):
        return float(match[1]) > rules.poor_score
    if match := re.fullmatch(r"poor_share>=([\d.]+)%", reason):
        return float(match[1]) < rules.poor_share_pct
    return False


def _reason(reason: str) -> tuple[str, str]:
    """Kind and sentence of one reason."""
    for pattern, sentence in REASONS:
        if match := re.fullmatch(pattern, reason):
            figure = float(match[1]) if match.groups() else 0.0
            return pattern, sentence.format(figure if "{:" in sentence else f"{figure:g}")
    return reason, humanised(reason)


def rule(code: str) -> str:
    """Why a value could not be used, within a sentence."""
    said = RULES.get(code.replace("-", "_").lower()) or gap(code)
    return said[:1].lower() + said[1:]


def gap(reason: str) -> str:
    """Why something could not be had or judged."""
    key = reason.replace("-", "_").lower()
    return GAPS.get(key) or words.opening(humanised(reason))
