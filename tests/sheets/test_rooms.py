"""What rooms say of themselves is asked in steps: a word without its step would not be heard."""

import pytest

from terreau.sheets import rooms


@pytest.mark.parametrize("room", rooms.rooms(), ids=lambda room: room.__name__)
def test_each_word_of_a_room_has_its_step(room: object) -> None:
    pairs = (("week", "due"), ("found", "sought"), ("figures", "counted"), ("published", "shown"))
    assert [word for word, step in pairs if hasattr(room, word) and not hasattr(room, step)] == []
