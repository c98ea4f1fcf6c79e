select
  row_number() over (order by r."Flight Date", r."Airport Name", r."Aircraft Make Model", r."Wildlife Species", r."Speed IAS in knots", r."Cost Total $") as report,
  a.airport_iata,
  r."Airport Name" as airport,
  r."Origin State" as state,
  r."Flight Date" as day,
  r."Aircraft Make Model" as aircraft,
  r."Aircraft Airline Operator" as operator,
  r."Phase of flight" as phase,
  r."Wildlife Species" as species,
  r."Wildlife Size" as size,
  r."Time of day" as time_of_day,
  r."Effect Amount of damage" as damage,
  r."Speed IAS in knots" as speed_knots,
  r."Cost Total $" as cost_dollars
from {{ source('faa_reports') }} as r
join {{ source('faa_airports') }} as a on a.faa_name = r."Airport Name"
