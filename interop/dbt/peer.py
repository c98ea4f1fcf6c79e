"""Builds each project with dbt and with Tulle and compares every relation, row by row. Prints `N passed, N failed, N skipped`.

dbt builds it a second time, from the same rows in another order: a relation that then differs reads the clock or the order of its rows
(`row_number` over equals), so it has no one right answer, and is counted as skipped. Two orders may agree by chance (`ntile` over two
equals does in one of two), and groups come out of the engine in the order of its plan, so what differs from Tulle's is built by dbt from
further orders, by another plan, before it counts as failed."""
import csv
import datetime
import decimal
import json
import os
import random
import re
import shutil
import subprocess
import sys

import duckdb

root, work, skipped, *projects = sys.argv[1:]
skipped = int(skipped)
passed = failed = 0


def verdict(good, what, detail=""):
    global passed, failed
    passed, failed = passed + good, failed + (not good)
    print(("ok   " if good else "FAIL ") + what + ("" if good else ": " + detail))


def plain(value):
    """Numbers alike whatever their type; times to the second."""
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, (int, float, decimal.Decimal)):
        return "%.6f" % float(value)
    if isinstance(value, datetime.datetime):
        return value.replace(tzinfo=None, microsecond=0).isoformat()
    return str(value)


# When a snapshot was taken differs between two programs; whether a row is current does not.
OWN = ("dbt_scd_id", "dbt_updated_at", "dbt_valid_from")


def rows(connection, query):
    # What is an interval in one is its text in the other.
    kinds = connection.execute("describe " + query).fetchall()
    shown = ", ".join(f'cast("{name}" as varchar) as "{name}"' if kind.startswith("INTERVAL") else f'"{name}"' for name, kind, *_ in kinds)
    cursor = connection.execute(f"select {shown} from ({query})")
    names = [column[0] for column in cursor.description]
    keep = [i for i, name in enumerate(names) if name not in OWN]
    shown = [tuple(str(row[i] is None) if names[i] == "dbt_valid_to" else plain(row[i]) for i in keep) for row in cursor.fetchall()]
    return [names[i] for i in keep], sorted(shown)


def run(command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    return done.returncode, (done.stdout + done.stderr)[-800:]


# Public projects load their raw tables as seeds where this is said; a project that does not ask for it sees nothing of it.
VARS = ["--vars", json.dumps({"load_source_data": True})]

# dbt lists exposures and saved queries, with which nothing is done; Tulle lists models that are part of others.
NOTHING = ("exposure", "saved_query")


def verdicts(folder):
    """What became of each node and test, by its name."""
    results = json.load(open(os.path.join(folder, "target/run_results.json")))["results"]
    return {".".join(one["unique_id"].split(".")[:1] + one["unique_id"].split(".")[2:3]): one["status"] for one in results if one["unique_id"].split(".")[0] not in NOTHING and one["status"] != "no-op"}


def backwards(lines):
    return lines[::-1]


def shuffled(seed):
    return lambda lines: random.Random(seed).sample(lines, len(lines))


def turned(folder, order=backwards):
    """The rows of each seed in another order."""
    for path, _, files in os.walk(os.path.join(folder, "seeds")):
        for file in (one for one in files if one.endswith(".csv")):
            with open(os.path.join(path, file), newline="") as text:
                lines = list(csv.reader(text))
            with open(os.path.join(path, file), "w", newline="") as text:
                csv.writer(text).writerows(lines[:1] + order(lines[1:]))


def profile_in(folder, profile, database, settings={}):
    """Writes dbt's profile of a database into a folder, and gives the folder."""
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "profiles.yml"), "w") as file:
        file.write(json.dumps({profile: {"target": "dev", "outputs": {"dev": {"type": "duckdb", "path": database, "schema": "main", "settings": settings}}}}))
    return folder


FURTHER_ORDERS = 4
# Groups by small integers are then hashed like all others, not laid out by their values.
ANOTHER_PLAN = {"perfect_ht_threshold": 0}


class Witnesses:
    """What dbt makes of a project's first turn from further orders of its rows by another plan, each built when it is first asked for."""

    def __init__(self, project, profile):
        self.project, self.profile, self.built = project, profile, []

    def build(self, seed):
        place = os.path.join(work, f"order-{seed}", os.path.basename(self.project.rstrip("/")))
        shutil.copytree(self.project, place, ignore=shutil.ignore_patterns("target", "logs"))
        turned(place, shuffled(seed))
        options = ["--project-dir", place, "--profiles-dir", profile_in(os.path.join(work, f"order-{seed}"), self.profile, place + ".duckdb", ANOTHER_PLAN), *VARS]
        dbt = [os.path.join(work, "venv/bin/dbt"), "--quiet"]
        run([*dbt, "seed", *options])
        run([*dbt, "build", *options])
        return duckdb.connect(place + ".duckdb", read_only=True)

    def another(self, query, known):
        """Whether some order gives other rows than `known`."""
        for seed in range(FURTHER_ORDERS):
            if seed == len(self.built):
                self.built.append(self.build(seed))
            if rows(self.built[seed], query) != known:
                return True
        return False


