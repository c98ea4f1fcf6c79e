select
  f.origin as airport_iata,
  cast(f.date as date) as day,
  max(a.name) as airport,
  max(a.city) as city,
  max(a.state) as state,
  count(*) as departures,
  round(avg(f.delay), 2) as mean_delay,
  round(avg(case when f.delay >= 15 then 1.0 else 0.0 end), 4) as late_share
from {{ ref('flights', 'flights') }} as f
join {{ ref('airports', 'airports') }} as a on a.iata = f.origin
group by f.origin, cast(f.date as date)
