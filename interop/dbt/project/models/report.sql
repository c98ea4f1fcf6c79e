{{ config(materialized='table') }}
select kind, total, {{ dbt.dateadd('week', 1, "cast('2026-01-01' as date)") }} as later, {{ dbt.datediff("cast('2026-01-01' as date)", "cast('2026-03-05' as date)", 'week') }} as weeks, {{ dbt.split_part("'a-b'", "'-'", 2) }} as part, {{ dbt.hash('kind') }} as hashed from {{ ref('totals') }}