for project in projects:
    name = os.path.basename(project.rstrip("/"))
    if not os.path.exists(os.path.join(project, "dbt_project.yml")):
        continue
    copies = {side: os.path.join(work, side, name) for side in ("dbt", "tulle", "turned")}
    for copy in copies.values():
        shutil.copytree(project, copy, ignore=shutil.ignore_patterns("target", "logs"))
    text = open(os.path.join(project, "dbt_project.yml")).read()
    profile = (re.search(r"^profile:\s*['\"]?([\w-]+)", text, re.M) or [None, "default"])[1]
    witnesses = Witnesses(project, profile)
    turned(copies["turned"])
    profiles, databases = {}, {}
    for side in ("dbt", "turned"):
        # dbt calls the database as its file is called.
        profiles[side], databases[side] = os.path.join(work, side, "profiles-" + name), os.path.join(work, side, name + ".duckdb")
        profile_in(profiles[side], profile, databases[side])
    for turn in (1, 2):
        if turn == 2:
            seeds = os.path.join(project, "seeds_later")
            if not os.path.isdir(seeds):
                break
            for copy in copies.values():
                shutil.copytree(seeds, os.path.join(copy, "seeds"), dirs_exist_ok=True)
            turned(copies["turned"])
        dbt = [os.path.join(work, "venv/bin/dbt"), "--quiet"]
        theirs_code, theirs_said = 1, ""
        for side in ("turned", "dbt"):
            options = ["--project-dir", copies[side], "--profiles-dir", profiles[side], *VARS]
            # A source that is a seed is not waited for by dbt itself.
            run([*dbt, "seed", *options])
            theirs_code, theirs_said = run([*dbt, "build", *options])
        ours_code, ours_said = run([os.path.join(root, "node_modules/.bin/node"), os.path.join(root, "packages/cli/src/tulle.ts"), "dbt", "build", copies["tulle"], *VARS])
        unbuilt = [f"{side} wrote no results: {said}" for side, said in (("dbt", theirs_said), ("tulle", ours_said)) if not os.path.exists(os.path.join(copies[side], "target/run_results.json"))]
        if unbuilt:
            verdict(False, f"{name} is built, turn {turn}", "\n  ".join(unbuilt))
            break
        other, ours = verdicts(copies["dbt"]), verdicts(copies["tulle"])
        differing = {key: (other.get(key), ours.get(key)) for key in other.keys() | ours.keys() if other.get(key) != ours.get(key)}
        verdict(theirs_code == ours_code and not differing, f"{name}: {len(other)} nodes and tests end alike, turn {turn}", f"{differing}\n  dbt {theirs_said}\n  Tulle {ours_said}")
        for key, status in sorted(other.items()):
            if status not in ("success", "pass"):
                print(f"     {name}: {key} is {status} in both" if ours.get(key) == status else f"     {name}: {key} is {status} in dbt alone")
        theirs, twin = (duckdb.connect(databases[side], read_only=True) for side in ("dbt", "turned"))
        data = os.path.join(copies["tulle"], "target/tulle/data")
        held = json.load(open(os.path.join(data, "relations.json")))
        expected = {(schema, table) for schema, table in theirs.execute("select table_schema, table_name from information_schema.tables where table_schema <> 'main_dbt_test__audit'").fetchall()}
        verdict(expected == {(one["schema"], one["name"]) for one in held}, f"{name}: the same relations, turn {turn}", str(expected ^ {(one["schema"], one["name"]) for one in held}))
        for one in held:
            if (one["schema"], one["name"]) not in expected:
                continue
            files = ", ".join("'" + os.path.join(data, file) + "'" for file in one["files"])
            ours = rows(duckdb.connect(), f"select * from read_parquet([{files}])")
            query = f'select * from "{one["schema"]}"."{one["name"]}"'
            other = rows(theirs, query)
            if ours != other and (other != rows(twin, query) or (turn == 1 and witnesses.another(query, other))):
                skipped += 1
                print(f"     {name}: {one['name']} is another one each time that dbt builds it")
                continue
            verdict(ours == other, f"{name}: {one['name']}, {len(ours[1])} rows, turn {turn}", f"\n  tulle {ours[0]} {ours[1][:3]}\n  dbt   {other[0]} {other[1][:3]}")
        theirs.close()
        twin.close()

print(f"{passed} passed, {failed} failed, {skipped} skipped")
