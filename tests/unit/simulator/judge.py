"""The default policy's network score in plain Python, only as far as these tests need it.

Small on purpose, and not imported from the product: what the simulator claims about its numbers
must not be judged by code that is tested on them. Rules: docs/scoring.md.
"""

import itertools
import math

AUDIO_JITTER = ((0, 4.5), (40, 4.0), (60, 3.0), (100, 2.0), (200, 1.0))
VIDEO_JITTER = ((0, 4.5), (40, 4.0), (100, 3.0), (200, 2.0), (400, 1.0))
PEAK_LOSS = ((0, 4.5), (10, 4.0), (20, 3.0), (40, 2.0), (80, 1.0))
MEAN_LOSS = ((0, 4.5), (2, 4.0), (5, 3.0), (15, 2.0), (30, 1.0))
LATENCY = ((0, 4.5), (250, 4.0), (500, 3.0), (1000, 2.0), (3000, 1.0))
LARGE_FPS = ((0, 1.0), (5, 2.0), (7, 3.0), (15, 4.0), (24, 4.5))
SMALL_FPS = ((0, 1.0), (3, 2.0), (5, 3.0), (7, 4.0), (15, 4.5))


def number(value):
    if value is None or value == "":
        return None
    text = str(value).strip().lower()
    for unit in ("kbps", "ms", "%", "fps"):
        text = text.removesuffix(unit)
    return float(text)


def along(anchors, x):
    if x <= anchors[0][0]:
        return anchors[0][1]
    for (x0, y0), (x1, y1) in itertools.pairwise(anchors):
        if x <= x1:
            return y0 + (y1 - y0) * (x - x0) / (x1 - x0)
    return anchors[-1][1]


def emodel(latency, jitter, loss):
    delay = latency + 2 * jitter + 30
    x = math.log2(max(delay, 100) / 100)
    idd = 25 * ((1 + x**6) ** (1 / 6) - 3 * (1 + (x / 3) ** 6) ** (1 / 6) + 2) if delay > 100 else 0
    rating = max(0.0, 93.2 - idd - 95 * loss / (loss + 17.3))
    return max(1.0, 1 + 0.035 * rating + 7e-6 * rating * (rating - 60) * (100 - rating))


def components(name, stream):
    """Component scores of one stream; none if there is nothing to score."""
    bitrate, latency, jitter, loss, peak = (
        number(stream.get(key)) for key in ("bitrate", "latency", "jitter", "avg_loss", "max_loss")
    )
    if not bitrate or loss is None or (name.startswith("audio") and bitrate < 5):
        return {}
    latency = latency or None
    made = {"max_loss": along(PEAK_LOSS, max(peak or 0, loss))}
    if name.startswith("audio"):
        made["emodel"] = emodel(latency or 0, jitter or 0, loss)
        made["jitter"] = along(AUDIO_JITTER, jitter or 0)
        return made
    made["avg_loss"] = along(MEAN_LOSS, loss)
    if latency:
        made["latency"] = along(LATENCY, latency)
    if name.startswith("video"):
        made["jitter"] = along(VIDEO_JITTER, jitter or 0)
        fps, size = number(stream.get("frame_rate")), stream.get("resolution") or "0*0"
        if fps is not None:
            height = int(size.split("*")[1])
            made["fps"] = along(LARGE_FPS if height == 0 or height >= 360 else SMALL_FPS, fps)
    return made


def minute_score(sample, *, frames=False, only=""):
    """The worst stream of a sample; none if nothing can be scored."""
    scores = [
        score
        for name, stream in sample.items()
        if isinstance(stream, dict) and name.startswith(("audio", "video", "as_")) and only in name
        for component, score in components(name, stream).items()
        if frames or component != "fps"
    ]
    return min(scores) if scores else None


def samples_of(row):
    """A row's samples, also when one is written without a list."""
    found = row.get("user_qos", [])
    return [found] if isinstance(found, dict) else found


def is_poor(row, *, frames=False):
    """Whether a connection is poor; none if it has too little to be judged."""
    scores = [minute_score(one, frames=frames) for one in samples_of(row)]
    scored = [one for one in scores if one is not None]
    if len(scored) < 3:
        return None
    poor = sum(one < 3 for one in scored)
    run = longest = 0
    for one in scores:
        run = run + 1 if one is not None and one < 3 else 0
        longest = max(longest, run)
    tenth = sorted(scored)[(len(scored) - 1) // 10]
    pooled = 0.5 * sum(scored) / len(scored) + 0.5 * tenth
    return poor >= 0.2 * len(scored) - 1e-9 or longest >= 3 or pooled < 3
