{{ config(materialized='ephemeral') }}
select kind, sum(amount) as total from {{ ref('events') }} group by kind
