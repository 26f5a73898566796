"""The scoring rules in vectorised pandas and NumPy: what `qosreport.scoring` is measured against.

Written as one would who knows pandas well: no Python loop over rows or groups, NumPy for the
formulas, one pass for each medium, integer codes, categorical columns, groupby with built-in
aggregates only. The result is the same four tables; `side_score.py check` compares them.
"""

import importlib.util
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
import polars as pl

COMPONENTS = [
    "avg_loss_pct", "emodel", "fps_large", "fps_small", "jitter_ms", "latency_ms", "max_loss_pct",
]  # fmt: skip
REASONS = ["avg_loss_missing", "measures_missing", "low_activity", "not_in_policy", "inactive"]
MEDIA = ["audio", "video", "share"]
STREAMS = ["audio_input", "audio_output", "share_input", "share_output", "video_input",
           "video_output"]  # fmt: skip
CODE_OF = {"avg_loss_pct": "LOSS", "emodel": "AUDIO_EMODEL", "fps_large": "FPS", "fps_small": "FPS",
           "jitter_ms": "JITTER", "latency_ms": "LATENCY", "max_loss_pct": "LOSS_PEAK"}  # fmt: skip
MEASURE_OF = {"avg_loss_pct": "avg_loss_pct", "emodel": "avg_loss_pct",
              "fps_large": "frame_rate_fps", "fps_small": "frame_rate_fps",
              "jitter_ms": "jitter_ms", "latency_ms": "latency_ms", "max_loss_pct": "max_loss_pct",
              "system_cpu_max_pct": "system_cpu_max_pct",
              "zoom_cpu_avg_pct": "zoom_cpu_avg_pct"}  # fmt: skip
UNIT_OF = {"avg_loss_pct": "%", "max_loss_pct": "%", "jitter_ms": "ms", "latency_ms": "ms",
           "delay_ms": "ms", "frame_rate_fps": "fps", "system_cpu_max_pct": "%",
           "zoom_cpu_avg_pct": "%"}  # fmt: skip
BANDS = np.array(["Good", "Fair", "Poor", "Bad", "Unscored"])
KEY = ["session_id", "minute"]
COLUMNS = [
    "session_id", "sampled_at", "medium", "flow", "leg", "bitrate_kbps", "latency_ms", "jitter_ms",
    "avg_loss_pct", "max_loss_pct", "height_px", "frame_rate_fps",
]  # fmt: skip
PARTS = ["loss_pct", "latency_ms", "jitter_ms", "delay_ms", "cost_loss_r", "cost_delay_r",
         "rating_r"]  # fmt: skip


Files = Sequence[Mapping[str, str]]
"""The Parquet file of each table, part by part; a table without rows has none."""


def score_files(
    files: Files,
    policy: dict,
    edges: dict[tuple[str, str, str], tuple[float, str]],
) -> dict[str, pd.DataFrame]:
    """The four tables of files of whole meetings, read into one frame.

    `edges`: the Fair/Poor edge and its source, by medium, component and measure.
    """
    rows, components = score_streams(read(files, "streams", COLUMNS), policy)
    minutes = worst_minutes(rows)
    device = device_minutes(files, policy)
    minutes = finish_minutes(minutes, device, policy)
    cpu = sum_up_cpu(device, minutes, policy)
    sessions = read(files, "sessions", ["session_id", "meeting_uuid", "user_id", "join_time"])
    people = sessions.merge(score_participants(minutes, policy), on="session_id", how="left")
    people = people.merge(cpu, on="session_id", how="left").sort_values("session_id")
    people = with_unscored(people)
    meetings = score_meetings(people, minutes, policy)
    meetings = with_empty(meetings, read(files, "meetings", ["meeting_uuid"]))
    flags = pd.concat(
        [stream_flags(rows, components, policy), device_flags(device, minutes, cpu, policy)]
    )
    flags = with_edges(flags, edges)
    flags = flags.merge(sessions[["session_id", "meeting_uuid"]], on="session_id", how="left")
    flags["worst_at"] = instants(flags["worst_at"].to_numpy())
    minutes["minute"] = instants(minutes["minute"].to_numpy())
    return {
        "minute_scores": minutes.drop(columns=["system", "zoom"]),
        "participant_scores": people.reset_index(drop=True),
        "meeting_scores": meetings,
        "flags": flags.sort_values(["session_id", "code", "medium", "direction", "component"]),
    }


