from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

# Every byte but the blank belongs to a word: the words are parted before they come here.
TOKENS = """ascii tokenchars '!"#$%&''()*+,-./:;<=>?@[\\]^_`{|}~\x1c\x1d\x1e\x1f'"""
FOUND = r"""
CREATE FUNCTION pdfjobs_found(
  asked tsquery, first_day integer, last_day integer, falling boolean, behind bigint, wanted bigint
) RETURNS TABLE (number bigint, status text) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  way integer := CASE WHEN falling THEN -1 ELSE 1 END;
  edge bigint := behind;  -- nothing beyond it has been looked at
  level integer := 12;
  steps integer := 0;
  place bigint;
  total bigint := 0;
  more bigint;
  first bigint;
  last bigint;
BEGIN
  SELECT min(l.number), max(l.number) INTO first, last FROM pdfjobs_jobline l;
  edge := coalesce(edge, CASE WHEN falling THEN last + 1 ELSE first - 1 END);
  WHILE total < wanted AND level <= 18 LOOP
    EXIT WHEN CASE WHEN falling THEN edge <= first ELSE edge >= last END;
    place := (edge + way) >> level;
    RETURN QUERY
      SELECT l.number, l.status FROM pdfjobs_jobline l
      WHERE l.line @@ (asked && format(E'''\x1b%s:%s''', level, place)::tsquery)
      AND l.day BETWEEN first_day AND last_day AND (l.number - edge) * way > 0
      ORDER BY l.number * way LIMIT wanted - total;
    GET DIAGNOSTICS more = ROW_COUNT;
    total := total + more;
    edge := CASE WHEN falling THEN place << level ELSE ((place + 1) << level) - 1 END;
    steps := steps + 1;
    IF steps = 8 OR more * 8 < wanted THEN
      level := level + 3;
      steps := 0;
    END IF;
  END LOOP;
  IF total < wanted THEN
    RETURN QUERY
      SELECT l.number, l.status FROM pdfjobs_jobline l
      WHERE l.line @@ asked
      AND l.day BETWEEN first_day AND last_day AND (l.number - edge) * way > 0
      ORDER BY l.number * way LIMIT wanted - total;
  END IF;
END $$
"""
"""The first matches behind a number, block by block, larger ones where there are few, until there are enough.

Numbers are compared and ordered by expressions, which keeps the planner from going through all of them in their order.
"""
SQLITE = (
    "CREATE VIRTUAL TABLE pdfjobs_jobline USING fts5"
    f"""(line, detail=none, prefix='1 2 3 4 5 6 7 8 9 10 11 12 13', tokenize="{TOKENS.replace('"', '""')}")""",
)
POSTGRESQL = (
    "CREATE TABLE pdfjobs_jobline"
    " (number bigint PRIMARY KEY, status text NOT NULL, day integer NOT NULL,"
    " line tsvector COMPRESSION lz4 NOT NULL)",
    "CREATE INDEX pdfjobs_jobline_words ON pdfjobs_jobline USING gin (line) WITH (fastupdate = off)",
    FOUND,
)


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    statements = SQLITE if schema_editor.connection.vendor == "sqlite" else POSTGRESQL
    for statement in statements:
        schema_editor.execute(statement.replace("%", "%%"), [])


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    schema_editor.execute("DROP TABLE pdfjobs_jobline")
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP FUNCTION pdfjobs_found")


class Migration(migrations.Migration):
    """The words that jobs are found by; lines of jobs that were there before are made by `manage.py reindex`."""

    dependencies = [("pdfjobs", "0004_what_the_list_asks")]
    operations = [migrations.RunPython(make, drop)]
