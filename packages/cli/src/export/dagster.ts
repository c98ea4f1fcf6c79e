// Products as assets of Dagster: each with its job, its schedule, and what makes it run when what it reads is new.

import type { ExportedProduct } from './exported-products.ts'
import { CLIENT } from './client-text.ts'
import { pythonData } from './python-text.ts'

export const dagsterDefinitions = (mesh: string, products: readonly ExportedProduct[]): string => `# Written by "tulle export dagster". TULLE_URL and TULLE_TOKEN name the server and who asks.

${CLIENT}

import dagster

MESH = ${pythonData(mesh)}
PRODUCTS = ${pythonData(products)}


def _key(name):
    return dagster.AssetKey(["tulle", name])


def _is_early(context, product):
    """With freshness "all", what an update of one input began waits until every input is newer than the last run."""
    if product["freshness"] != "all" or "dagster/from_automation_condition" not in context.run.tags:
        return False
    times = [context.instance.get_latest_materialization_event(_key(name)) for name in [product["name"], *product["reads"]]]
    own, *inputs = [None if one is None else one.timestamp for one in times]
    return any(one is None or (own is not None and one <= own) for one in inputs)


def _asset(product):
    @dagster.asset(
        key=_key(product["name"]),
        deps=[_key(name) for name in product["reads"]],
        description=product["title"],
        metadata={"mesh": MESH, "about": product["description"], "team": product["owner"]},
        automation_condition=dagster.AutomationCondition.eager() if product["reads"] else None,
        retry_policy=dagster.RetryPolicy(max_retries=2, delay=60, backoff=dagster.Backoff.EXPONENTIAL),
        output_required=False,
    )
    def run(context: dagster.AssetExecutionContext):
        if _is_early(context, product):
            context.log.info("Not every input of %s is new." % product["name"])
            return
        done = run_product(product["name"], context.log.info)
        yield dagster.Output(None, metadata={name: value for name, value in done.items() if value is not None})

    return run


_assets = [_asset(product) for product in PRODUCTS]
# A job may not have the name of the op that an asset is.
_jobs = {product["name"]: dagster.define_asset_job("run_" + product["name"], selection=dagster.AssetSelection.assets(_key(product["name"]))) for product in PRODUCTS}
defs = dagster.Definitions(
    assets=_assets,
    jobs=list(_jobs.values()),
    schedules=[
        dagster.ScheduleDefinition(job=_jobs[product["name"]], cron_schedule=product["schedule"], execution_timezone="UTC")
        for product in PRODUCTS if product["schedule"] is not None
    ],
)
`
