r"""What is looked for in the text of logs: one alternation of all that may be somebody's, and of plain words.

In: nothing. Out: `TOKEN`, for Polars, which cuts a text at everything that it finds; `KINDS`, for Python, which says of one
piece what it is. Never: a pattern that reaches over a line's end; one that the two engines read in two ways.

The first alternative that fits at a place wins. What names itself (`user=`, `helo=<>`) comes before what is told by its
looks (an address, a host), and words come last.
"""

from __future__ import annotations

import re
from typing import Final

#: Letters of other scripts. All of them: an automaton for Unicode's own list of letters is a hundred times slower.
_OTHERS: Final = "\u0080-\U0010ffff"
_CLASSES: Final = {
    "w": f"0-9A-Za-z_{_OTHERS}",
    "d": "0-9",
    "s": r" \t\r\n",
    "l": f"A-Za-z{_OTHERS}",
    "o": _OTHERS,
}


def _spelled(pattern: str) -> str:
    """Return the pattern with `\\w`, `\\d`, `\\s` and our own `\\l`, a letter, spelled out; `\\o` is one of another script."""
    said = []
    inside = False
    at = 0
    while at < len(pattern):
        sign = pattern[at]
        if sign == "\\":
            sign = pattern[at : at + 2]
            letters = _CLASSES.get(sign[1])
            sign = sign if letters is None else letters if inside else f"[{letters}]"
        elif sign == "[" and not inside:
            inside = True
        elif sign == "]":
            inside = False
        said.append(sign)
        at += 2 if pattern[at] == "\\" else 1
    return "".join(said)


#: So many characters without a delimiter are one piece, whatever is in them: none is looked at again from each of its
#: places, which a stranger's line of many kilobytes could make very slow.
LONG: Final = 64

_STAMP: Final = (
    r"(?:[A-Z][a-z]{2} [ \d]\d (?:\d{4} )?\d\d:\d\d:\d\d(?:[.,]\d+)?"
    r"|(?:[A-Z][a-z]{2} )?\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:?\d\d| [A-Z]{3,5})?"
    r")"
)
_HOST: Final = r"(?:[\w:](?:[\w.:%@/~+-]*[\w.])?|\[[0-9A-Fa-f:.]+\])"
#: Something in quotes or brackets of any kind (in JSON quotes have a backslash), or up to a delimiter.
_VALUE: Final = (
    r"(?:<[^<>\n]*>|\\?\"[^\"\n\\]*\\?\"(?:@[\w.-]*\w)?|'[^'\n]*'|\[[^\]\n]*\]|[^\s<>\"',;()\[\]{}\\&]+)"
)
_QUOTED: Final = r"(?:\\?\"[^\"\n\\]*\\?\"|'[^'\n]*'|<[^<>\n]*>)"
_COLON: Final = r"(?:\\?\"? ?: ?)"
_FOUR: Final = r"\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}"
_LOCAL: Final = r"[^\s<>\"'()\[\]{}=,;:|&?@\\/]"
#: One of them, or what `safety.escape` made of a character that nobody sees.
_LETTERS: Final = rf"(?:{_LOCAL}|\\[xu][0-9a-f]{{2,8}})"
#: What begins an address whose local part holds another one, as SRS, BATV and VERP write it; elsewhere `name=` goes before.
_REWRITTEN: Final = (
    r"(?:(?i:srs[01]|(?:ms)?prvs1?|btv1|bounces?|owner|return|verp)[=+-]|[\w.-]*[+\d][\w.+-]*=)"
)
_DOMAIN: Final = r"(?:\[[0-9A-Fa-f.:IPv]+\]|[\w.-]*\w)"
_PATH: Final = r"[^\s\"'<>()\[\]{},;:?|\\]"
_QUERY: Final = r"(?:\?[^\s\"'<>\\]*)?"
#: What Postfix writes before a header or a line of a mail that its checks looked at.
_CHECKED: Final = (
    r"(?i:(?:\b(?:reject|warning|hold|discard|redirect|filter|prepend|replace|info|strip|bcc|delay|pass|ignore|dunno|[a-z]+-reject)"
    r": (?:mime-|nested-)?(?:header|body)|\bmessage (?:header|body):) )"
)
_SERVICE: Final = (
    r"(?:imap|pop3|lmtp|lda|managesieve|submission|sieve|indexer-worker|quota-status|doveadm|auth|sql|ldap|passwd-file"
    r"|pam|passwd|dict|static|lua|cache|checkpassword|vpopmail|oauth2)"
)

