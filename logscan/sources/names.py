"""What the names and first bytes of files say about whether they are logs.

In: a name or the first bytes. Out: yes or no, and for what is no log, what it is.
Never: decides that a file *is* a log; parsers do that by its lines.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from logscan.sources.rotation import stem

#: Where logs are when nobody says where.
DEFAULT_ROOT: Final = "/var/log"

# Debian: mail.log mail.err mail.warn mail.info syslog php8.2-fpm.log; RHEL: maillog messages;
# SUSE: mail mail.err mail.warn mail.info messages; Alpine: messages maillog. What has a log of its own if it was told so:
# Postfix, its milters, Dovecot, PHP.
_DEFAULT_FILES = re.compile(
    r"mail|maillog|mail\.(?:log|err|warn|info)|(?:postfix|opendkim|opendmarc)(?:\.log)?|syslog|messages"
    r"|php[\w.]*-?fpm[\w.-]*|php(?:[_-]errors?)?\.log|dovecot(?:-\w+)?\.log"
    # what happens around them: Debian kern.log cron.log mysql.err, RHEL cron mysqld.log
    r"|kern\.log|cron(?:\.log)?|mysqld?\.(?:log|err)|mariadb\.(?:log|err)"
)
# RHEL: httpd php-fpm roundcubemail; Debian and SUSE: apache2; Alpine: apache2 php83. Where `mail` is a folder (openSUSE's
# old syslog-ng, containers), its files count. Roundcube: roundcube on Debian, webmail and extmail by hand.
_DEFAULT_FOLDERS = re.compile(
    r"apache2|httpd|nginx|mail|postfix|dovecot|php[\w.]*-?fpm[\w.-]*|php\d*|roundcube(?:mail)?|webmail|extmail"
    r"|mysql|mariadb"
)
_MAIL_FILES = re.compile(r"mail|maillog|mail\.(?:log|info)|postfix(?:\.log)?")

_NO_LOG_NAMES = re.compile(
    r"""(?:[wub]tmp|lastlog|faillog|tallylog)(?:[.-]\d.*)?          # logins, in binary
      | .*\.(?:journal~?|db|sqlite3?|sqlite-\w+|pickle|pkl|pcap|rrd|pid|lock|lck|sock|swp|so|pyc
              |png|jpe?g|gif|pdf|tar|tgz|txz|tbz2?|zip|7z|rar|deb|rpm)(?:\.(?:gz|bz2|xz|zst))?""",
    re.VERBOSE | re.IGNORECASE,
)

#: What `foreign` calls a file of the journal.
JOURNAL: Final = "a file of the systemd journal"

# first bytes -> what it is, and what to do with it
_FOREIGN: Final = (
    (
        b"LPKSHHRH",
        JOURNAL,
        "where there is journalctl: `journalctl -o json --all --file {path} | logscan scan -`",
    ),
    (b"SQLite format 3\x00", "an SQLite database", "name the log itself"),
    (b"\x80\x02", "a Python pickle", "name the log itself"),
    (b"\x80\x03", "a Python pickle", "name the log itself"),
    (b"\x80\x04\x95", "a Python pickle", "name the log itself"),
    (b"\x80\x05\x95", "a Python pickle", "name the log itself"),
    (b"\x7fELF", "a program", "name the log itself"),
    (b"PK\x03\x04", "a zip archive", "unpack it first: `unzip -p {path} | logscan scan -`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive", "unpack it first: `7z x -so {path} | logscan scan -`"),
    (b"Rar!\x1a\x07", "a RAR archive", "unpack it first"),
    (b"\x1f\x9d", "a file of compress(1)", "unpack it first: `zcat {path} | logscan scan -`"),
    (b"\x04\x22\x4d\x18", "an lz4 archive", "unpack it first: `lz4cat {path} | logscan scan -`"),
    (b"LZIP", "an lzip archive", "unpack it first: `lzip -dc {path} | logscan scan -`"),
    (b"\x89PNG\r\n", "a picture", "name the log itself"),
    (b"%PDF-", "a PDF document", "name the log itself"),
)
_TAR = ("a tar archive", "unpack it first: `tar -xf {path}`, then name the folder")
_TAR_MARK_AT = 257  # POSIX.1, ustar


def in_default_set(name: str) -> bool:
    """Tell whether a file directly below /var/log is one that mail or web servers write."""
    return _DEFAULT_FILES.fullmatch(stem(name)) is not None and not looks_foreign(name)


def is_mail_log(name: str) -> bool:
    """Tell whether a file or folder directly below /var/log is what a distribution writes mail's lines into."""
    return _MAIL_FILES.fullmatch(stem(name)) is not None


def is_default_folder(name: str) -> bool:
    """Tell whether a folder directly below /var/log holds logs of mail or web servers."""
    return _DEFAULT_FOLDERS.fullmatch(name) is not None


def looks_foreign(name: str) -> bool:
    """Tell whether a name is that of something that is no text log, or of a hidden file."""
    return name.startswith(".") or _NO_LOG_NAMES.fullmatch(name) is not None


def foreign(start: bytes) -> tuple[str, str] | None:
    """Tell by a file's first (decompressed) bytes what it is if it is no log: its kind, and what to do.

    The advice may hold `{path}`.
    """
    if start[_TAR_MARK_AT : _TAR_MARK_AT + 5] == b"ustar":
        return _TAR
    return next(((kind, advice) for mark, kind, advice in _FOREIGN if start.startswith(mark)), None)


def suffix(name: str) -> str:
    """Return what to count a skipped file under: its extension, or its name without digits."""
    extension = Path(stem(name)).suffix
    return extension or re.sub(r"[\d.-]+$", "", name)
