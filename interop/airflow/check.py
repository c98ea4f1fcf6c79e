"""Loads the exported DAGs in Airflow and runs one of them. Prints `N passed, N failed, N skipped`."""
import os
import sys
import urllib.request

passed = failed = 0


def verdict(good, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok   " if good else "FAIL ") + what + ("" if good else ": %s" % (detail,)))


sys.path.insert(0, sys.argv[1])
import tulle_dags as exported

names = [product["name"] for product in exported.PRODUCTS]
dags = {name: getattr(exported, "tulle__" + name) for name in names}
verdict(len(dags) > 3 and all(dag.task_ids == ["run"] for dag in dags.values()), "every product has a DAG with one task")
for product in exported.PRODUCTS:
    dag = dags[product["name"]]
    said = repr(dag.timetable) + repr(getattr(dag.timetable, "asset_condition", getattr(dag.timetable, "dataset_condition", "")))
    waits = [name for name in names if "/%s'" % name in said or '/%s"' % name in said]
    verdict(sorted(waits) == sorted(product["reads"]), "%s waits for what it reads" % product["name"], said)
    task = dag.get_task("run")
    verdict([one.uri for one in task.outlets] == [exported._asset(product["name"]).uri] and task.retries == 2, "%s says when it has published" % product["name"])
good = next(product for product in exported.PRODUCTS if product["name"] != "mayfly")
done = dags[good["name"]].get_task("run").python_callable(*dags[good["name"]].get_task("run").op_args)
verdict(done["rows_written"] == 7, "its task runs the product and waits for it", done)
if len(sys.argv) > 2 and sys.argv[2] == "run":
    result = dags[good["name"]].test()
    verdict("success" in str(result.state).lower(), "its DAG runs in Airflow to success", result.state)
try:
    exported.run_product("mayfly")
    verdict(False, "a run that fails is an error")
except exported.RunFailed as error:
    verdict("check-failed: a planted failure" in str(error), "a run that fails is an error, in its words", error)
print("%d passed, %d failed, 0 skipped" % (passed, failed))
sys.exit(failed > 0)
