"""Loads the exported definitions in Dagster and runs jobs of them. Prints `N passed, N failed, N skipped`."""
import os
import sys
import urllib.request

import dagster

sys.path.insert(0, sys.argv[1])
import tulle_definitions as exported

passed = failed = 0


def verdict(good, what, detail=""):
    global passed, failed
    passed, failed = passed + bool(good), failed + (not good)
    print(("ok   " if good else "FAIL ") + what + ("" if good else ": %s" % (detail,)))


definitions = exported.defs
names = [product["name"] for product in exported.PRODUCTS]
dagster.Definitions.validate_loadable(definitions)
repository = definitions.get_repository_def()
verdict(len(names) > 3 and {"run_" + name for name in names} <= set(repository.job_names), "every product has a job", repository.job_names)
verdict({one.name for one in repository.schedule_defs} == {"run_%s_schedule" % one["name"] for one in exported.PRODUCTS if one["schedule"]}, "every schedule is there", repository.schedule_defs)
graph = repository.asset_graph
for product in exported.PRODUCTS:
    parents = {key.path[-1] for key in graph.get(exported._key(product["name"])).parent_keys}
    verdict(parents == set(product["reads"]), "%s waits for what it reads" % product["name"], parents)
    verdict((graph.get(exported._key(product["name"])).automation_condition is not None) == bool(product["reads"]), "%s runs when that is new" % product["name"])
with dagster.DagsterInstance.ephemeral() as instance:
    good = next(product for product in exported.PRODUCTS if product["reads"] and product["name"] != "mayfly")
    done = repository.get_job("run_" + good["name"]).execute_in_process(instance=instance, raise_on_error=False)
    seen = instance.get_latest_materialization_event(exported._key(good["name"]))
    verdict(done.success and seen is not None and seen.asset_materialization.metadata["rows_written"].value == 7, "a run that succeeds is a materialization with its rows")
    # Waiting for another attempt takes minutes; what an attempt says is known at once.
    try:
        exported.run_product("mayfly")
        verdict(False, "a run that fails is an error")
    except exported.RunFailed as error:
        verdict("check-failed: a planted failure" in str(error), "a run that fails is an error, in its words", error)
    early = [product for product in exported.PRODUCTS if product["reads"]][0] | {"freshness": "all"}

    class Context:
        def __init__(self, tags):
            self.run, self.instance = type("Run", (), {"tags": tags}), instance

    verdict(exported._is_early(Context({"dagster/from_automation_condition": "true"}), early) and not exported._is_early(Context({}), early), "with freshness all it waits for its inputs, and by hand it does not")
token = os.environ.pop("TULLE_TOKEN")
try:
    exported.run_product(names[0])
    verdict(False, "without a token nothing is asked")
except exported.RunFailed as error:
    verdict("TULLE_TOKEN" in str(error), "without a token nothing is asked", error)
os.environ["TULLE_TOKEN"] = "another"
try:
    exported.run_product(names[0])
    verdict(False, "a token that is none is an error")
except exported.RunFailed as error:
    verdict("401" in str(error) and "another" not in str(error), "a token that is none is an error that does not repeat it", error)
verdict(urllib.request.urlopen(os.environ["TULLE_URL"] + "/started").read().decode() == '["%s", "mayfly"]' % good["name"], "exactly these runs were started")
print("%d passed, %d failed, 0 skipped" % (passed, failed))
sys.exit(failed > 0)
