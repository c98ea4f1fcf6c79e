with numbers as (
  select cast(a.digit * 1000 + b.digit * 100 + c.digit * 10 + d.digit as bigint) as id
  from {{ source('digits') }} as a, {{ source('digits') }} as b, {{ source('digits') }} as c, {{ source('digits') }} as d
)
select
  id,
  cast(id - 5000 as integer) as small,
  case when id % 7 <> 0 then id % 2 = 0 end as flag,
  cast(id / 4 as real) as single,
  cast(id / 8 as double) as ratio,
  cast(cast(id - 5000 as decimal(9, 3)) * 1.001 as decimal(12, 3)) as price,
  cast('12345678901234567890.0123456789' as decimal(38, 10)) + id as wide,
  date '1960-01-01' + cast(id as integer) as day,
  time '00:00:00.000001' + to_seconds(id) as clock,
  timestamp '1969-12-31 23:59:59.123456' + to_hours(id) as moment,
  timestamptz '1969-12-31 23:59:59.123456+00' + to_hours(id) as instant,
  cast('00000000-0000-4000-8000-' || lpad(cast(id as varchar), 12, '0') as uuid) as tag,
  case when id % 5 <> 0 then 'zażółć "' || id || '" \ 🦆' end as note,
  encode('bytes ' || id) as raw,
  [id, null, -id] as parts,
  {'a': cast(id as integer), 'b': 'b' || id} as pair
from numbers
order by id
