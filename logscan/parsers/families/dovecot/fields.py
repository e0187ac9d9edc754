"""The columns that a line of Dovecot holds.

In: records with kind. Out: `fields`. Never: a column filled from what a client wrote, where the client could have
written the mark that ends it: of several marks the last is Dovecot's, and a name with a comma or a bracket
in it is not believed in the words of the password check.
"""

from __future__ import annotations

from typing import Final

import polars as pl

from logscan.model.vocabulary import Direction
from logscan.parsers.families.dovecot.prefix import PREFIX, words

_IP: Final = "[0-9A-Fa-f.:]{2,45}"
#: How a login process ends its line. Groups: verdict, user, mechanism, address.
_LOGIN: Final = (
    rf"(?s)^([^<]*?):? user=<(.*)>(?:, method=([A-Za-z0-9-]+))?, rip=({_IP})(?:, rport=[0-9]+)?(?:, lip=|$)"
)
#: Before 2.3 the fault of a handshake stands only there.
_HANDSHAKE: Final = r"user=<>, [^<]*TLS[^<:]*: (SSL_[a-z_]+\(\)[^<]*?)(?:, session=<[^<>]*>)?$"
#: What the password check says. Groups: user, address.
_CHECK: Final = rf"^[a-z0-9-]+\(([^,()]+),({_IP})(?:,[^,()]*)*\): "
_PAM: Final = rf"^pam_[a-z0-9]+\(dovecot:[a-z]+\): .*\brhost=({_IP}) +user=([^ ]+)$"
_MESSAGE: Final = r"\bmsgid=<?([^<> ,]+@[^<> ,]+?)>?: "
_LMTP: Final = rf"^(?:Connect|Disconnect) from ({_IP}?)(?::? |:?$)"
#: Processes whose user is who logged in, and those that deliver to him.
_READERS: Final = ("imap", "pop3", "submission", "managesieve")
_CARRIERS: Final = ("lmtp", "lda", "deliver", "dovecot-lda")


def fields(frame: pl.DataFrame) -> pl.DataFrame:
    """Return `frame` with daemon, direction, client, user, method, recipient, message_id, reason."""
    texts = frame["text"]
    said = words(texts)
    found = pl.DataFrame(
        [
            said.alias("said"),
            texts.str.extract(PREFIX, 1).alias("process"),
            # lmtp(4711), lmtp(4711, alice), imap(alice)
            texts.str.extract(PREFIX, 2).str.replace(r"^[0-9]+(?:, |$)", "").alias("who"),
            said.str.extract(_LOGIN, 1).alias("verdict"),
            said.str.extract(_LOGIN, 2).alias("user"),
            said.str.extract(_LOGIN, 3).alias("method"),
            said.str.extract(_LOGIN, 4).alias("ip"),
            said.str.extract(_HANDSHAKE, 1).alias("handshake"),
            said.str.extract(_CHECK, 1).alias("checked"),
            said.str.extract(_CHECK, 2).alias("checked_ip"),
            said.str.extract(_PAM, 1).alias("pam_ip"),
            said.str.extract(_PAM, 2).alias("pam"),
            said.str.extract(_LMTP, 1).alias("lmtp"),
            said.str.extract(_MESSAGE, 1).alias("message"),
        ]
    )
    who = pl.when(pl.col("who") != "").then("who")
    user = pl.when(pl.col("user") != "").then("user")
    login = pl.col("ip").is_not_null()
    verdict = pl.when(login & (pl.col("verdict") != "")).then("verdict")
    fault = pl.when(~pl.col("verdict").str.contains("SSL_", literal=True)).then("handshake")
    return frame.with_columns(
        *found.select(
            pl.col("process").alias("daemon"),
            pl.when(login)
            .then(pl.lit(Direction.INBOUND.value))
            .otherwise(pl.lit(Direction.LOCAL.value))
            .alias("direction"),
            pl.coalesce("ip", "checked_ip", "pam_ip", "lmtp").alias("client_ip"),
            pl.coalesce(user, "checked", "pam", pl.when(pl.col("process").is_in(_READERS)).then(who)).alias(
                "sasl_user"
            ),
            pl.col("method").alias("sasl_method"),
            pl.when(pl.col("process").is_in(_CARRIERS)).then(who).alias("recipient"),
            pl.col("message").alias("message_id"),
            pl.coalesce(pl.concat_str(verdict, pl.lit(": "), fault), verdict, "said").alias("reason"),
        ).get_columns()
    )
