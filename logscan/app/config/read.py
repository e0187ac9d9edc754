"""The configuration that holds: which files, checked, the stronger over the weaker.

In: the environment, the name that --config gave, the tree of what may stand there. Out: `Kept`.
Never: imports or builds anything where there is no file.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from logscan.app.config.files import asked_for, places, text_of
from logscan.app.config.slots import Kept, Tree
from logscan.model.problems import ConfigError, Problem


def kept(environ: Mapping[str, str], named: str | None, tree: Callable[[], Tree]) -> Kept:
    """Return what the configuration files say. tree: asked for only when there is one.

    Raises ConfigError, with the problems of all files.
    """
    looked, must = places(environ, named), asked_for(environ, named)
    problems: list[Problem] = []
    texts = {}
    for path in looked:
        try:
            texts[path] = text_of(path, named=must)
        except ConfigError as error:
            problems += error.problems
    there = {path: text for path, text in texts.items() if text is not None}
    layers = []
    if there:
        from logscan.app.config.check import settings_in, together  # noqa: PLC0415  tomllib is not free

        for path, text in there.items():
            try:
                layers.append(settings_in(text, tree(), str(path)))
            except ConfigError as error:
                problems += error.problems
    if problems:
        raise ConfigError(tuple(problems))
    return Kept(looked=looked, read=tuple(there), settings=tuple(together(layers)) if layers else ())
