"""Which programs and units of a machine mail and webmail live on.

For: families of what happens around them (kernel, systemd, cron), whose lines are mostly about something else.
In: nothing. Out: regexes. Never: a unit that every desktop has too and that no mail passes.

A program is what the kernel calls it: at most 15 characters, the script's name where a script gave its own,
`/usr/sbin/amavi` for what amavis writes into $0.
"""

from __future__ import annotations

from typing import Final

#: Whole names of processes.
PHP: Final = r"php[\w.:-]*|lsphp[\w.:-]*"
SCRIPT: Final = r"perl[\d.]*|[^ /]+\.(?:fcgi|cgi|pl|php|py)|fcgiwrap|spawn-fcgi"
DATABASE: Final = r"mysqld[\w-]*|mariadbd?|ib_[\w-]+"
FILTER: Final = (
    r"opendkim|opendmarc|clamd|clamav-milter|freshclam|amavisd?[\w.-]*|/usr/s?bin/(?:amavi|spamd|postg)\w*"
    r"|spamd(?: child)?|spamass-milter|rspamd[\w:. -]*|postgrey|policyd-spf|opendkim-\w+"
)
SERVER: Final = (
    r"apache2?|httpd[\w.-]*|nginx|lighttpd|dovecot[\w/-]*|imap[\w-]*|pop3[\w-]*|lmtp|managesieve[\w-]*|auth"
    r"|authdaemond|couriertcpd|courier[\w-]*|master|smtpd?|qmgr|cleanup|pickup|tlsmgr|local|virtual|pipe|bounce"
    r"|postscreen|trivial-rewrite|proxymap|saslauthd|named|unbound|redis-server|memcached|slapd"
)
PROGRAM: Final = rf"(?:{PHP}|{SCRIPT}|{DATABASE}|{FILTER}|{SERVER})"

#: Words in the name or the description of a unit, or in a command, that belong to mail, web or their logs.
WORDS: Final = (
    r"(?i)(?:apache|httpd|\bhttp\b|nginx|lighttpd|\bphp|fpm\b|fcgi|postfix|exim|sendmail|dovecot|courier|authdaemon|cyrus"
    r"|opendkim|opendmarc|dkim|dmarc|milter|amavis|clamav|clamd|freshclam|spamassassin|spamd|rspamd|postgrey|policyd"
    r"|saslauthd|slapd|mysql|mariadb|mail|roundcube|redis|memcached|unbound|\bbind9\b|\bnamed\b|web server"
    r"|logrotate|rotate log files|rsyslog|syslog-ng|certbot|letsencrypt|acme)"
)
#: What a person's session on a desktop starts, whatever its name holds.
SESSION: Final = r"(?:\bapp-|session-|user@|gnome|kde|plasma|dbus-|evolution|thunderbird|xdg|flatpak|snap\.)"

#: Ports of mail, webmail and their back ends.
PORT: Final = (
    r"(?:25|80|110|143|443|465|587|783|993|995|2525|3306|4190|8080|8443|8891|9000|10024|10025|11332)"
)
