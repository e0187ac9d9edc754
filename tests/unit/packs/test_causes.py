"""Tables of causes of a user's own: taken before ours, and refused as a whole when something is wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from logscan.model.problems import PackError
from logscan.packs.causes import load_causes


def written(folder: Path, text: str) -> tuple[str, ...]:
    (folder / "causes").mkdir()
    (folder / "causes" / "mine.toml").write_text(text, encoding="utf-8")
    return (str(folder),)


def test_a_site_s_texts_come_first_and_its_codes_replace_ours(tmp_path: Path) -> None:
    extra = written(
        tmp_path,
        '[[text]]\nid = "mine"\ncause = "greylisted"\nsays = "zebra"\n\n[reply]\n554 = "spam-content"\n',
    )
    found = load_causes(extra)
    assert found.texts[0].id == "mine"
    assert found.texts[0].ruling == found.ruling("greylisted")
    assert found.reply["554"] == "spam-content"
    assert found.reply["552"] == load_causes().reply["552"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[[text]]\nid = "mine"\ncause = "zebra"\nsays = "zebra"\n', "'zebra' is no cause"),
        ('[[text]]\nid = "mine"\ncause = "policy"\n', "'says' is a required property"),
        ('[[text]]\nid = "a b"\ncause = "policy"\nsays = "zebra"\n', "does not match"),
        ('[reply]\n250 = "policy"\n', "does not match"),
        ('[defaults]\npolicy = { nature = "maybe", fault = "us" }\n', "'maybe' is not one of"),
        ("[[text]\n", "is not TOML"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place(tmp_path: Path, text: str, said: str) -> None:
    with pytest.raises(PackError, match=r"mine\.toml") as refused:
        load_causes(written(tmp_path, text))
    assert said in str(refused.value) or any(said in problem.reason for problem in refused.value.problems)
