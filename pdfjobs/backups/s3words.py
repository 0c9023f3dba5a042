"""What an S3 server refuses, in words that say what to do."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from botocore.exceptions import ClientError

KEY = "the server does not take the access key; see [backup] s3_access_key and its secret"
BUSY = "the server cannot: too busy, or its disks are full"
HINTS = {
    "NoSuchBucket": "there is no such bucket; make it, or see [backup] to",
    "SignatureDoesNotMatch": KEY,
    "InvalidAccessKeyId": KEY,
    "AccessDenied": "the access key has no right to it",
    "BrokenMPU": "damaged on the server",
    "AuthorizationHeaderMalformed": "see [backup] s3_region",
    "ServiceUnavailable": BUSY,
    "SlowDown": BUSY,
    "503": BUSY,
    "507": BUSY,
}


def words_of(error: ClientError) -> str:
    """With the server's own at their end."""
    code = code_of(error)
    said = str(error.response.get("Error", {}).get("Message", "")).rstrip(".")
    hint = _skew(error.response) if code == "RequestTimeTooSkewed" else HINTS.get(code, "refused")
    return f"{hint} ({error.operation_name}: {code}{': ' if said else ''}{said})"


def code_of(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _skew(response: Any) -> str:
    words = "this host's clock is not the server's"
    try:
        date = response["ResponseMetadata"]["HTTPHeaders"]["date"]
        theirs = parsedate_to_datetime(date).astimezone(UTC)
    except (KeyError, ValueError):
        return f"{words}; set it"
    now = datetime.now(UTC)
    return f"{words}: {now:%Y-%m-%d %H:%M:%S} here, {theirs:%Y-%m-%d %H:%M:%S} there (UTC); set it"
