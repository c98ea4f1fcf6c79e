// The four tests that every project has. A row of the answer is a failure.

import { raise } from '../jinja/errors.ts'
import { isList, itemsOf, print } from '../jinja/values.ts'
import type { Value } from '../jinja/values.ts'

type Given = (name: string) => Value

export const GENERIC_TESTS: Readonly<Record<string, (given: Given) => string>> = {
  test_unique: (given) => `select ${text(given, 'column_name')} as unique_field, count(*) as n_records\nfrom ${text(given, 'model')}\nwhere ${text(given, 'column_name')} is not null\ngroup by ${text(given, 'column_name')}\nhaving count(*) > 1`,
  test_not_null: (given) => `select ${text(given, 'column_name')}\nfrom ${text(given, 'model')}\nwhere ${text(given, 'column_name')} is null`,
  test_accepted_values: (given) => {
    const quote = given('quote') !== false
    const values = (isList(given('values')) ? itemsOf(given('values')) : undefined) ?? raise('accepted_values needs a list of values')
    const listed = values.map((value) => (quote ? `'${print(value)}'` : print(value))).join(', ')
    return `with all_values as (\n  select ${text(given, 'column_name')} as value_field, count(*) as n_records\n  from ${text(given, 'model')}\n  group by ${text(given, 'column_name')}\n)\nselect * from all_values\nwhere value_field not in (${listed})`
  },
  test_relationships: (given) => `with child as (\n  select ${text(given, 'column_name')} as from_field\n  from ${text(given, 'model')}\n  where ${text(given, 'column_name')} is not null\n), parent as (\n  select ${text(given, 'field')} as to_field\n  from ${text(given, 'to')}\n)\nselect from_field\nfrom child\nleft join parent on child.from_field = parent.to_field\nwhere parent.to_field is null`,
}

const text = (given: Given, name: string): string => ((value) => (value === undefined || value === null ? raise(`the test needs "${name}"`) : print(value)))(given(name))
