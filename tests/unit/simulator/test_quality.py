"""What the numbers look like without any known cause, and what each trouble does to them."""

import itertools
from collections import Counter
from dataclasses import replace
from statistics import mean, pstdev

import pytest

from qosreport.simulator.causes import Impact
from qosreport.simulator.meetings import Touch
from qosreport.simulator.pages import qos_rows
from qosreport.simulator.quality import PRESSURE, samples_of
from qosreport.simulator.surroundings import Scene, Surroundings
from tests.unit.simulator import judge
from tests.unit.simulator.support import organisation

QUIET = organisation(meetings_per_week=110, weeks=1, causes=())
JOINS = [
    (meeting, join, Scene(meeting).around(join))
    for meeting in QUIET.everything()
    for join in meeting.qos_sessions
]


def measured(join, around):
    return samples_of(join, around, 1)


def staff(count, wanted=lambda _: True):
    """Some longer joins of people with everything on and nothing wrong."""
    fits = [
        (join, around)
        for _, join, around in JOINS
        if join.talks and join.camera and join.samples >= 25
        if join.person.kind == "member" and wanted(join)
    ]
    assert len(fits) >= count
    everything = [(join.join_s, join.leave_s) for join, _ in fits]
    return [
        (replace(join, touches=()), Surroundings([span], [span], [span], [span]))
        for (join, _), span in zip(fits[:count], everything, strict=False)
    ]


def test_a_join_measures_the_same_whenever_it_is_asked():
    for _, join, around in JOINS[:40]:
        assert measured(join, around) == measured(join, around)


def test_every_column_has_a_number_for_every_sample_and_runs_lie_within():
    for _, join, around in JOINS:
        samples = measured(join, around)
        assert samples.count == join.samples
        for stream in samples.streams.values():
            line = stream.line
            columns = [stream.bitrate_kbps, line.latency_ms, line.jitter_ms, line.loss_tenths]
            columns += [line.peak_tenths, stream.size, stream.frame_rate_fps]
            assert {len(one) for one in columns if one is not None} == {samples.count}
            for start, end in stream.runs:
                assert 0 <= start < end <= samples.count
            assert stream.runs == sorted(stream.runs)


def test_every_number_is_one_zoom_could_have_measured():
    for _, join, around in JOINS:
        samples = measured(join, around)
        for stream in samples.streams.values():
            line = stream.line
            assert min(stream.bitrate_kbps) >= 1
            assert min(line.latency_ms) > 0
            assert min(line.jitter_ms) >= 0
            assert 0 <= min(line.loss_tenths) <= max(line.peak_tenths) <= 1000
            pairs = zip(line.loss_tenths, line.peak_tenths, strict=True)
            assert all(average <= peak for average, peak in pairs)
            assert 1 <= min(stream.frame_rate_fps or [1]) <= max(stream.frame_rate_fps or [1]) <= 30
        for load in (samples.system_cpu_pct or [], samples.zoom_cpu_pct or []):
            assert all(0 < one <= 100 for one in load)
        assert all(-100 < one < -30 for one in samples.rssi_dbm or [])


def test_neighbouring_minutes_are_alike():
    def correlation(values):
        average, spread = mean(values), pstdev(values)
        pairs = itertools.pairwise(values)
        products = [(a - average) * (b - average) for a, b in pairs]
        return mean(products) / spread**2 if spread else 1.0

    found = [
        correlation(measured(join, around).streams["audio_input"].line.jitter_ms)
        for join, around in staff(30, lambda one: one.place.network_type == "Wifi")
    ]
    assert 0.5 < mean(found) < 0.95


def test_the_directions_of_a_line_move_independently():
    join, around = staff(1)[0]
    streams = measured(join, around).streams
    assert streams["audio_input"].line.jitter_ms != streams["audio_output"].line.jitter_ms


def test_wifi_is_rougher_than_wire_and_cellular_rougher_still():
    found = {}
    for network in ("Wired", "Wifi"):
        lines = [
            measured(join, around).streams["audio_input"].line
            for join, around in staff(20, lambda one, n=network: one.place.network_type == n)
        ]
        found[network] = mean(x for line in lines for x in line.jitter_ms)
    join, around = staff(1)[0]
    mobile = replace(join, place=replace(join.place, network_type="Cellular"))
    assert found["Wired"] < found["Wifi"]
    assert found["Wifi"] < mean(measured(mobile, around).streams["audio_input"].line.jitter_ms)


def test_signal_strength_is_told_on_wifi_only():
    for _, join, around in JOINS:
        samples = measured(join, around)
        wifi = join.place.network_type == "Wifi" and join.person.kind != "room"
        assert (samples.rssi_dbm is not None) == (wifi and samples.count > 0)


def test_rooms_show_only_their_legs_and_no_processor():
    rooms = [(join, around) for _, join, around in JOINS if join.person.kind == "room"]
    assert rooms
    for join, around in rooms:
        samples = measured(join, around)
        assert samples.system_cpu_pct is None
        assert all(name.endswith("_crc") for name in samples.streams)


