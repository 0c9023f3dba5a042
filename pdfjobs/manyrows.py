"""The templates of rows that a page has many of: Jinja makes code of them.

Values are escaped as in the other templates; a name that nothing was given for is an error.
"""

from typing import Any

from django.template.defaultfilters import linebreaksbr
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from jinja2 import Environment, StrictUndefined


class Rows(Environment):
    """`row.name` looks for the key first: rows are plain dicts, and three thousand looks for an attribute take a ms."""

    def getattr(self, obj: Any, attribute: str) -> Any:
        try:
            return obj[attribute]
        except (TypeError, LookupError):
            return super().getattr(obj, attribute)


def environment(**options: Any) -> Environment:
    made = Rows(**options | {"undefined": StrictUndefined})  # nosec B701 # Django turns autoescape on
    made.globals["_"] = gettext
    made.filters["linebreaksbr"] = linebreaksbr
    return made


def markup(name: str, values: dict[str, Any]) -> SafeString:
    # Jinja escapes what it shows.
    return SafeString(render_to_string(name, values, using="jinja2"))  # nosec B703
