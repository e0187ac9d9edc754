"""Lines between two places that are done with, by their days."""

from __future__ import annotations

from logscan.pipeline.memory.once.held import Stretch, read, written


def test_stretches_come_back_from_disk() -> None:
    stretches = (Stretch(10, 5, 20), Stretch(30, 6, 21))
    assert read(written(stretches, 0, 30)) == stretches
    assert read("") == ()


def test_only_what_lies_between_the_places_is_kept_and_alike_is_one() -> None:
    stretches = (Stretch(10, 5, 20), Stretch(30, 6, 20), Stretch(50, 6, 20))
    assert read(written(stretches, 10, 40)) == (Stretch(40, 6, 20),)
    assert written(stretches, 50, 50) == ""


def test_a_day_is_done_before_its_end_and_beyond_what_can_be() -> None:
    stretch = Stretch(10, 5, 20)
    assert [stretch.done(day) for day in (4, 5, 19, 20)] == [True, False, False, True]
