from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.state import StateApps

INDEX = "CREATE INDEX pdfjobs_jobline_days ON pdfjobs_jobline ((number >> 12), day)"
FOUND = r"""
CREATE OR REPLACE FUNCTION pdfjobs_found(
  asked tsquery, first_day integer, last_day integer, falling boolean, behind bigint, wanted bigint
) RETURNS TABLE (number bigint, status text) LANGUAGE plpgsql STABLE
SET enable_seqscan = off SET max_parallel_workers_per_gather = 0 SET jit = off AS $$
DECLARE
  way integer := CASE WHEN falling THEN -1 ELSE 1 END;
  edge bigint := behind;  -- nothing beyond it has been looked at
  level integer := 12;
  steps integer := 0;
  near bigint;  -- the next block that has one of the days
  place bigint;
  total bigint := 0;
  more bigint;
BEGIN
  IF edge IS NULL THEN
    SELECT CASE WHEN falling THEN max(l.number) + 1 ELSE min(l.number) - 1 END INTO edge
    FROM pdfjobs_jobline l;
  END IF;
  WHILE total < wanted LOOP
    near := (edge + way) >> 12;
    LOOP
      IF falling THEN
        SELECT max(l.number >> 12) INTO near FROM pdfjobs_jobline l WHERE l.number >> 12 <= near;
      ELSE
        SELECT min(l.number >> 12) INTO near FROM pdfjobs_jobline l WHERE l.number >> 12 >= near;
      END IF;
      EXIT WHEN near IS NULL OR EXISTS (
        SELECT FROM pdfjobs_jobline l
        WHERE l.number >> 12 = near AND l.day BETWEEN first_day AND last_day
      );
      near := near + way;
    END LOOP;
    EXIT WHEN near IS NULL;
    edge := CASE WHEN falling THEN least(edge, (near + 1) << 12) ELSE greatest(edge, (near << 12) - 1) END;
    EXIT WHEN level > 18;
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
  IF total < wanted AND near IS NOT NULL THEN
    RETURN QUERY
      SELECT l.number, l.status FROM pdfjobs_jobline l
      WHERE l.line @@ asked
      AND l.day BETWEEN first_day AND last_day AND (l.number - edge) * way > 0
      ORDER BY l.number * way LIMIT wanted - total;
  END IF;
END $$
"""
"""The first matches behind a number, block by block, larger ones where there are few, until there are enough.

A block of numbers none of whose jobs is of the days that are asked for is passed by one look into an index. Numbers
are compared and ordered by expressions, which keeps the planner from going through all of them in their order.
"""


def make(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in (INDEX, FOUND):
            schema_editor.execute(statement.replace("%", "%%"), [])


def drop(apps: StateApps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The function stays: it finds the same without the index."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX pdfjobs_jobline_days")


class Migration(migrations.Migration):
    """Days of long ago are found as quickly as those of now."""

    dependencies = [("pdfjobs", "0012_newest_variants")]
    operations = [migrations.RunPython(make, drop)]
