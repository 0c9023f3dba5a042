"""The job list's form as a typed query: the same names and bounds as in the pages' addresses."""

from datetime import date
from typing import Any

from django import forms
from ninja import Schema
from pydantic import create_model

from pdfjobs.api.errors import InvalidError
from pdfjobs.forms import ListForm
from pdfjobs.listing.params import ListParams

LOOKS = ("shape", "columns", "group", "by")
"""How a page looks is nothing to the API."""


class Narrowing(Schema):
    """Base of the query."""

    def params(self) -> ListParams:
        """As the pages understand the same words; InvalidError where they would overlook one."""
        said = {
            name: value
            for name, value in self.model_dump().items()
            if value is not None and value is not False
        }
        form = ListForm(said)
        if not form.is_valid():
            name, problems = next(iter(form.errors.items()))
            raise InvalidError(f"{name}: {' '.join(map(str, problems))}")
        return form.params()


def _kind(field: forms.Field) -> Any:
    if isinstance(field, forms.BooleanField):
        return bool
    if isinstance(field, forms.IntegerField):
        return int
    return date if isinstance(field, forms.DateField) else str


ListQuery: Any = create_model(
    "ListQuery",
    __base__=Narrowing,
    **{  # type: ignore[call-overload]
        name: (_kind(field) | None, None)
        for name, field in ListForm.base_fields.items()
        if name not in LOOKS
    },
)
