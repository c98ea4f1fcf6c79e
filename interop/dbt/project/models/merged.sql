{{ config(materialized='incremental', unique_key='id', incremental_strategy='merge') }}
select id, kind, amount from {{ ref('events') }}
