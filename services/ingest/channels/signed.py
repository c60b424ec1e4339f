"""Whose request this is, where a provider signs the raw body with a secret that we share."""

from collections.abc import Callable, Mapping
from typing import Final

from services.ingest.account import SecretAccount
from services.ingest.channels.adapter import RawRequest
from services.ingest.errors import Unauthenticated
from services.ingest.secrets import matches

NOBODYS: Final = (bytes(32),)


def signed_account(
    request: RawRequest,
    accounts: Mapping[str, SecretAccount],
    *,
    header: str,
    sign: Callable[[bytes], bytes],
) -> str:
    """The account in the path, if the header's value is what `sign` makes of one of its secrets.

    Raises Unauthenticated. For an account that we do not have, a signature is made all the same and
    never accepted: the time says nothing about which accounts exist.
    """
    account = accounts.get(request.account)
    secrets = account.secrets.valid() if account is not None else NOBODYS
    genuine = matches(request.headers.get(header), [sign(each) for each in secrets])
    if account is None or not genuine:
        raise Unauthenticated("the signature is not one of this account")
    return request.account
