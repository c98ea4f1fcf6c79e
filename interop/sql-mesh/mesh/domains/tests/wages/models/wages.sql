select digit as person, cast(1000 + digit as decimal(9, 2)) as wage from {{ source('digits') }}