#: Kind and pattern, in the order in which they are tried. Neither has a group.
ALTERNATIVES: Final = (
    # --- what stands at fixed places
    ("head", rf"^(?:<\d{{1,3}}>)?(?:\d{{1,2}} )?(?:{_STAMP} {_HOST} ){{1,2}}"),
    ("uptime", rf"^(?:\[ *\d+\.\d+\]|\d{{9,11}}\.\d{{3,9}}) {_HOST} [\w/.@()-]+(?:\[\d+\])?:"),
    ("access", r"^(?:[^\s\"\[]+ ){2,3}[^\n\"\[]{1,120} \[\d\d/[A-Z][a-z]{2}/\d{4}:"),
    ("content", rf"{_CHECKED}[^\n]* from (?:local|[^\s\[]+\[[^\]\n]*\]);"),
    ("rest", rf"{_CHECKED}[^\n]*"),
    ("cron", r"\([^()\s]+\) (?:CMD|RELOAD|LIST|REPLACE|BEGIN|END|DELETE|INFO|ERROR|CMDOUT|CMDEND|MAIL)\b"),
    # --- what names itself
    ("session", rf"\b{_SERVICE}(?:-login|-worker)?\([^()\n]*\)(?: ?<[^<>\s]*>){{0,2}}"),
    (
        "subject",
        rf"(?i:\bsubject)(?:=|{_COLON})(?:{_QUOTED}|(?:[^\n\"]|\"[^\n,}}\]:])*)",
    ),
    ("msgid", rf"(?i:\b(?:resent-)?(?:message[-_]?id|msg[-_]?id))(?:=|{_COLON}){_VALUE}"),
    ("origin", rf"(?i:\b_?(?:hostname|logsource|syslog_host))(?:={_VALUE}|{_COLON}{_QUOTED})"),
    (
        "helo",
        (
            rf"(?i:\b(?:helo|helo_name|client_name|host_name|rhost|host|server|vhost|servername|http_host|beat|node"
            rf"|container_name|container|pod|namespace|realm|domain|d))(?:={_VALUE}|{_COLON}{_QUOTED})"
        ),
    ),
    (
        "account",
        (
            rf"(?i:\b(?:(?:sasl_|remote_|_)?user(?:_?name)?|sasl_sender|usr|login|logname|ruser|acct|account|auth[cz]id|mailbox"
            rf"|identity|principal|uid_name|owner|customer))(?:={_VALUE}|{_COLON}{_QUOTED})"
        ),
    ),
    (
        "user",
        (
            rf"(?i:\b(?:(?:for|of|invalid|illegal|by|AH0\d{{4}}:) user|(?:accepted|failed) [a-z/-]+ for(?: invalid user)?"
            rf"|(?:login|log in|authentication)(?: failed| failure| error| succeeded)? for|(?:failed|successful) login for|alias database loop for|(?:mailbox|forward file|home directory) (?:of|for)))"
            rf" {_VALUE}"
        ),
    ),
    (
        "quoted",
        (
            r"(?i:\b(?:users?|logins?|accounts?|mailbox(?:es)?|recipients?|senders?)) "
            r"(?:\\?\"[^\"\n\\]*\\?\"|'[^'\n]*')(?:@'[^'\n]*')?"
        ),
    ),
    (
        "party",
        (
            rf"(?i:\b(?:from|to|orig_to|cc|bcc|for|sender|recipients?|rcpt|mailfrom|mail_from|envfrom|env[-_]from|rcptto|rcpt_to|addr"
            rf"|return-path|reply-to|delivered-to|envelope[-_]sender))(?:=(?:<[^<>\n]*>|\\?\"[^\"\n\\]*\\?\"(?:@[\w.-]*\w)?|[^\s<>\"',;()\[\]{{}}\\&]+)|{_COLON}{_QUOTED})"
        ),
    ),
    (
        "secret",
        (
            rf"(?i:(?:\b[\w-]*(?:sess(?:ion)?|phpsessid|token|csrf|cookie|passw(?:or)?d|passwd|passphrase|secret)(?:[-_]?id)?|\bpass|\bpwd"
            rf"|\bsid|\bapi[-_]?key|\bauthorization))(?:={_VALUE}|{_COLON}{_QUOTED})"
        ),
    ),
    ("header", r"(?i:\b(?:set-)?cookie|\b(?:proxy-)?authorization): [^\n\"]*"),
    ("site", r", server: [^\s,]+"),
    ("sql", r"\w ?(?:=|(?i:like)) ?'[^'\n]*'|(?i:\bvalues) ?\([^()\n]*\)"),
    ("file", rf"(?i:\b(?:file_?name|attachment|name\*?))(?:={_VALUE}|{_COLON}{_QUOTED})"),
    ("selector", r"\b(?:s|selector)=[^\s,;)\"\\]+"),
    ("directory", r"(?i:\b(?:dc|ou|cn|uid|sn|givenname)=)[^\s,;\"'()<>\\]+|(?i:\bsubject_cn=)[^,\n]*"),
    ("bytes", r"\"[A-Z_]{3,64}\" ?: ?\[[\d, ]*\]"),
    # --- what is told by its looks
    ("url", r"\b[A-Za-z][A-Za-z0-9+.-]*://[^\s\"'<>\\,;)\]}]*"),
    ("unix", r"\bunix:[^\s\"'<>\\,;)\]}:]+"),
    ("angled", r"<[^<>\n]*@[^<>\n]*>|<[^<>\s]+>"),
    ("mail", rf"\\?\"[^\"\n@\\]{{1,128}}\\?\"@{_DOMAIN}"),
    ("mail2", rf"(?:{_REWRITTEN}(?:{_LOCAL}|=)*|{_LETTERS}+(?:'{_LETTERS}+)*)(?:@|%40){_DOMAIN}"),
    ("run", rf"(?:{_LOCAL}|[=\\'@]){{{LONG},}}"),
    ("mac", r"\b[0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){5,}\b"),
    (
        "six",
        (
            rf"(?i:\bipv6:)?(?:\b[0-9A-Fa-f]{{1,4}})?(?::[0-9A-Fa-f]{{0,4}}){{1,6}}:(?:{_FOUR}|[0-9A-Fa-f]{{1,4}})(?:%\w+)?\b"
            r"|\b[0-9A-Fa-f]{1,4}(?::[0-9A-Fa-f]{1,4})*::"
        ),
    ),
    ("peer", rf"[\w.-]+\[(?:{_FOUR}|[0-9A-Fa-f]*:[0-9A-Fa-f:.%]*)\]"),
    ("path", rf"(?:~|\.{{1,2}})?/{_PATH}+{_QUERY}"),
    ("module", r"\b[\l_]\w*(?:::\w+)+"),
    ("slashed", rf"[\w.-]+(?:/{_PATH}+)+{_QUERY}"),
    ("dashed", r"\b[\w-]*\d{1,3}-\d{1,3}-\d{1,3}-\d{1,3}(?:[\w-]*\w)?(?:\.[\w-]+)*"),
    ("host", r"\w[\w-]*(?:\.[\w-]*\w)*\.(?:[\l][\l\d-]*[A-Za-z0-9]\b|[\l\d-]*[\o])"),
    ("four", rf"\b{_FOUR}\b"),
    ("hex", r"\b[0-9A-Fa-f]{24,}\b"),
    ("word", r"\w+(?:-\w+)*"),
)