def test_browsers_show_legs_as_well_and_pressure_instead_of_per_cent():
    web = [(join, around) for _, join, around in JOINS if join.person.kind == "web"]
    assert web
    for join, around in web:
        samples = measured(join, around)
        if samples.count:
            assert samples.system_cpu_pct is None
            assert set(samples.pressure) <= set(range(len(PRESSURE)))
    assert any("audio_device_to_rwg" in measured(*one).streams for one in web)


def test_muted_people_send_nothing_or_next_to_nothing():
    blank = quiet = 0
    for _, join, around in JOINS:
        stream = measured(join, around).streams.get("audio_input")
        if stream is None:
            continue
        covered = sum(end - start for start, end in stream.runs)
        blank += covered < join.samples
        quiet += any(
            rate < 5 for start, end in stream.runs for rate in stream.bitrate_kbps[start:end]
        )
    assert blank > 0.2 * len(JOINS)
    assert quiet > 0.1 * len(JOINS)


def test_who_has_the_camera_off_sends_no_pictures_but_sees_others():
    off = [one for one in JOINS if not one[1].camera and one[1].samples > 5 and one[2].faces]
    assert off
    for _, join, around in off:
        assert not any(
            name.startswith("video") and "input" in name for name in measured(join, around).streams
        )
    assert any("video_output" in measured(join, around).streams for _, join, around in off)


def test_the_jitter_of_shares_is_no_measure_of_the_network():
    join, around = staff(1)[0]
    streams = measured(join, around).streams
    assert mean(streams["as_input"].line.jitter_ms) > 3 * mean(
        streams["audio_input"].line.jitter_ms
    )


def poor(join, around, touch, name):
    """Shares of poor minutes of one stream, within the touch and outside it."""
    stream = measured(replace(join, touches=(touch,)), around).streams[name]
    sample = {}
    shares = Counter(), Counter()
    for at in range(join.samples):
        sample["bitrate"] = str(stream.bitrate_kbps[at])
        sample["latency"] = f"{stream.line.latency_ms[at]} ms"
        sample["jitter"] = f"{stream.line.jitter_ms[at]} ms"
        sample["avg_loss"] = f"{stream.line.loss_tenths[at] / 10}%"
        sample["max_loss"] = f"{stream.line.peak_tenths[at] / 10}%"
        if stream.size:
            sample["resolution"] = stream.size[at]
            sample["frame_rate"] = f"{stream.frame_rate_fps[at]} fps"
        parts = judge.components(name, sample)
        network = min((one for key, one in parts.items() if key != "fps"), default=5)
        inside = touch.first <= at <= touch.last
        shares[inside]["all"] += 1
        shares[inside]["network"] += network < 3
        shares[inside]["frames"] += parts.get("fps", 5) < 3
    return shares[True], shares[False]


@pytest.mark.parametrize(
    "impact",
    [Impact(loss_pct=9), Impact(jitter_ms=140), Impact(latency_ms=650)],
    ids=["loss", "jitter", "latency"],
)
@pytest.mark.parametrize(
    ("direction", "name"), [("sent", "video_input"), ("received", "video_output")]
)
def test_trouble_harms_its_own_minutes_and_its_own_direction_only(impact, direction, name):
    other = {"video_input": "video_output", "video_output": "video_input"}[name]
    harmed = 0
    for join, around in staff(6):
        touch = Touch("x", 5, 14, direction, impact)
        inside, outside = poor(join, around, touch, name)
        assert inside["all"] == 10
        harmed += inside["network"]
        assert outside["network"] == 0
        assert poor(join, around, touch, other)[0]["network"] == 0
    assert harmed >= 48


def test_an_overloaded_machine_loses_frames_and_nothing_else():
    harmed = 0
    for join, around in staff(6):
        touch = Touch("x", 5, 14, "device", Impact(cpu_pct=62))
        for name in ("video_input", "video_output"):
            inside, outside = poor(join, around, touch, name)
            harmed += inside["frames"]
            assert inside["network"] == outside["network"] == outside["frames"] == 0
        load = measured(replace(join, touches=(touch,)), around).system_cpu_pct
        assert min(load[5:15]) >= 90
        assert max(load) <= 100
    assert harmed >= 90


def test_poor_wifi_shows_in_the_signal():
    for join, around in staff(6, lambda one: one.place.network_type == "Wifi"):
        touch = Touch("x", 5, 14, "both", Impact(loss_pct=7, rssi_drop_db=28))
        signal = measured(replace(join, touches=(touch,)), around).rssi_dbm
        assert max(signal[5:15]) <= -75
        assert min(signal[:5] + signal[15:]) >= -70


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_noise_alone_makes_two_to_five_connections_of_a_hundred_poor(seed):
    simulation = organisation(seed=seed, meetings_per_week=100, weeks=1, causes=(), odd_values=0)

    verdicts = [judge.is_poor(row) for one in simulation.everything() for row in qos_rows(one)]
    known = [one for one in verdicts if one is not None]
    assert len(known) > 600
    assert 0.02 <= sum(known) / len(known) <= 0.05
