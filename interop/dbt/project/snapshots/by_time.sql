{% snapshot by_time %}{{ config(target_schema='main', unique_key='id', strategy='timestamp', updated_at='changed_at') }}select * from {{ ref('events') }}{% endsnapshot %}
