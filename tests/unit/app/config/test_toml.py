"""What is shown of a configuration is one."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

from logscan.app.config.check import settings_in, together
from logscan.app.config.slots import COMMON, Kept, Slot, Tree
from logscan.app.config.toml import holding, looked, stated, template

LANG = Slot(key="lang", name="lang", kind="text", choices=("en", "zh"), help="The language.")
PATHS = Slot(key="paths", name="paths", kind="text", many=True, value="PATH", help="What is read.")
TOP = Slot(key="top", name="top", kind="whole", low=1, default=10, help="Names in each list. " * 12)
STRICT = Slot(key="strict", name="strict", kind="flag", help="Minds what could not be read.")
TREE: Tree = {
    COMMON: {"lang": LANG, "paths": PATHS},
    ("flow",): {"lang": LANG, "paths": PATHS, "top": TOP, "strict": STRICT},
    ("rules", "lint"): {"lang": LANG},
}


def made(*files: str) -> Kept:
    read = tuple(Path(f"/{number}.toml") for number in range(len(files)))
    layers = [settings_in(text, TREE, str(path)) for path, text in zip(read, files, strict=True)]
    return Kept(looked=(*read, Path("/none.toml")), read=read, settings=tuple(together(layers)))


def test_what_stands_in_the_files_is_shown_as_toml_the_stronger_only() -> None:
    kept = made('[common]\nlang = "en"\npaths = ["/a"]\n[flow]\ntop = 3', '[common]\nlang = "zh"\n')
    text = "\n".join(stated(kept))
    assert tomllib.loads(text) == {"common": {"lang": "zh", "paths": ["/a"]}, "flow": {"top": 3}}
    assert re.findall(r"(\S+) += .*# (.*)", text) == [
        ("lang", "/1.toml:2"), ("paths", "/0.toml:3"), ("top", "/0.toml:5"),
    ]  # fmt: skip
    assert list(looked(kept)) == ["# /0.toml: read", "# /1.toml: read", "# /none.toml: not there"]


def test_a_command_s_options_are_shown_with_who_said_so() -> None:
    kept = made('[common]\nlang = "zh"\n[flow]\nstrict = true\n')
    text = "\n".join(holding(kept, ("flow",), TREE[("flow",)]))
    assert tomllib.loads(text) == {"flow": {"lang": "zh", "strict": True}}
    assert [line.split("  # ") for line in re.sub(" +#", "  #", text).splitlines()[2:]] == [
        ['lang = "zh"', "/0.toml:2, [common]"],
        ["#paths", "not set"],
        ["#top = 10", "default"],
        ["strict = true", "/0.toml:4"],
    ]


def test_the_template_names_each_option_once_and_holds_when_the_signs_are_taken_away() -> None:
    lines = list(template(TREE))
    assert max(map(len, lines)) <= 100
    assert tomllib.loads("\n".join(lines)) == {"common": {}, "flow": {}, "rules": {"lint": {}}}
    text = "\n".join(re.sub(r"^#(?! )", "", line) for line in lines)
    assert tomllib.loads(text) == {
        "common": {"lang": "en", "paths": ["PATH"]},
        "flow": {"top": 10, "strict": True},
        "rules": {"lint": {}},
    }
    assert len(settings_in(text, TREE, "x")) == 4
    assert "# As in [common]: lang, paths." in lines