def with_unscored(people: pd.DataFrame) -> pd.DataFrame:
    """Sessions without data: counts of 0, Unscored for want of data."""
    counts = [name for name in people if name.endswith(("_minutes", "_run_min"))]
    people[counts] = people[counts].fillna(0)
    for name in ("band", "net_band"):
        people[name] = people[name].fillna("Unscored")
    for name, value in (("reasons", ["no_data"]), ("net_reasons", ["no_data"]), ("cpu_flags", [])):
        empty = people.index[people[name].isna()]
        people.loc[empty, name] = pd.Series([value] * len(empty), index=empty, dtype=object)
    return people


def with_empty(scored: pd.DataFrame, meetings: pd.DataFrame) -> pd.DataFrame:
    """Every meeting, also one nobody attended."""
    everyone = meetings.merge(scored, on="meeting_uuid", how="left")
    counts = ["sessions", "classified", "affected", "net_affected", "scored_minutes",
              "poor_minutes"]  # fmt: skip
    everyone[counts] = everyone[counts].fillna(0)
    everyone["band"] = everyone["band"].fillna("Unscored")
    return everyone


def instants(minutes: np.ndarray) -> np.ndarray:
    return (minutes.astype(np.int64) * 60_000_000).astype("datetime64[us]")


def with_edges(flags: pd.DataFrame, edges: dict) -> pd.DataFrame:
    """Unit, threshold and source of each flag."""
    by_delay = flags["cost_delay_r"].to_numpy() > flags["cost_loss_r"].to_numpy()
    flags["measure"] = flags["component"].map(MEASURE_OF).astype(object)
    flags.loc[by_delay, "measure"] = "delay_ms"
    flags["medium"] = flags["medium"].fillna("device")
    known = pd.DataFrame(
        [(*key, *value) for key, value in edges.items()],
        columns=["medium", "component", "measure", "threshold", "source"],
    )
    flags = flags.merge(known, on=["medium", "component", "measure"], how="left")
    elevated = flags["code"] == "CPU_SYSTEM_ELEVATED"
    flags.loc[elevated, ["threshold", "source"]] = edges["device", "elevated", "elevated"]
    flags["unit"] = flags["measure"].map(UNIT_OF)
    return flags.drop(columns="measure")


def read(files: Files, table: str, columns: list[str]) -> pd.DataFrame:
    """Columns of the files; without pyarrow, polars decodes for pandas, which is cheaper for it."""
    paths = [part[table] for part in files if table in part]
    if importlib.util.find_spec("pyarrow"):
        return pd.read_parquet(paths, columns=columns)
    frame = pl.read_parquet(paths, columns=columns)
    found = {}
    for column in frame:
        if isinstance(column.dtype, pl.Enum):
            codes_of = column.to_physical().cast(pl.Int8).fill_null(-1).to_numpy()
            found[column.name] = pd.Categorical.from_codes(codes_of, column.dtype.categories)
        else:
            found[column.name] = column.to_numpy()
    return pd.DataFrame(found, copy=False)


