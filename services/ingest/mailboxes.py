"""Our mailboxes: which account of the `mail` section an address belongs to."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from pydantic import GetCoreSchemaHandler, ValidationInfo, ValidatorFunctionWrapHandler
from pydantic_core import CoreSchema, core_schema

from shared.contracts.base import Account


class Mailboxes:
    """The mailboxes that a webhook may bring mail for.

    As a field of a model it is a list of names in the `mail` section; the model is validated with
    the context's `mailboxes`: address in lower case → account.
    """

    __slots__ = ("_by_address", "names")

    def __init__(self, by_address: Mapping[str, str]) -> None:
        self._by_address: Final = by_address
        self.names: Final = tuple(dict.fromkeys(by_address.values()))

    def owner(self, address: str) -> str | None:
        """The account of this address, in any case, with or without a `+tag`; None: not ours."""
        return owner_of(self._by_address, address)

    def owners(self, addresses: Iterable[str]) -> tuple[str, ...]:
        """Each account once, in order."""
        return tuple(dict.fromkeys(filter(None, map(self.owner, addresses))))

    @classmethod
    def __get_pydantic_core_schema__(
        cls, _source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        def validated(
            value: Any, names: ValidatorFunctionWrapHandler, info: ValidationInfo
        ) -> Mailboxes:
            if isinstance(value, Mailboxes):
                return value
            known: Mapping[str, str] = (info.context or {}).get("mailboxes", {})
            wanted = set(names(value))
            if missing := sorted(wanted - set(known.values())):
                raise ValueError(f"not in the mail section: {', '.join(missing)}")
            return cls({address: name for address, name in known.items() if name in wanted})

        inner = handler.generate_schema(list[Account])
        return core_schema.with_info_wrap_validator_function(validated, inner)


def owner_of(by_address: Mapping[str, str], address: str) -> str | None:
    """As of Mailboxes.owner."""
    whole = address.strip().strip("<>").lower()
    local, _, domain = whole.rpartition("@")
    return by_address.get(whole) or by_address.get(f"{local.partition('+')[0]}@{domain}")
