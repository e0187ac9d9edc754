"""What is nobody's own and therefore stays: block lists, help pages, role accounts, folders of every system.

In: nothing. Out: sets of lower-case words. Never: a name that could be a person's, a company's or a customer's.
"""

from __future__ import annotations

from typing import Final


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


#: Endings of names of block and trust lists, and of the pages that replies and software point to.
ENDINGS: Final = _words(
    """
    spamhaus.org spamhaus.net spamcop.net sorbs.net barracudacentral.org surbl.org uribl.com abuseat.org dnswl.org
    mailspike.net mailspike.org uceprotect.net psbl.org surriel.com manitu.net spfbl.net backscatterer.org invaluement.com
    0spam.org spamrats.com truncate.gbudb.net senderscore.com senderscore.org returnpath.net abusix.zone abusix.com
    interserver.net blocklist.de fabel.dk swinog.ch lashback.com junkemailfilter.com hostkarma.com nszones.com gbudb.net
    rbl.jp anti-spam.org.cn spamcannibal.org njabl.org dsbl.org ahbl.org mail-abuse.org talosintelligence.com
    openspf.org openspf.net open-spf.org dmarc.org dkim.org schweikert.ch postfix.org opendkim.org trusteddomain.org
    dovecot.org rsyslog.com ietf.org rfc-editor.org apache.org nginx.org php.net openssl.org debian.org ubuntu.com
    redhat.com isc.org iana.org w3.org mozilla.org freedesktop.org kernel.org mysql.com mariadb.com mariadb.org
    """
)
#: Labels before such an ending that belong to it.
LISTS: Final = _words(
    """
    zen sbl xbl pbl dbl css sbl-xbl swl zrd authbl bl b bb cbl dnsbl dnsbl-1 dnsbl-2 dnsbl-3 rbl multi black red grey white truncate spam
    problems web dul socks http smtp hostkarma ix combined list safe db ips wpbl score score-1 rep wl z bip lookup query check wiki docs
    support postmaster help blog bugs lists tools datatracker httpd cr
    """
)
#: Dotted words that are no hosts.
DOTTED: Final = _words(
    """
    localhost.localdomain cron.daily cron.hourly cron.weekly cron.monthly cron.d master.lock memory.oom.group memory.max
    system.slice user.slice init.scope pm.min pm.max main.cf master.cf asp.net mysql.plugin mysql.user mysql.host mysql.db mysql.proc mysql.event mysql.servers mysql.func mysql.sock e.g i.e
    """
)
#: Names of one label that say nothing, and labels inside names that belong to the protocols.
LABELS: Final = _words(
    """
    localhost localdomain unknown www _domainkey _dmarc _adsp _report _spf _tcp _udp _smtp _submission _imap _imaps _mta-sts
    mta-sts in-addr ip6 arpa localhost4 localhost6 local virtual none null - default-first-site-name
    """
)
#: Accounts that every system has.
ROLES: Final = _words(
    """
    root nobody daemon mail postmaster mailer-daemon double-bounce abuse hostmaster webmaster postfix postdrop opendkim
    opendmarc postgrey policyd-spf www-data apache apache2 nginx httpd wwwrun vmail dovecot dovenull dovecot-auth amavis clamav mysql
    mariadb php-fpm systemd-network systemd-resolve messagebus syslog sshd bin sys unknown none null anonymous unspecified
    undisclosed-recipients
    """
)
#: What SMTP itself puts into angle brackets.
VERBS: Final = _words(
    "connect helo ehlo mail rcpt data bdat end-of-message vrfy etrn quit rset noop starttls auth xclient xforward"
    " unknown"
)
#: Folders and files of systems and of the software that is read about.
COMPONENTS: Final = _words(
    """
    usr bin sbin lib lib64 libexec local share etc var run dev proc sys tmp opt srv home root boot mnt media spool log logs lock
    cache db mail vmail www html cgi-bin cgi fcgi conf conf.d sites-enabled sites-available public private postfix postfix-out
    postdrop postqueue sendmail opendkim opendmarc keys keytable signingtable trustedhosts main.cf master.cf aliases aliases.db
    transport virtual canonical generic access maildrop incoming active deferred defer bounce hold corrupt flush saved trace pid socket
    apache apache2 httpd nginx php php-fpm fpm pool.d dovecot courier authdaemon saslauthd mux sasl2 mysql mysqld mariadb
    mysqld.sock mysql.sock php-fpm.sock opendkim.sock opendkim.conf php.ini resolv.conf hosts services passwd shadow localtime ssl certs
    dispatch.fcgi dispatch.cgi index.php index.html index.htm index.cgi favicon.ico robots.txt main.log mail.log mail.err mail.warn
    mail.info maillog messages syslog journal error.log access.log extsuite extmail extman roundcube roundcubemail webmail
    squirrelmail sql config plugins program lib.d python perl ruby site-packages dist-packages system systemd crond cron.d cron.daily cron.hourly
    cron.weekly cron.monthly maildir cur new wp-login.php wp-admin xmlrpc.php .env .git .well-known acme-challenge
    ssl record statem crypto asn1 x509 ssl3_record.c php-fpm.log smtp smtpd lmtp lmtpd cleanup qmgr pickup master local pipe anvil tlsmgr scache showq error discard proxymap
    trivial-rewrite rewrite tlsproxy dnsblog postscreen verify proxywrite api smtplf.html why query
    """
)
#: Folders whose children are people or their sites, however these are called.
PARENTS: Final = _words("home users vhosts domains vmail mail virtual mailboxes accounts")
#: Endings of files: what stands before them is a name like another.
SUFFIXES: Final = _words(
    """
    fcgi cgi php phtml c h cc cpp hs rs rb conf cfg cnf ini db sock socket log pl pm py pyc so cf html htm css js json xml txt csv sql sh lock pid
    png jpg jpeg gif ico svg pdf doc docx xls xlsx ppt pptx odt ods zip rar 7z gz bz2 xz zst tar exe scr com bat eml msg ics vcf
    p7s p7m private pem key crt csr cer service timer slice scope mount target map cdb lmdb sieve svbin tmp bak old rpm deb
    """
)
#: Endings of files that are countries or such as well: a host is meant as often.
COUNTRIES: Final = _words("pl pm py so cf sh rb com zip key pid db")
#: Words of which the names of systemd's units are made that belong to software.
SOFTWARE: Final = _words(
    """
    postfix opendkim opendmarc apache httpd nginx php fpm dovecot courier authdaemon imap pop ssl mysql mysqld mariadb rsyslog systemd cron
    crond ssh sshd amavis clamav daemon freshclam spamassassin spamd postgrey saslauthd dbus network networkd resolved journald logind
    timesyncd udevd tmpfiles clean setup manager user session init unbound named bind logrotate apt daily upgrade man db fail ban redis server
    memcached chrony chronyd ntp ntpd dispatch fcgiwrap spawn fcgi multi graphical basic system scrub all fstrim certbot snapd getty tty
    exim sendmail cyrus dkim dmarc slapd syslog ng letsencrypt acme http gnome kde plasma snap
    extmail extman roundcube squirrelmail rainloop snappymail sogo horde clamd clamsmtp fcgid wsgi uwsgi gunicorn lighttpd caddy worker app
    serial rspamd policyd spf milter mail web webmail htcacheclean mod backend cgi local fs remote online default timers sockets paths
    """
)
