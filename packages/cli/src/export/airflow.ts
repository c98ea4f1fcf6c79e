// Products as DAGs of Apache Airflow, 2.9 or newer and 3: one of each, with an asset that says when it has published.

import type { ExportedProduct } from './exported-products.ts'
import { CLIENT } from './client-text.ts'
import { pythonData } from './python-text.ts'

export const airflowDags = (mesh: string, products: readonly ExportedProduct[]): string => `# Written by "tulle export airflow". TULLE_URL and TULLE_TOKEN name the server and who asks.

${CLIENT}

from datetime import datetime, timedelta, timezone

try:
    from airflow.sdk import DAG, Asset
    from airflow.providers.standard.operators.python import PythonOperator
except ImportError:
    from airflow import DAG
    from airflow.datasets import Dataset as Asset
    from airflow.operators.python import PythonOperator
from airflow.timetables.trigger import CronTriggerTimetable

try:
    from airflow.timetables.assets import AssetOrTimeSchedule
except ImportError:
    AssetOrTimeSchedule = None

MESH = ${pythonData(mesh)}
PRODUCTS = ${pythonData(products)}


def _asset(product):
    return Asset("tulle://%s/%s" % (urllib.parse.quote(MESH, safe=""), product))


def _schedule(product):
    published = None
    for name in product["reads"]:
        one = _asset(name)
        published = one if published is None else (published & one if product["freshness"] == "all" else published | one)
    clock = None if product["schedule"] is None else CronTriggerTimetable(product["schedule"], timezone="UTC")
    if published is None or clock is None:
        return clock if published is None else published
    if AssetOrTimeSchedule is not None:
        return AssetOrTimeSchedule(timetable=clock, assets=published)
    from airflow.timetables.datasets import DatasetOrTimeSchedule
    return DatasetOrTimeSchedule(timetable=clock, datasets=published)


for _product in PRODUCTS:
    _dag = DAG(
        dag_id="tulle__" + _product["name"],
        description=_product["title"],
        doc_md=None,
        schedule=_schedule(_product),
        start_date=datetime(2020, 1, 1, tzinfo=timezone.utc),
        catchup=False,
        max_active_runs=1,
        tags=_product["tags"],
    )
    PythonOperator(
        dag=_dag,
        task_id="run",
        python_callable=run_product,
        op_args=[_product["name"]],
        owner=_product["owner"],
        outlets=[_asset(_product["name"])],
        retries=2,
        retry_delay=timedelta(minutes=1),
        retry_exponential_backoff=True,
    )
    globals()[_dag.dag_id] = _dag
`
