# What the tests ask. Compiled by `opa build -t wasm`, with each rule from `decision` on as an entrypoint, into bundle.tar.gz.
package tulle

import rego.v1

default allow := false

allow if not "suspended" in input.subject.teams

deny contains "Nobody reads for this." if input.purpose == "curiosity"

masks[column.name] := {"kind": "null"} if {
	some column in input.data_set.columns
	column.classification == "personal"
	input.subject.role != "steward"
}

hide contains column.name if {
	some column in input.data_set.columns
	column.classification == "secret"
}

rows contains "city = {subject.city}" if input.subject.attributes.city

decision := {"allow": allow, "deny": deny, "masks": masks, "hide": hide, "rows": rows}

yes := true

nothing if input.never

loose := {"allow": true, "grant": ["everything"]}

listed contains input.subject.name if data.friends[input.subject.name]

# More than the memory that it has.
large := numbers.range(1, 500000000)

broken := {"allow": true, "rows": ["city = (select 1)"]}
