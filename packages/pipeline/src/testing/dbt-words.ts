// A small dbt project with a macro, a seed, an incremental model, a snapshot, tests and a unit test.

/** By path, below `folder`. */
export const dbtProject = (folder: string): Readonly<Record<string, string>> => Object.fromEntries(Object.entries(FILES).map(([path, text]) => [`${folder}${path}`, text]))

const FILES: Readonly<Record<string, string>> = {
  'dbt_project.yml': 'name: shop_models\nversion: "1.0"\nprofile: shop\nvars:\n  cents_per_unit: 100\nmodels:\n  shop_models:\n    +materialized: table\n    staging:\n      +materialized: view\n',
  'macros/money.sql': "{% macro units(column) %}({{ column }} / {{ var('cents_per_unit') }}){% endmacro %}\n",
  'models/staging/sources.yml': 'version: 2\nsources:\n  - name: raw\n    tables:\n      - name: orders\n      - name: customers\n',
  'models/staging/stg_orders.sql': "select id, customer as customer_id, {{ units('cents') }} as amount, day from {{ source('raw', 'orders') }}\n",
  'models/staging/stg_customers.sql': "select id, name from {{ source('raw', 'customers') }}\n",
  'models/order_totals.sql': `{{ config(materialized='incremental', incremental_strategy='append') }}
select o.id, c.name as customer, o.amount, o.day
from {{ ref('stg_orders') }} as o
join {{ ref('stg_customers') }} as c on c.id = o.customer_id
{% if is_incremental() %}where o.id > (select max(id) from {{ this }}){% endif %}
`,
  'models/customer_totals.sql': `select t.customer, sum(t.amount) as amount, sum(t.amount * r.rate) as euros
from {{ ref('order_totals') }} as t
join {{ ref('countries') }} as n using (customer)
join {{ ref('rates', 'rates') }} as r using (country)
group by t.customer
`,
  'models/models.yml': `version: 2
models:
  - name: order_totals
    columns:
      - name: id
        tests: [unique, not_null]
      - name: amount
        tests:
          - at_most: {most: 1000}
  - name: stg_customers
    columns:
      - name: id
        tests: [unique]
  - name: customer_totals
    columns:
      - name: customer
        tests:
          - relationships: {to: ref('countries'), field: customer}
          - accepted_values: {values: [zoe, bob], config: {severity: warn}}
unit_tests:
  - name: cents_become_units
    model: stg_orders
    given:
      - input: source('raw', 'orders')
        rows: [{id: 1, customer: 1, cents: 250, day: '2026-01-01'}]
    expect:
      rows: [{id: 1, amount: 2.5}]
`,
  'tests/generic/at_most.sql': '{% test at_most(model, column_name, most) %}select * from {{ model }} where {{ column_name }} > {{ most }}{% endtest %}\n',
  'tests/no_future_orders.sql': "select * from {{ ref('order_totals') }} where day > '2030-01-01'\n",
  'seeds/countries.csv': 'customer,country\nzoe,fr\nbob,us\n',
  'snapshots/customers.sql': "{% snapshot customers_snapshot %}{{ config(unique_key='id', strategy='check', check_cols=['name'], target_schema='shop') }}select id, name from {{ ref('stg_customers') }}{% endsnapshot %}\n",
}
