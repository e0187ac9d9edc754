"""What a machine with webmail logs besides its mail, and what of it is not there.

For: a scan without PATH that finds no webmail trouble because nobody logs it. In: names below /var/log.
Out: `unseen`, a note. Never: a note about what a machine does not have: without a web server nothing of the web is missed
one by one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from logscan.model.problems import Problem

_WEB: Final = re.compile(r"apache2|httpd|nginx")
#: who -> its names below /var/log, and how they are told to a reader.
_BEHIND: Final = {
    "PHP-FPM": (re.compile(r"php[\w.]*-?fpm.*|php\d*"), "php*-fpm.log, php-fpm/"),
    "Roundcube": (re.compile(r"roundcube(?:mail)?"), "roundcube/, roundcubemail/"),
}


def unseen(root: str, names: Sequence[str]) -> Problem | None:
    """Return a note on the logs of webmail that were looked for below `root` and are not there."""
    if not any(_WEB.fullmatch(name) for name in names):
        return Problem(
            where=root,
            reason="no web server's logs are there (apache2/, httpd/, nginx/): nothing was looked at that concerns webmail",
            help="nothing to do where webmail runs elsewhere; else name its logs",
            unreadable=False,
        )
    missing = {who: told for who, (known, told) in _BEHIND.items() if not any(map(known.fullmatch, names))}
    if not missing:
        return None
    told = " and ".join(f"{who} ({where})" for who, where in missing.items())
    return Problem(
        where=root,
        reason=f"looked for and not there: logs of {told}",
        help="PHP-FPM: `error_log` and `catch_workers_output` in its configuration say where it writes; Roundcube: `log_driver` and"
        " `log_dir`, often logs/ in its own folder; name the files or the folder",
        unreadable=False,
    )
