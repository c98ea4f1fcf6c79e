"""Metabase and Tableau: the shapes of statement that they send, as far as known, with what each must answer."""

from datetime import datetime

import psycopg

from peer import KINDS, ROWS, check, login

MOMENTS = [(k[9], k[4]) for k in KINDS]
FEBRUARY = [ratio for moment, ratio in MOMENTS if (moment.year, moment.month) == (1970, 2)]

# Of a catalogue: tables with what is known of them, columns with their keys, what may be done, references, enumerations.
CATALOGUE = [
    ("privileges", """select t.schemaname, t.objectname, pg_catalog.has_any_column_privilege(current_user, '"' || replace(t.schemaname, '"', '""') || '"."' || replace(t.objectname, '"', '""') || '"', 'select')
        from (select schemaname, tablename as objectname from pg_catalog.pg_tables union select schemaname, viewname from pg_views union select schemaname, matviewname from pg_matviews) t
        where t.schemaname !~ '^pg_' and t.schemaname <> 'information_schema' and pg_catalog.has_schema_privilege(current_user, t.schemaname, 'usage') order by 1""", [("every", "kinds", True), ("wages", "wages", True)]),
    ("tables", """select "n"."nspname", "c"."relname", case "c"."relkind" when 'r' then 'TABLE' when 'v' then 'VIEW' end, "d"."description", nullif("stat"."n_live_tup", 0) from "pg_catalog"."pg_class" as "c"
        inner join "pg_catalog"."pg_namespace" as "n" on "c"."relnamespace" = "n"."oid" left join "pg_catalog"."pg_description" as "d" on ("c"."oid" = "d"."objoid") and ("d"."objsubid" = 0) and ("d"."classoid" = 'pg_class'::regclass)
        left join "pg_stat_user_tables" as "stat" on ("n"."nspname" = "stat"."schemaname") and ("c"."relname" = "stat"."relname") where ("n"."nspname" in ('every')) and c.relkind in ('r', 'p', 'v', 'f', 'm')""", [("every", "kinds", "TABLE", "One row of every type", None)]),
    ("columns", """select "c"."column_name", format('%s', "c"."udt_name"), "c"."ordinal_position" - 1, col_description(cast(cast(format('%I.%I', cast("c"."table_schema" as text), cast("c"."table_name" as text)) as regclass) as oid), "c"."ordinal_position")
        from "information_schema"."columns" as "c" where "c"."table_schema" in ('every') order by "c"."ordinal_position" limit 2""", [("id", "int8", 0, "Counts from zero"), ("small", "int4", 1, None)]),
    ("references", """select "fk_table"."relname" from "pg_constraint" as "c" inner join "pg_class" as "fk_table" on "c"."conrelid" = "fk_table"."oid" inner join "pg_attribute" as "fk_column" on "c"."conrelid" = "fk_column"."attrelid"
        where ("c"."contype" = 'f'::char) and ("fk_column"."attnum" = any("c"."conkey"))""", []),
    ("enumerations", "select nspname, typname from pg_type t join pg_namespace n on n.oid = t.typnamespace where t.oid in (select distinct enumtypid from pg_enum e)", []),
]
QUESTIONS = [
    ("a probe", 'SELECT TRUE AS "_" FROM "every"."kinds" WHERE 1 <> 1 LIMIT 0', []),
    ("months within instants", """SELECT CAST(DATE_TRUNC('month', "every"."kinds"."moment") AS timestamp) AS "moment", COUNT(*) AS "count", AVG("every"."kinds"."ratio") AS "avg" FROM "every"."kinds"
        WHERE ("every"."kinds"."moment" >= timestamp with time zone '1970-02-01 00:00:00.000Z') AND ("every"."kinds"."moment" < timestamp with time zone '1970-03-01 00:00:00.000Z')
        GROUP BY CAST(DATE_TRUNC('month', "every"."kinds"."moment") AS timestamp) ORDER BY CAST(DATE_TRUNC('month', "every"."kinds"."moment") AS timestamp) ASC""", [(datetime(1970, 2, 1), len(FEBRUARY), sum(FEBRUARY) / len(FEBRUARY))]),
    ("weeks that begin on Sunday", """SELECT (DATE_TRUNC('week', ("every"."kinds"."moment" + INTERVAL '1 day')) + INTERVAL '-1 day') AS "w", CAST(EXTRACT(dow FROM "every"."kinds"."moment") AS integer) + 1 FROM "every"."kinds" WHERE "every"."kinds"."id" = 0""", [(datetime(1969, 12, 28), 4)]),
    ("up to this month", """SELECT COUNT(*) FROM "every"."kinds" WHERE "every"."kinds"."moment" < DATE_TRUNC('month', NOW())""", [(ROWS,)]),
    ("bins", """SELECT ((FLOOR((("every"."kinds"."ratio" - -100.0) / 50.0)) * 50.0) + -100.0) AS "ratio", COUNT(*) FROM "every"."kinds" GROUP BY ((FLOOR((("every"."kinds"."ratio" - -100.0) / 50.0)) * 50.0) + -100.0) ORDER BY 1 ASC LIMIT 2""", [(0.0, 400), (50.0, 400)]),
    ("a month cut off", """SELECT CAST(DATE_TRUNC('MONTH', CAST("kinds"."moment" AS TIMESTAMP)) AS TIMESTAMP) AS "tmn:moment:ok", SUM("kinds"."ratio") AS "sum:ratio:ok", SUM(1) AS "n" FROM "every"."kinds" "kinds"
        WHERE (("kinds"."moment" >= (TIMESTAMP '1970-02-01 00:00:00.000')) AND ("kinds"."moment" < (TIMESTAMP '1970-03-01 00:00:00.000'))) GROUP BY 1""", [(datetime(1970, 2, 1), sum(FEBRUARY), len(FEBRUARY))]),
    ("parts of dates", """SELECT CAST(EXTRACT(YEAR FROM "kinds"."day") AS INTEGER) AS "yr", CAST(EXTRACT(QUARTER FROM "kinds"."day") AS INTEGER) AS "qr", COUNT(1) AS "n" FROM "every"."kinds" "kinds" GROUP BY 1, 2 HAVING (COUNT(1) > 0) ORDER BY 1, 2 LIMIT 1""", [(1960, 1, 91)]),
    ("times as text", "SELECT TO_CHAR(moment, 'YYYY-MM-DD HH24:MI:SS.US'), TO_CHAR(day, 'FMMonth YYYY') FROM every.kinds WHERE id = 0", [("1969-12-31 23:59:59.123456", "January 1960")]),
    ("text as times", "SELECT COUNT(*) FROM every.kinds WHERE moment >= TO_TIMESTAMP('1970-02-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND moment < TO_TIMESTAMP('1970-03-01', 'YYYY-MM-DD') AND day >= TO_DATE('01.02.1960', 'DD.MM.YYYY')",
        [(len(FEBRUARY),)]),
]


def answers_of(cases):
    def work():
        with psycopg.connect(autocommit=True, **login("ana")) as connection:
            for what, text, wanted in cases:
                try:
                    check(what, connection.execute(text).fetchall(), wanted)
                except psycopg.Error as error:
                    check(what, f"{error.sqlstate} {error}", wanted)

    return work


def nothing_is_made():
    """Tableau tries this, and does without."""
    with psycopg.connect(autocommit=True, **login("ana")) as connection:
        try:
            connection.execute('CREATE LOCAL TEMPORARY TABLE "#Tableau_1_connect" ("x" INTEGER) ON COMMIT PRESERVE ROWS')
            check("a temporary table", "made", "25006")
        except psycopg.Error as error:
            check("a temporary table", error.sqlstate, "25006")


SECTIONS = [answers_of(CATALOGUE), answers_of(QUESTIONS), nothing_is_made]
