"""Folders of TOML into a pack: everything that is wrong at once, and whose it is."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from logscan.model.problems import PackError, Problem
from logscan.packs import load as loading
from logscan.packs.load import card_files, identity, load, read_cards, read_table, read_texts
from logscan.packs.locate import ours
from tests.example_card import CARD

Write = Callable[..., Path]


def load_ours_and(*folders: Path) -> loading.Pack:
    return load(tuple(map(str, folders)))


def wrong(folder: Path) -> dict[str, str]:
    """Return what `load` says is wrong: file or file and place -> reason."""
    with pytest.raises(PackError) as caught:
        load_ours_and(folder)
    return {problem.where.removeprefix(f"{folder}/"): problem.reason for problem in caught.value.problems}


def test_the_id_of_a_card_is_its_path(folder: Path, write: Write) -> None:
    write("site/smtp/it-is-off.toml")
    pack = load_ours_and(folder)
    card = pack.cards["site.smtp.it-is-off"]
    assert card.id == "site.smtp.it-is-off"
    assert card.origin == str(folder / "site/smtp/it-is-off.toml")
    assert identity(folder, folder / "a/b.toml") == "a.b"


def test_ours_and_the_users_are_one_pack_in_order_of_ids(folder: Path, write: Write) -> None:
    write("aaa/first.toml")
    pack = load_ours_and(folder)
    assert set(load().cards) == set(pack.cards) - {"aaa.first"}
    assert list(pack.cards) == sorted(pack.cards)
    assert len(pack.cards) > 200


def test_every_card_of_ours_says_where_it_comes_from() -> None:
    assert all(Path(card.origin).is_file() for card in load().cards.values())
    assert all(Path(card.origin).is_relative_to(ours()) for card in load().cards.values())


def test_the_same_id_in_two_folders_is_an_error_that_names_both(
    tmp_path: Path, folder: Path, write: Write
) -> None:
    first = write("site/it.toml")
    second = tmp_path / "more" / "site" / "it.toml"
    second.parent.mkdir(parents=True)
    second.write_text(first.read_text())
    with pytest.raises(PackError) as caught:
        load_ours_and(folder, tmp_path / "more")
    [problem] = caught.value.problems
    assert problem.where == str(second)
    assert str(first) in problem.reason


def test_an_id_of_ours_cannot_be_taken(folder: Path, write: Write) -> None:
    write("postfix/smtp/no-reverse-dns.toml")
    said = wrong(folder)
    assert list(said) == ["postfix/smtp/no-reverse-dns.toml"]
    assert "patterns/postfix/smtp/no-reverse-dns.toml" in said["postfix/smtp/no-reverse-dns.toml"]


def test_everything_that_is_wrong_is_told_at_once(folder: Path, write: Write) -> None:
    write("site/good.toml")
    write("site/no-toml.toml", "since = ")
    (folder / "site/no-text.toml").write_bytes(b"since = '\xff'")
    (folder / "site/gone.toml").symlink_to(folder / "nowhere")
    write("texts/de.toml", "[")
    card = write("site/odd.toml")
    card.write_text(card.read_text().replace('"error"', '"awful"').replace('cause = "local-config"\n', ""))
    said = wrong(folder)
    assert set(said) == {
        "site/no-toml.toml", "site/no-text.toml", "site/gone.toml", "texts/de.toml",
        "site/odd.toml: (top)", "site/odd.toml: severity",
    }  # fmt: skip
    assert "is not TOML" in said["site/no-toml.toml"]
    assert "is not UTF-8" in said["site/no-text.toml"]
    assert "'cause' is a required property" in said["site/odd.toml: (top)"]
    assert "'awful'" in said["site/odd.toml: severity"]


def test_a_name_with_a_dot_is_no_folder(folder: Path, write: Write) -> None:
    """Or a.b.toml and a/b.toml would be one card, and one of them would be lost."""
    write("site/a/b.toml")
    write("site/a.b.toml")
    assert "has a dot in its name" in wrong(folder)["site/a.b.toml"]
    cards, problems = read_cards(folder)
    assert list(cards) == ["site.a.b"]
    assert len(problems) == 1


def test_a_folder_that_is_not_there_is_told(tmp_path: Path, write: Write) -> None:
    for place in (tmp_path / "nowhere", write("site/it.toml")):
        with pytest.raises(PackError, match="is not a folder"):
            load_ours_and(place)


def test_what_holds_no_cards_is_not_read_as_such(folder: Path, write: Write) -> None:
    write("site/it.toml")
    for name in (
        "_draft.toml",
        ".hidden.toml",
        "site/_half.toml",
        "registry/x.toml",
        "providers/x.toml",
        "formats/x.toml",
    ):
        write(name, "not = TOML = at all")
    write("site/readme.txt", "no card")
    assert card_files(folder) == (folder / "site/it.toml",)
    assert "site.it" in load_ours_and(folder).cards


def test_translations_come_from_files_and_folders(folder: Path, write: Write) -> None:
    write("texts/de.toml", '["a.b"]\ntitle = "eins"\n')
    write("texts/de/more.toml", '["a.c"]\ntitle = "zwei"\nremedy = ["drei"]\n')
    write("texts/fr.toml", '["a.b"]\ntitle = "un"\n')
    texts, problems = read_texts(folder)
    assert not problems
    assert texts == {
        "de": {"a.b": {"title": "eins"}, "a.c": {"title": "zwei", "remedy": ["drei"]}},
        "fr": {"a.b": {"title": "un"}},
    }


@pytest.mark.parametrize(
    "table",
    [
        '"a.b" = "no table"',
        '["a.b"]\ntitle = 3',
        '["a.b"]\nremedy = "one"',
        '["a.b"]\nverify = [1]',
        '["a.b"]\nmeaning = ["x"]',
    ],
    ids=["no-table", "number", "no-list", "list-of-numbers", "list"],
)
def test_translations_of_another_shape_are_told(folder: Path, write: Write, table: str) -> None:
    write("texts/zh.toml", table)
    assert wrong(folder) == {"texts/zh.toml: a.b": "is not a table of texts and lists of texts"}


def test_a_remedy_is_one_text_in_the_program_s_own_words(folder: Path, write: Write) -> None:
    write("texts/zh.toml", '["ui.blind.x"]\nremedy = "one"\n["uix"]\nremedy = "one"\n')
    assert wrong(folder) == {"texts/zh.toml: uix": "is not a table of texts and lists of texts"}


def test_a_users_translation_is_added_to_ours(folder: Path, write: Write) -> None:
    write("site/it.toml")
    write("texts/zh/mine.toml", '["site.it"]\ntitle = "题"\n')
    texts = load_ours_and(folder).texts["zh"]
    assert texts["site.it"] == {"title": "题"}
    assert texts.keys() - {"site.it"} == load().texts["zh"].keys()


def test_the_cache_changes_nothing(
    folder: Path, write: Write, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write("site/it.toml")
    asked: list[Path] = []
    read = loading._read

    def counted(root: Path) -> dict[str, Any]:
        asked.append(root)
        return read(root)

    monkeypatch.setattr(loading, "_read", counted)
    load.cache_clear()
    first = load_ours_and(folder)
    assert asked == [ours(), folder]
    load.cache_clear()
    second = load_ours_and(folder)
    assert asked == [ours(), folder]
    assert first == second
    assert len(list(cache.iterdir())) == 2


def test_broken_cards_are_told_every_time(folder: Path, write: Write, cache: Path) -> None:
    write("site/it.toml", "since = ")
    assert wrong(folder) == wrong(folder)
    assert len(list(cache.iterdir())) <= 1  # ours


def test_a_table_is_read_or_the_problem_is_returned(folder: Path, write: Write) -> None:
    assert read_table(write("a.toml", "x = 1")) == {"x": 1}
    told: Any = read_table(folder)
    assert isinstance(told, Problem)
    assert told.where == str(folder)


DERIVED = (
    CARD.partition("literal = ")[0].replace(
        'fault = "us"\n', 'fault = "us"\nderived = "login"\nbehind = ["rate-limited"]\n'
    )
    + "[text]"
    + CARD.partition("[text]")[2].partition("[[hit]]")[0]
)


def test_a_derived_card_has_no_line_and_so_no_examples(folder: Path, write: Write) -> None:
    write("site/theft.toml", DERIVED)
    card = load_ours_and(folder).cards["site.theft"]
    assert (card.derived, card.behind, card.hits, card.misses) == ("login", ("rate-limited",), (), ())


@pytest.mark.parametrize(
    "text",
    [
        DERIVED + CARD[CARD.index("[[hit]]") :],
        DERIVED.replace('direction = "local"\n', 'direction = "local"\nliteral = ["sasl_username"]\n'),
        DERIVED.replace('derived = "login"', 'derived = "weather"'),
        DERIVED.replace('derived = "login"\n', ""),
        CARD.replace('fault = "us"\n', 'fault = "us"\nbehind = ["rate-limited"]\n'),
        CARD.partition("[[miss]]")[0],
    ],
    ids=["examples", "a literal", "an unknown statement", "no statement", "behind without one", "no miss"],
)
def test_what_is_half_a_derived_card_is_none(folder: Path, write: Write, text: str) -> None:
    write("site/theft.toml", text)
    assert wrong(folder)