_SPELLED: Final = tuple((kind, _spelled(pattern)) for kind, pattern in ALTERNATIVES)
#: What Polars cuts a block's text with. A boundary is one of ASCII for both engines.
TOKEN: Final = "(?m)" + "|".join(f"(?:{pattern})" for _, pattern in _SPELLED).replace(r"\b", r"(?-u:\b)")
#: The same for one piece: `lastgroup` is its kind.
KINDS: Final = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _SPELLED).replace(r"\b", r"(?a:\b)"), re.MULTILINE
)
_LINEAR: Final = (
    "content", "rest", "subject", "msgid", "origin", "helo", "account", "quoted", "party", "header", "site", "sql", "secret", "file", "selector", "bytes", "directory",
    "url", "unix", "angled", "path",
)  # fmt: skip
#: A `run` without an at sign.
RUN: Final = re.compile(_spelled(rf"(?:{_LOCAL}|[=\\'])+"))
#: What a piece of many kilobytes may be, with patterns that look at no character twice; anything else of that length
#: is hidden whole.
LENGTHY: Final = re.compile(
    "|".join(f"(?P<{kind}>{pattern})" for kind, pattern in _SPELLED if kind in _LINEAR).replace(
        r"\b", r"(?a:\b)"
    )
)
#: Pieces that are words and nothing else, most of a log: only one that is somebody's name changes.
PLAIN: Final = _spelled(r"^\w+(?:-\w+)*$")
#: Plain pieces that are hidden nevertheless: long hexadecimal ones, and addresses with hyphens.
ODD: Final = r"^[0-9A-Fa-f]{24,}$|^[0-9A-Za-z]{20,}$|[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}-[0-9]{1,3}"
#: A stamp and the host behind it, in a `head`.
STAMPED: Final = re.compile(_spelled(rf"({_STAMP}) ({_HOST}) "))
#: The same where the stamp is the seconds since the start or since 1970.
COUNTED: Final = re.compile(_spelled(rf"((?:\[ *\d+\.\d+\]|\d+\.\d+)) ({_HOST}) "))
