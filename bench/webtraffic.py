"""A webmail's requests as access lines, and what Apache's error log says of those that failed.

In: names, a random generator, times. Out: rows (t, client, request, failure or null) in no order.
Never: a loop over requests.
"""

from __future__ import annotations

import numpy as np
import polars as pl
from names import Names, Numbers, unevenly

PATHS = (
    "/extmail/cgi/index.cgi?sid=",
    "/app/search?id=",
    "/app/cart?id=",
    "/api/v1/login?id=",
    "/static/site.css?v=",
)
AGENTS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15",
    "Mozilla/5.0 (compatible; bot/2.1; +http://bot.example/)",
    "-",
)
#: Slot: {c} client with port.
FAILURES = (
    " [fcgid:warn] [pid 812:tid 815] (104)Connection reset by peer: [client {c}] mod_fcgid: error reading data from FastCGI server",
    " [core:error] [pid 812:tid 815] [client {c}] End of script output before headers: app.fcgi",
    ' [:error] [pid 812:tid 815] (104)Connection reset by peer: [client {c}] FastCGI: comm with server "/usr/bin/dispatch.fcgi" aborted: read failed',
    ' [:error] [pid 812:tid 815] [client {c}] FastCGI: incomplete headers (0 bytes) received from server "/usr/bin/dispatch.fcgi"',
    ' [:error] [pid 812:tid 815] (111)Connection refused: [client {c}] FastCGI: failed to connect to server "/usr/bin/dispatch.fcgi": connect() failed',
    " [proxy_fcgi:error] [pid 812:tid 815] (70007)The timeout specified has expired: [client {c}] AH01075: Error dispatching request to : (polling)",
)  # fmt: skip


def requests_per_line(problems: float) -> float:
    """Return the share of access lines in both logs together: every failed request writes one line in each."""
    return 1 - problems


def requests(names: Names, random: np.random.Generator, times: Numbers, problems: float) -> pl.DataFrame:
    """Return one request per element of `times`."""
    count = len(times)
    failed = random.random(count) < problems / (1 - problems)
    client = names.client_ips.gather(unevenly(random, len(names.client_ips), count))
    port = pl.Series(random.integers(20_000, 60_000, count)).cast(pl.String)
    path = pl.Series(PATHS).gather(unevenly(random, len(PATHS), count)) + pl.Series(
        random.integers(0, 9_999, count)
    ).cast(pl.String)
    status = pl.Series(np.where(failed, np.where(random.random(count) < 0.5, 500, 503), 200)).cast(pl.String)
    size = pl.Series(random.lognormal(7, 1.5, count).astype(np.int64)).cast(pl.String)
    agent = pl.Series(AGENTS).gather(unevenly(random, len(AGENTS), count))
    failure = pl.Series("failure", FAILURES).gather(unevenly(random, len(FAILURES), count))
    frame = pl.DataFrame(
        {
            "t": times,
            "client": client,
            "request": ' "GET ' + path + ' HTTP/1.1" ' + status + " " + size + ' "-" "' + agent + '"',
            "failure": failure,
            "peer": client + ":" + port,
        }
    )
    said = pl.col("failure").str.replace("{c}", pl.col("peer"), literal=True)
    return frame.with_columns(failure=pl.when(pl.lit(failed)).then(said)).drop("peer")