def minute_of(instants: pd.Series) -> np.ndarray:
    return (instants.to_numpy("datetime64[us]").astype(np.int64) // 60_000_000).astype(np.int32)


def q2(x: np.ndarray) -> np.ndarray:
    return np.floor(x * 100 + 0.5 + 1e-9) / 100


def score_streams(rows: pd.DataFrame, p: dict) -> tuple[pd.DataFrame, dict[str, np.ndarray]]:
    """Cleaned rows with their verdicts, and the component scores."""
    outside = np.zeros(len(rows), bool)
    clean = {}
    for name in ("bitrate_kbps", "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct",
                 "frame_rate_fps"):  # fmt: skip
        low, high = p["valid"]["fps" if name == "frame_rate_fps" else name]
        x = rows[name].to_numpy(np.float64, na_value=np.nan)
        inside = (x >= low) & (x <= high)
        outside |= ~inside & ~np.isnan(x)
        clean[name] = np.where(inside, x, np.nan)
    clean["latency_ms"][clean["latency_ms"] == 0] = np.nan
    raised = clean["max_loss_pct"] < clean["avg_loss_pct"]
    clean["max_loss_pct"] = np.where(raised, clean["avg_loss_pct"], clean["max_loss_pct"])
    height = rows["height_px"].to_numpy(np.float64, na_value=np.nan)
    medium, flow, leg = (codes(rows[c], w) for c, w in (
        ("medium", MEDIA), ("flow", ["input", "output"]),
        ("leg", ["client", "crc_from", "crc_to", "rwg_from", "rwg_to"])))  # fmt: skip
    sent = np.where(leg == 0, flow == 0, leg % 2 == 1)
    bitrate = clean["bitrate_kbps"]
    five = ("bitrate_kbps", "latency_ms", "jitter_ms", "avg_loss_pct", "max_loss_pct")
    silent = np.logical_and.reduce([np.isnan(clean[name]) for name in five])
    least = np.array([p["low_activity_kbps"][m] for m in MEDIA])[medium]
    reason = np.select(
        [silent | (bitrate == 0), bitrate < least, np.isnan(clean["avg_loss_pct"])],
        [REASONS.index("inactive"), REASONS.index("low_activity"), 0],
        -1,
    ).astype(np.int8)
    found, raw, net, limiting = components_of(clean, height, medium, reason < 0, p)
    table = pd.DataFrame(
        {
            "session_id": rows["session_id"].to_numpy(),
            "minute": minute_of(rows["sampled_at"]),
            "medium": medium,
            "stream": np.array([0, 4, 2])[medium] + flow,
            "sent": sent,
            "reason": reason,
            "outside": outside,
            "score": q2(raw),
            "net": q2(net),
            "limiting": limiting,
            **{k: clean[k] for k in clean if k != "bitrate_kbps"},
        },
        copy=False,
    )
    return table, found


def codes(column: pd.Series, words: list[str]) -> np.ndarray:
    if isinstance(column.dtype, pd.CategoricalDtype):
        order = np.array([words.index(c) for c in column.cat.categories], np.int8)
        return order[column.cat.codes.to_numpy()]
    return pd.Categorical(column, categories=words).codes


def emodel(latency: np.ndarray, jitter: np.ndarray, loss: np.ndarray, e: dict) -> tuple:
    delay = (
        latency * e["latency_factor"]
        + np.nan_to_num(jitter) * e["jitter_multiplier"]
        + e["fixed_delay_ms"]
    )
    x6 = np.log2(np.maximum(delay / e["mT"], 1)) ** 6
    idd = 25 * ((1 + x6) ** (1 / 6) - 3 * (1 + x6 / 729) ** (1 / 6) + 2)
    idd = np.nan_to_num(idd)
    ie = e["Ie"] + (e["ceiling"] - e["Ie"]) * loss / (loss / e["BurstR"] + e["Bpl"])
    r = np.clip(e["R0"] + e["A"] - idd - ie, 0, 100)
    mos = np.maximum(1, 1 + 0.035 * r + r * (r - 60) * (100 - r) * 7e-6)
    return mos, delay, idd, ie, r


def components_of(
    clean: dict, height: np.ndarray, medium: np.ndarray, active: np.ndarray, p: dict
) -> tuple:
    """Scores of each component in rows of their own, the lowest, and which it is."""
    n = len(medium)
    raw, net = np.full(n, np.nan), np.full(n, np.nan)
    limiting = np.full(n, -1, np.int8)
    found = {}
    for code, name in enumerate(MEDIA):
        at = np.flatnonzero(active & (medium == code))
        of = {k: v[at] for k, v in clean.items()}
        scores, parts = {}, None
        if name == "audio":
            mos, *parts = emodel(of["latency_ms"], of["jitter_ms"], of["avg_loss_pct"], p["emodel"])
            scores["emodel"] = mos
        for component, anchors in p["components"][name].items():
            xs, ys = zip(*anchors, strict=True)
            if component.startswith("fps"):
                large = height[at] >= p["video_large_min_height"]
                use = large if component == "fps_large" else ~large
                scores[component] = np.where(use, np.interp(of["frame_rate_fps"], xs, ys), np.nan)
            else:
                scores[component] = np.interp(of[component], xs, ys)
        names = sorted(scores)
        matrix = np.column_stack([scores[k] for k in names])
        np.copyto(matrix, np.inf, where=np.isnan(matrix))
        low = matrix.min(axis=1)
        first = (matrix <= low[:, None] + 1e-9).argmax(axis=1)
        raw[at] = low
        limiting[at] = np.array([COMPONENTS.index(k) for k in names], np.int8)[first]
        net[at] = matrix[:, [i for i, k in enumerate(names) if not k.startswith("fps")]].min(axis=1)
        found[name] = (at, scores, parts)
    return found, raw, net, limiting


def worst_minutes(rows: pd.DataFrame) -> pd.DataFrame:
    """Minima of each session and minute, and the row that set the score."""
    score, net, sent = rows["score"], rows["net"], rows["sent"]
    frame = pd.DataFrame(
        {
            "session_id": rows["session_id"],
            "minute": rows["minute"],
            "reason": rows["reason"].where(score.isna(), len(REASONS)),
            "score_sent": score.where(sent),
            "score_received": score.where(~sent),
            "net_score_sent": net.where(sent),
            "net_score_received": net.where(~sent),
            **{
                f"{name}_score": net.where(rows["medium"] == code)
                for code, name in enumerate(MEDIA)
            },
        },
        copy=False,
    )
    grouped = frame.groupby(KEY, sort=False)
    minima = grouped.min()
    minima["out_of_range_samples"] = rows.groupby(KEY, sort=False)["outside"].sum()
    # Quicker than idxmin or sorting all rows: those equal to the minimum, the first by name.
    low = np.fmin(
        grouped["score_sent"].transform("min"), grouped["score_received"].transform("min")
    )
    worst = rows.loc[score == low, [*KEY, "stream", "limiting", "sent"]]
    worst = worst.sort_values("stream", kind="stable").drop_duplicates(KEY).set_index(KEY)
    return minima.join(worst).reset_index()


def device_minutes(files: Files, p: dict) -> pd.DataFrame:
    columns = ["session_id", "sampled_at", "zoom_cpu_avg_pct", "system_cpu_max_pct", "cpu_pressure"]
    rows = read(files, "devices", columns)
    low, high = p["valid"]["cpu_pct"]
    table = {"session_id": rows["session_id"], "minute": minute_of(rows["sampled_at"])}
    for name, column in (("system", "system_cpu_max_pct"), ("zoom", "zoom_cpu_avg_pct")):
        x = rows[column].to_numpy(np.float64, na_value=np.nan)
        table[name] = np.where((x >= low) & (x <= high), x, np.nan)
    pressure = {"normal": 20.0, "fair": 50.0, "serious": 80.0, "critical": 100.0}
    level = rows["cpu_pressure"].astype(object).map(pressure).to_numpy(np.float64)
    table["system"] = np.where(np.isnan(table["system"]), level, table["system"])
    return pd.DataFrame(table).groupby(KEY, sort=False).max().reset_index()


def finish_minutes(minutes: pd.DataFrame, device: pd.DataFrame, p: dict) -> pd.DataFrame:
    m = minutes.merge(device, on=KEY, how="outer", sort=True)
    score = np.fmin(m["score_sent"].to_numpy(), m["score_received"].to_numpy())
    net = np.fmin(m["net_score_sent"].to_numpy(), m["net_score_received"].to_numpy())
    m.insert(2, "score", score)
    m.insert(3, "net_score", net)
    scored = ~np.isnan(score)
    m["band"] = pd.Categorical.from_codes(band_codes(score, p), BANDS)
    for name, column, words in (
        ("limiting_stream", m["stream"], STREAMS),
        ("limiting_reason", m["limiting"], COMPONENTS),
        ("limiting_direction", m["sent"].map({True: 0, False: 1}), ["sent", "received"]),
    ):
        codes_of = column.fillna(-1).to_numpy(np.int8)
        m[name] = pd.Categorical.from_codes(codes_of, words)
    why = np.where(scored, -1, m["reason"].fillna(len(REASONS))).astype(np.int8)
    m["unscored_reason"] = pd.Categorical.from_codes(why, [*REASONS, "no_stream"])
    m["out_of_range_samples"] = m["out_of_range_samples"].fillna(0).astype(np.int64)
    system = m["system"].to_numpy()
    high = system >= p["cpu"]["system_high"]
    session, minute = m["session_id"].to_numpy(), m["minute"].to_numpy()
    next_minute = np.zeros(len(m), bool)
    next_minute[1:] = (session[1:] == session[:-1]) & (minute[1:] - minute[:-1] == 1)
    before = np.zeros(len(m), bool)
    before[1:] = high[:-1] & next_minute[1:]
    known = ~np.isnan(system)
    known[1:] |= ~np.isnan(system[:-1]) & next_minute[1:]
    good = p["bands"][0][1]
    fps = m["limiting_reason"].isin(["fps_large", "fps_small"]).to_numpy()
    fps = fps & (net >= good) & (score < good)
    m["cpu_high"] = np.where(np.isnan(system), np.nan, high)
    m["cpu_cost"] = np.where(known, fps & (high | before), np.nan)
    return m.drop(columns=["stream", "limiting", "sent", "reason"])


def band_codes(score: np.ndarray, p: dict) -> np.ndarray:
    edges = [edge for _, edge in p["bands"][:-1]]
    code = np.select([score >= e for e in edges], range(len(edges)), len(edges))
    return np.where(np.isnan(score), 4, code)


def longest_run(session: np.ndarray, minute: np.ndarray) -> pd.Series:
    """Of sorted minutes that count: the longest run of each session."""
    if not len(session):
        return pd.Series(dtype=np.int64)
    breaks = np.ones(len(session), bool)
    breaks[1:] = (session[1:] != session[:-1]) | (minute[1:] - minute[:-1] != 1)
    starts = np.flatnonzero(breaks)
    length = np.diff(np.append(starts, len(session)))
    return pd.Series(length).groupby(session[starts]).max()


def sum_up_cpu(device: pd.DataFrame, minutes: pd.DataFrame, p: dict) -> pd.DataFrame:
    rules = p["cpu"]
    d = device.sort_values(KEY)
    system, zoom = d["system"], d["zoom"]
    high = system >= rules["system_high"]
    sums = (
        pd.DataFrame(
            {
                "session_id": d["session_id"],
                "cpu_minutes": system.notna() | zoom.notna(),
                "system_minutes": system.notna(),
                "cpu_high_minutes": high,
                "cpu_elevated_minutes": system >= rules["system_elevated"],
                "zoom_cpu_high_minutes": zoom >= rules["zoom_high"],
            }
        )
        .groupby("session_id")
        .sum()
    )
    by_session = d.groupby("session_id")
    sums["system_cpu_peak_pct"] = by_session["system"].max()
    sums["zoom_cpu_mean_pct"] = by_session["zoom"].mean().round(6)
    busy = d[high.to_numpy()]
    run = longest_run(busy["session_id"].to_numpy(), busy["minute"].to_numpy())
    sums["cpu_longest_high_run_min"] = run.reindex(sums.index, fill_value=0)
    cost = minutes.loc[minutes["cpu_cost"] == 1, "session_id"].value_counts()
    sums["cpu_cost_minutes"] = cost.reindex(sums.index, fill_value=0)
    of, many = sums["system_minutes"], sums["cpu_high_minutes"]
    is_high = (sums["cpu_longest_high_run_min"] >= rules["consecutive"]) | (
        (of >= 5) & (many >= of * rules["share"] - 1e-9)
    )
    flags = {
        "CPU_SYSTEM_HIGH": is_high,
        "CPU_SYSTEM_ELEVATED": ~is_high & (sums["cpu_elevated_minutes"] > 0),
        "CPU_ZOOM_HIGH": sums["zoom_cpu_high_minutes"] >= rules["consecutive"],
        "CPU_LIKELY_CAUSE": sums["cpu_cost_minutes"] > 0,
    }
    sums["cpu_flags"] = lists(flags)
    return sums.drop(columns="system_minutes").reset_index()


def lists(conditions: dict) -> list:
    """The names whose condition holds, as lists: one list for each pattern that occurs."""
    matrix = np.column_stack([np.asarray(c, bool) for c in conditions.values()])
    number = matrix @ (1 << np.arange(matrix.shape[1]))
    names = list(conditions)
    known = {k: [n for i, n in enumerate(names) if k >> i & 1] for k in np.unique(number).tolist()}
    return [known[k] for k in number.tolist()]


def score_participants(m: pd.DataFrame, p: dict) -> pd.DataFrame:
    poor_score = p["poor_score"]
    session = m["session_id"].to_numpy()
    counts = {"session_id": session, "present_minutes": 1, "scored_minutes": m["score"].notna()}
    for prefix, name in (("", "score"), ("net_", "net_score")):
        counts[f"{prefix}poor_minutes"] = m[name] < poor_score
        counts[f"{prefix}sum"] = m[name] * 100
    for medium in MEDIA:
        counts[f"{medium}_scored_minutes"] = m[f"{medium}_score"].notna()
        counts[f"{medium}_poor_minutes"] = m[f"{medium}_score"] < poor_score
    for way in ("sent", "received"):
        counts[f"{way}_poor_minutes"] = m[f"net_score_{way}"] < poor_score
    people = pd.DataFrame(counts).groupby("session_id").sum()
    n = people["scored_minutes"].to_numpy()
    people["coverage_pct"] = (n * 100.0 / people["present_minutes"]).round(6)
    scored = m[m["score"].notna()]
    for prefix, name in (("", "score"), ("net_", "net_score")):
        verdict(people, scored, n, prefix=prefix, name=name, p=p)
    limiting_of(people, scored[scored["score"] < poor_score])
    return people.drop(columns=["sum", "net_sum"]).reset_index()


def verdict(
    people: pd.DataFrame, scored: pd.DataFrame, n: np.ndarray, *, prefix: str, name: str, p: dict
) -> None:
    rules = p["participant"]
    session, minute = scored["session_id"].to_numpy(), scored["minute"].to_numpy()
    score = scored[name].to_numpy()
    has = people.index[n > 0]
    order = np.lexsort((score, session))
    begin = np.concatenate(([0], np.cumsum(n[n > 0])[:-1])).astype(np.int64)
    p10 = score[order][begin + (n[n > 0].astype(np.int64) - 1) // 10]
    p10 = pd.Series(p10, has).reindex(people.index).to_numpy()
    mean = np.divide(people[f"{prefix}sum"], n, where=n > 0, out=np.full(len(n), np.nan)) / 100
    pooled = q2(mean * (1 - rules["neg_bias"]) + p10 * rules["neg_bias"])
    worst = worst_window(session, minute, score, rules)
    bad = scored[score < p["poor_score"]]
    run = longest_run(bad["session_id"].to_numpy(), bad["minute"].to_numpy())
    run = run.reindex(people.index, fill_value=0).to_numpy()
    k = people[f"{prefix}poor_minutes"].to_numpy()
    share = {r: k >= n * rules[f"{r}_poor_share"] - 1e-9 for r in ("fair", "poor", "bad")}
    edge = [e for _, e in p["bands"]]
    enough = n >= rules["min_scored_minutes"]
    broken = {
        f"poor_share>={rules['fair_poor_share']:.0%}": share["fair"],
        f"pooled<{edge[0]}": pooled < edge[0],
        f"poor_share>={rules['poor_poor_share']:.0%}": share["poor"],
        f"poor_run>={rules['poor_run_minutes']}min": run >= rules["poor_run_minutes"],
        f"pooled<{edge[1]}": pooled < edge[1],
        f"poor_share>={rules['bad_poor_share']:.0%} or pooled<{edge[2]}": share["bad"]
        | (pooled < edge[2]),
    }
    hit = list(broken.values())
    band = np.select([~enough, hit[5], hit[2] | hit[3] | hit[4], hit[0] | hit[1]], [4, 3, 2, 1], 0)
    people[f"{prefix}mean_score"] = mean.round(6)
    people[f"{prefix}p10_score"] = p10
    people[f"{prefix}pooled_score"] = pooled
    people[f"{prefix}worst_window_score"] = worst.reindex(people.index).to_numpy()
    people[f"{prefix}longest_poor_run_min"] = run
    people[f"{prefix}band"] = pd.Categorical.from_codes(band, BANDS)
    reasons = {"too_few_scored_minutes": ~enough} | {t: enough & c for t, c in broken.items()}
    people[f"{prefix}reasons"] = lists(reasons)


def worst_window(
    session: np.ndarray, minute: np.ndarray, score: np.ndarray, rules: dict
) -> pd.Series:
    total, many = np.round(score * 100), np.ones(len(score))
    cents = total.copy()
    for k in range(1, rules["window_minutes"]):
        within = np.zeros(len(score), bool)
        within[:-k] = (session[k:] == session[:-k]) & (
            minute[k:] - minute[:-k] < rules["window_minutes"]
        )
        total[:-k] += np.where(within[:-k], cents[k:], 0)
        many += within
    mean = np.where(many >= rules["min_scored_minutes"], (total / many / 100).round(6), np.nan)
    return pd.Series(mean).groupby(session).min()


def limiting_of(people: pd.DataFrame, poor: pd.DataFrame) -> None:
    what = ["limiting_stream", "limiting_reason", "limiting_direction"]
    number = (
        poor["limiting_stream"].cat.codes.to_numpy(np.int64) * 16
        + poor["limiting_reason"].cat.codes.to_numpy(np.int64) * 2
        + poor["limiting_direction"].cat.codes.to_numpy(np.int64)
    )
    frame = pd.DataFrame({"session_id": poor["session_id"].to_numpy(), "number": number})
    many = frame.groupby(["session_id", "number"]).size().reset_index(name="many")
    many = many.sort_values(["session_id", "many", "number"], ascending=[True, False, True])
    first = many.drop_duplicates("session_id").set_index("session_id")["number"]
    first = first.reindex(people.index).fillna(-1).to_numpy(np.int64)
    words = (STREAMS, COMPONENTS, ["sent", "received"])
    found = (first // 16, first // 2 % 8, first % 2)
    for name, code, order in zip(what, found, words, strict=True):
        people[name] = pd.Categorical.from_codes(np.where(first < 0, -1, code), order)


def score_meetings(people: pd.DataFrame, minutes: pd.DataFrame, p: dict) -> pd.DataFrame:
    rules = p["meeting"]
    band = people["band"].cat.codes.to_numpy()
    net = people["net_band"].cat.codes.to_numpy()
    classified = (band >= 0) & (band < 4)
    n = people["scored_minutes"].fillna(0).to_numpy()
    pooled = np.where(classified, people["pooled_score"] * 100, 0).round()
    sums = {
        "meeting_uuid": people["meeting_uuid"],
        "sessions": 1,
        "classified": classified,
        "affected": np.isin(band, [2, 3]),
        "net_affected": np.isin(net, [2, 3]),
        "bad": band == 3,
        "scored_minutes": n,
        "poor_minutes": people["poor_minutes"].fillna(0),
        "weighted": pooled * n,
        "weight": np.where(classified, n, 0),
    }
    m = pd.DataFrame(sums).groupby("meeting_uuid").sum()
    low = people["pooled_score"].where(classified).groupby(people["meeting_uuid"]).min()
    m["worst_participant_score"] = low
    of, affected = m["classified"], m["affected"]
    m["affected_pct"] = (affected * 100 / of.where(of > 0)).round(6)
    m["poor_minutes_pct"] = (
        m["poor_minutes"] * 100 / m["scored_minutes"].where(m["scored_minutes"] > 0)
    ).round(6)
    m["score"] = q2((m["weighted"] / m["weight"].where(m["weight"] > 0) / 100).to_numpy())
    is_bad = (m["bad"] >= of * rules["bad_affected"] - 1e-9) | (
        (affected >= 2) & (affected >= of * rules["bad_affected"] - 1e-9)
    )
    is_poor = affected >= of * rules["poor_affected"] - 1e-9
    fair = p["participant"]["fair_poor_share"]
    is_fair = (
        (affected > 0)
        | ((m["poor_minutes"] >= m["scored_minutes"] * fair - 1e-9) & (m["scored_minutes"] > 0))
        | (m["score"] < p["bands"][0][1])
    )
    code = np.select([of == 0, is_bad, is_poor, is_fair], [4, 3, 2, 1], 0)
    m["band"] = pd.Categorical.from_codes(code, BANDS)
    m["widespread_minutes"] = widespread(people, minutes, p).reindex(m.index, fill_value=0)
    return m.drop(columns=["bad", "weighted", "weight"]).reset_index()


def widespread(people: pd.DataFrame, minutes: pd.DataFrame, p: dict) -> pd.Series:
    rules = p["meeting"]
    scored = minutes[minutes["score"].notna()]
    number, names = pd.factorize(people["meeting_uuid"])
    place = pd.Series(number, people["session_id"])
    frame = pd.DataFrame(
        {
            "meeting": place.reindex(scored["session_id"]).to_numpy(),
            "minute": scored["minute"].to_numpy(),
            "poor": (scored["score"] < p["poor_score"]).to_numpy(),
        }
    )
    both = frame.groupby(["meeting", "minute"], sort=False)["poor"].agg(["sum", "count"])
    hit = (both["sum"] >= rules["widespread_min"]) & (
        both["sum"] >= both["count"] * rules["widespread_share"] - 1e-9
    )
    many = both.index.get_level_values(0)[hit].value_counts()
    return pd.Series(many.to_numpy(), names[many.index.to_numpy()], dtype=np.int64)


def stream_flags(rows: pd.DataFrame, components: dict, p: dict) -> pd.DataFrame:
    """One row per session, component, medium and direction with any minute beyond the edge."""
    parts = []
    for medium, (at, scores, parts_of) in components.items():
        for name, score in scores.items():
            printed = q2(score)
            hit = np.flatnonzero(printed < p["poor_score"])
            model = [x[hit] for x in parts_of] if name == "emodel" else []
            part = samples(
                rows, at[hit], medium=medium, name=name, score=printed[hit], parts_of=model
            )
            parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    group = ["session_id", "medium", "sent", "component"]
    flags = gather(frame, group)
    flags["direction"] = np.where(flags.pop("sent"), "sent", "received")
    flags["code"] = flags["component"].map(CODE_OF)
    flags["band"] = BANDS[band_codes(flags["worst_score"].to_numpy(), p)]
    return flags


def samples(
    rows: pd.DataFrame,
    at: np.ndarray,
    *,
    medium: str,
    name: str,
    score: np.ndarray,
    parts_of: list[np.ndarray],
) -> pd.DataFrame:
    column = "frame_rate_fps" if name.startswith("fps") else name
    table = {
        "session_id": rows["session_id"].to_numpy()[at],
        "minute": rows["minute"].to_numpy()[at],
        "sent": rows["sent"].to_numpy()[at],
        "medium": medium,
        "component": name,
        "worst_score": score,
    }
    if name == "emodel":
        delay, idd, ie, r = parts_of
        loss = rows["avg_loss_pct"].to_numpy()[at]
        table["worst_value"] = np.where(ie >= idd, loss, delay)
        table["harm"] = -r
        values = (loss, rows["latency_ms"].to_numpy()[at], rows["jitter_ms"].to_numpy()[at], delay,
                  ie, idd, r)  # fmt: skip
        table |= dict(zip(PARTS, values, strict=True))
    else:
        table["worst_value"] = rows[column].to_numpy()[at]
        table["harm"] = table["worst_value"] * (-1 if name.startswith("fps") else 1)
    return pd.DataFrame(table)


def gather(frame: pd.DataFrame, group: list[str]) -> pd.DataFrame:
    """The worst sample of each group, its minutes and its longest run."""
    codes_of = frame.groupby(group, sort=False, observed=True).ngroup().to_numpy()
    frame = frame.assign(group=codes_of)
    frame = frame.sort_values(
        ["group", "minute", "worst_score", "harm"], ascending=[True, True, True, False]
    ).drop_duplicates(["group", "minute"])
    number, minute = frame["group"].to_numpy(), frame["minute"].to_numpy()
    run = longest_run(number, minute)
    worst = frame.sort_values(
        ["group", "worst_score", "harm", "minute"], ascending=[True, True, False, True]
    ).drop_duplicates("group")
    worst = worst.drop(columns="harm").rename(columns={"minute": "worst_at"})
    starts = np.flatnonzero(np.append([True], number[1:] != number[:-1]))
    worst["minutes"] = np.split(instants(minute), starts[1:])
    worst["flagged_minutes"] = np.diff(np.append(starts, len(number)))
    worst["longest_run_min"] = run.to_numpy()
    return worst.drop(columns="group").reset_index(drop=True)


def device_flags(device: pd.DataFrame, minutes: pd.DataFrame, cpu: pd.DataFrame,
                 p: dict) -> pd.DataFrame:  # fmt: skip
    rules = p["cpu"]
    raised = cpu[["session_id", "cpu_flags"]].explode("cpu_flags").dropna()
    parts = []
    marks = (("CPU_SYSTEM_HIGH", "system", "system_high"), ("CPU_ZOOM_HIGH", "zoom", "zoom_high"),
             ("CPU_SYSTEM_ELEVATED", "system", "system_elevated"))  # fmt: skip
    for code, column, key in marks:
        who = raised.loc[raised["cpu_flags"] == code, "session_id"]
        hit = device[(device[column] >= rules[key]) & device["session_id"].isin(who)]
        parts.append(
            pd.DataFrame(
                {
                    "session_id": hit["session_id"],
                    "minute": hit["minute"],
                    "code": code,
                    "worst_value": hit[column],
                    "worst_score": np.nan,
                    "harm": hit[column],
                }
            )
        )
    parts.append(likely_cause(minutes))
    frame = pd.concat(parts, ignore_index=True)
    flags = gather(frame, ["session_id", "code"])
    flags["component"] = np.where(
        flags["code"] == "CPU_ZOOM_HIGH", "zoom_cpu_avg_pct", "system_cpu_max_pct"
    )
    flags["band"] = np.where(flags["code"] == "CPU_SYSTEM_ELEVATED", "Fair", "Poor")
    return flags


def likely_cause(minutes: pd.DataFrame) -> pd.DataFrame:
    session, minute = minutes["session_id"].to_numpy(), minutes["minute"].to_numpy()
    system = minutes["system"].to_numpy()
    before = np.full(len(minutes), np.nan)
    neighbour = (session[1:] == session[:-1]) & (minute[1:] - minute[:-1] == 1)
    before[1:] = np.where(neighbour, system[:-1], np.nan)
    hit = (minutes["cpu_cost"] == 1).to_numpy()
    return pd.DataFrame(
        {
            "session_id": session[hit],
            "minute": minute[hit],
            "code": "CPU_LIKELY_CAUSE",
            "worst_value": np.fmax(system, before)[hit],
            "worst_score": minutes["score"].to_numpy()[hit],
            "harm": -minutes["score"].to_numpy()[hit],
        }
    )
