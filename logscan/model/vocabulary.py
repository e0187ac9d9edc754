"""The closed lists that code branches on and that users' scripts read.

In: nothing. Out: string enumerations, and the order of severities.
Never: a word that CONTRACT's lists do not have; texts for readers (those are packs.texts).
"""

from __future__ import annotations

from enum import StrEnum
from typing import Final

#: Languages that we speak: patterns/texts has each of them whole.
LANGUAGES: Final = ("en", "zh")


class Severity(StrEnum):
    """How bad an event or a finding is, highest first."""

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    NOTICE = "notice"
    INFO = "info"

    @property
    def rank(self) -> int:
        """0 for the worst, so that sorting ascending puts the worst first."""
        return list(Severity).index(self)


class Direction(StrEnum):
    """Who speaks to whom: the same words are two cards in two directions."""

    OUTBOUND = "outbound"  # a remote answered us
    INBOUND = "inbound"  # we answered a client
    LOCAL = "local"  # our own software speaks


class Family(StrEnum):
    """Whose log a line is."""

    POSTFIX = "postfix"
    OPENDKIM = "opendkim"
    OPENDMARC = "opendmarc"
    POLICYD_SPF = "policyd-spf"
    POSTGREY = "postgrey"
    AMAVIS = "amavis"
    CLAMAV = "clamav"
    APACHE_ERROR = "apache-error"
    APACHE_ACCESS = "apache-access"
    NGINX_ERROR = "nginx-error"
    PHP_FPM = "php-fpm"
    PHP_ERROR = "php-error"
    ROUNDCUBE = "roundcube"
    DOVECOT = "dovecot"
    COURIER = "courier"
    SASLAUTHD = "saslauthd"
    EXTMAIL = "extmail"
    SYSLOGD = "syslogd"
    KERNEL = "kernel"
    SYSTEMD = "systemd"
    MYSQL = "mysql"
    CRON = "cron"
    CLOCK = "clock"


class Kind(StrEnum):
    """What a line says, in the words of the contract."""

    CONNECT = "connect"
    CONNECT_FAILED = "connect-failed"
    DISCONNECT = "disconnect"
    LOST_CONNECTION = "lost-connection"
    POSTSCREEN = "postscreen"
    TLS = "tls"
    CLIENT = "client"
    MESSAGE_ID = "message-id"
    QUEUED = "queued"
    DELIVERY = "delivery"
    REJECT = "reject"
    HOLD = "hold"
    DISCARD = "discard"
    REDIRECT = "redirect"
    MILTER_REJECT = "milter-reject"
    BOUNCE_NOTICE = "bounce-notice"
    REMOVED = "removed"
    RELEASED = "released"
    REQUEUED = "requeued"
    DELETED = "deleted"
    EXPIRED = "expired"
    AUTH_FAILURE = "auth-failure"
    LOOKUP_FAILED = "lookup-failed"
    DKIM_SIGNED = "dkim-signed"
    DKIM_VERIFIED = "dkim-verified"
    DKIM_FAILED = "dkim-failed"
    FASTCGI_ERROR = "fastcgi-error"
    HTTP_REQUEST = "http-request"
    LIFECYCLE = "lifecycle"
    WARNING = "warning"
    FATAL = "fatal"
    PANIC = "panic"
    ERROR = "error"
    OTHER = "other"


class Nature(StrEnum):
    """Whether trying again can help."""

    HARD = "hard"
    SOFT = "soft"
    LOCAL = "local"


class Fault(StrEnum):
    """Whose move it is."""

    US = "us"
    RECEIVER = "receiver"
    RECIPIENT = "recipient"
    NETWORK = "network"
    CLIENT = "client"
    UNKNOWN = "unknown"


class Cause(StrEnum):
    """Why it happened: the contract's closed list."""

    USER_UNKNOWN = "user-unknown"
    USER_DISABLED = "user-disabled"
    USER_MOVED = "user-moved"
    MAILBOX_FULL = "mailbox-full"
    RECIPIENT_RESTRICTED = "recipient-restricted"
    DOMAIN_UNKNOWN = "domain-unknown"
    NULL_MX = "null-mx"
    DNS_FAILURE = "dns-failure"
    CONNECT_TIMEOUT = "connect-timeout"
    CONNECT_REFUSED = "connect-refused"
    NO_ROUTE = "no-route"
    CONNECTION_LOST = "connection-lost"
    TLS_FAILURE = "tls-failure"
    GREYLISTED = "greylisted"
    RATE_LIMITED = "rate-limited"
    TOO_MANY_RECIPIENTS = "too-many-recipients"
    AUTH_SPF_DKIM = "auth-spf-dkim"
    DMARC_REJECT = "dmarc-reject"
    PTR_MISSING = "ptr-missing"
    HELO_INVALID = "helo-invalid"
    IP_BLOCKLISTED = "ip-blocklisted"
    IP_REPUTATION = "ip-reputation"
    SENDER_REJECTED = "sender-rejected"
    SPAM_CONTENT = "spam-content"
    VIRUS = "virus"
    ATTACHMENT_PROHIBITED = "attachment-prohibited"
    MESSAGE_TOO_BIG = "message-too-big"
    CONTENT_INVALID = "content-invalid"
    POLICY = "policy"
    RELAY_DENIED = "relay-denied"
    REMOTE_SYSTEM = "remote-system"
    PROTOCOL_ERROR = "protocol-error"
    ROUTING_LOOP = "routing-loop"
    LOCAL_CONFIG = "local-config"
    LOOKUP_FAILURE = "lookup-failure"
    LOCAL_DELIVERY = "local-delivery"
    LOCAL_RESOURCES = "local-resources"
    MILTER_UNAVAILABLE = "milter-unavailable"
    DKIM_SIGNING = "dkim-signing"
    DKIM_VERIFYING = "dkim-verifying"
    AUTH_FAILURE = "auth-failure"
    BACKEND_CRASH = "backend-crash"
    BACKEND_TIMEOUT = "backend-timeout"
    BACKEND_UNREACHABLE = "backend-unreachable"
    BACKEND_OVERLOAD = "backend-overload"
    WEB_LIMITS = "web-limits"
    SERVICE_LIFECYCLE = "service-lifecycle"
    ABUSE = "abuse"
    EXPIRED = "expired"
    SUPPRESSED = "suppressed"
    UNKNOWN = "unknown"


#: Kinds of a healthy server's everyday lines, which rules do not look at. A family may say of
#: single lines that they are, or are not: a delivery is everyday when it was sent, an HTTP
#: request below status 500.
EVERYDAY = frozenset(
    {
        Kind.CONNECT,
        Kind.DISCONNECT,
        Kind.TLS,
        Kind.CLIENT,
        Kind.MESSAGE_ID,
        Kind.QUEUED,
        Kind.REMOVED,
        Kind.BOUNCE_NOTICE,
        Kind.DKIM_SIGNED,
        Kind.DKIM_VERIFIED,
    }
)
