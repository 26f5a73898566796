from statistics import mean

from qosreport.simulator.tapes import LENGTH, LONGEST, record


def test_the_same_seed_records_the_same_noise():
    assert record(1) == record(1)
    assert record(1).jitter != record(2).jitter


def test_every_tape_is_long_enough_for_the_longest_join_from_any_place():
    tapes = record(1)
    found = [*tapes.latency.values(), *tapes.jitter.values(), *tapes.loss.values()]
    found += [tapes.wobble, tapes.peak, tapes.small, tapes.rate, tapes.load]
    assert {len(one) for one in found} == {LENGTH + LONGEST}


def test_rougher_tapes_are_worse_in_every_measure():
    tapes = record(1)
    for measure in (tapes.jitter, tapes.loss):
        assert mean(measure["calm"]) < mean(measure["lively"]) < mean(measure["rough"])
    assert max(tapes.latency["calm"]) < max(tapes.latency["rough"])
    assert min(tapes.latency["rough"]) >= -3


def test_a_peak_is_above_its_mean_and_a_wobble_around_one():
    tapes = record(1)
    assert min(tapes.peak) > 1
    assert 0.95 < mean(tapes.wobble) < 1.05
    assert min(tapes.wobble) > 0.5
