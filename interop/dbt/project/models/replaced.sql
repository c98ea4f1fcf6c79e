{{ config(materialized='incremental', unique_key='id', incremental_strategy='delete+insert') }}
select id, kind, amount from {{ ref('events') }}
