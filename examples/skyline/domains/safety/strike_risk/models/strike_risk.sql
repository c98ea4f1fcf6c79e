with strikes as (
  select airport_iata, month(day) as month, count(*) as reported
  from {{ ref('bird_strikes', 'bird_strikes') }}
  group by airport_iata, month(day)
)
select
  f.date,
  f.origin,
  f.destination,
  coalesce(o.reported, 0) as origin_strikes,
  coalesce(d.reported, 0) as destination_strikes,
  case
    when coalesce(o.reported, 0) + coalesce(d.reported, 0) >= 60 then 'high'
    when coalesce(o.reported, 0) + coalesce(d.reported, 0) >= 20 then 'raised'
    else 'low'
  end as risk
from {{ ref('flights', 'flights') }} as f
left join strikes as o on o.airport_iata = f.origin and o.month = month(f.date)
left join strikes as d on d.airport_iata = f.destination and d.month = month(f.date)
