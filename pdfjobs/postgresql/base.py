"""The backend itself, under the name that Django looks for.

Facts come from files, so they may hold anything; `verify` compares them value by value, and must find the same on
both databases. Hence JSON is kept as it was written: `jsonb` refuses NUL and lone surrogates, turns 1e22 into an
integer and -0.0 into 0, and forgets the order of keys. And a `max_length`, which SQLite does not know either, is
for forms: a file with a long name is no reason to lose its run.
"""

import json
from typing import Any

from django.db.backends.postgresql import base, operations
from psycopg.types.string import TextLoader

from pdfjobs.table import ConfigError


class DatabaseOperations(operations.DatabaseOperations):
    """Hands JSON over as text."""

    def adapt_json_value(self, value: Any, encoder: type[json.JSONEncoder] | None) -> str:
        return json.dumps(value, cls=encoder)


class DatabaseWrapper(base.DatabaseWrapper):
    """A connection that takes JSON as text and gives it back so; the field reads it."""

    ops_class = DatabaseOperations
    data_types = base.DatabaseWrapper.data_types | {"CharField": "varchar", "JSONField": "json"}

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        connection = super().get_new_connection(conn_params)
        encoding = connection.info.parameter_status("server_encoding")
        if encoding != "UTF8":
            name = connection.info.dbname
            connection.close()
            raise ConfigError(
                f"database.name = {name!r}: that database takes {encoding} only, and logs hold anything;"
                f" make another: createdb --encoding=UTF8 --template=template0 {name}"
            )
        connection.adapters.register_loader("json", TextLoader)
        return connection
