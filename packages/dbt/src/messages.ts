// What can be wrong with a dbt project.

import { defineDiagnostics } from '@tulle/kernel'

export const messages = defineDiagnostics({
  'dbt-template': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `The template is wrong: ${detail}`,
  },
  'dbt-template-limit': {
    severity: 'error',
    message: ({ limit, most }: { readonly limit: string; readonly most: number }) => `The template passes a limit: at most ${most} ${limit} are allowed.`,
    help: () => 'Make the loop or the macro end sooner, or write the result out.',
  },
  'dbt-raised': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `The project's own macro ends this: ${detail.trim().slice(0, 2000)}`,
  },
  'dbt-yaml': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `This is no YAML: ${detail}.`,
  },
  'dbt-file-limit': {
    severity: 'error',
    message: ({ file, limit, most }: { readonly file: string; readonly limit: string; readonly most: number }) => `${file} passes a limit: at most ${most} ${limit} are allowed.`,
  },
  'dbt-no-project': {
    severity: 'error',
    message: ({ folder }: { readonly folder: string }) => `There is no dbt_project.yml in ${folder}.`,
    help: () => 'Name the folder that holds the dbt project.',
  },
  'dbt-project-name': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => (name === '' ? 'The project has no name.' : `"${name}" is no name of a project.`),
    help: () => 'Give it a name of letters, digits and underscores.',
  },
  'dbt-package-missing': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => `The package "${name}" is not in the folder.`,
    help: () => 'Run "dbt deps" once and keep dbt_packages beside the project; nothing is downloaded here.',
  },
  'dbt-twice': {
    severity: 'error',
    message: ({ what, name }: { readonly what: string; readonly name: string }) => `The ${what} "${name}" is there twice.`,
    help: () => 'Rename or remove one of them.',
  },
  'dbt-materialization': {
    severity: 'warning',
    message: ({ name }: { readonly name: string }) => `The project's own materialization "${name}" is not used; models are built by the platform.`,
  },
  'dbt-python': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => `"${name}" is a model in Python; models are written in SQL here.`,
  },
  'dbt-schema-shape': {
    severity: 'error',
    message: ({ what, want }: { readonly what: string; readonly want: string }) => `${what} must be ${want}.`,
  },
  'dbt-schema-key': {
    severity: 'warning',
    message: ({ key }: { readonly key: string }) => `Nothing is known of "${key}" here; it is left alone.`,
  },
  'dbt-doc-missing': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => `There is no docs block "${name}".`,
    help: () => 'Write {% docs name %} … {% enddocs %} in a Markdown file beside the models.',
  },
  'dbt-access-word': {
    severity: 'error',
    message: ({ given }: { readonly given: string }) => `"${given}" is no access; it is private, protected or public.`,
  },
  'dbt-test-shape': {
    severity: 'error',
    message: ({ of }: { readonly of: string }) => `A test of "${of}" is neither a name nor a map with one.`,
  },
  'dbt-test-unknown': {
    severity: 'error',
    message: ({ test, of }: { readonly test: string; readonly of: string }) => `"${of}" is to be tested by "${test}", which is in no package here.`,
  },
  'dbt-ref-unknown': {
    severity: 'error',
    message: ({ ref, of, hint }: { readonly ref: string; readonly of: string; readonly hint: string }) => `${of} reads "${ref}", which is nowhere.${hint}`,
  },
  'dbt-source-unknown': {
    severity: 'error',
    message: ({ source, of, hint }: { readonly source: string; readonly of: string; readonly hint: string }) => `${of} reads the source "${source}", which no file declares.${hint}`,
  },
  'dbt-group-unknown': {
    severity: 'error',
    message: ({ group, of, hint }: { readonly group: string; readonly of: string; readonly hint: string }) => `"${of}" is in the group "${group}", which no file declares.${hint}`,
  },
  'dbt-access': {
    severity: 'error',
    message: ({ from, to, why }: { readonly from: string; readonly to: string; readonly why: string }) => `"${from}" may not read "${to}": it is ${why}.`,
  },
  'dbt-circle': {
    severity: 'error',
    message: ({ circle }: { readonly circle: readonly string[] }) => `These read each other in a circle: ${[...circle, circle[0] ?? ''].join(' → ')}.`,
  },
  'dbt-fixture-missing': {
    severity: 'error',
    message: ({ fixture }: { readonly fixture: string }) => `There is no fixture "${fixture}" in tests/fixtures.`,
  },
  'dbt-selector': {
    severity: 'error',
    message: ({ selector, detail }: { readonly selector: string; readonly detail: string }) => `The selection "${selector.slice(0, 200)}" means nothing: ${detail}.`,
  },
  'dbt-state': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `This is no manifest to compare with: ${detail}.`,
  },
  'dbt-ref-late': {
    severity: 'error',
    message: ({ ref }: { readonly ref: string }) => `"${ref}" is read only when the query is made, so nobody could know before.`,
    help: () => 'Name it outside of "if execute", for example in a comment: -- depends_on: {{ ref(…) }}',
  },
  'dbt-outside': {
    severity: 'error',
    message: ({ relation }: { readonly relation: string }) => `A model may not write "${relation}": it is outside of its product.`,
  },
  'dbt-contract-type': {
    severity: 'error',
    message: ({ node, column }: { readonly node: string; readonly column: string }) => `The contract of "${node}" gives the column "${column}" no data_type.`,
  },
  'dbt-contract': {
    severity: 'error',
    message: ({ node, column, detail }: { readonly node: string; readonly column: string; readonly detail: string }) => `"${node}" breaks its contract in the column "${column}": ${detail}.`,
  },
  'dbt-schema-change': {
    severity: 'error',
    message: ({ node, detail }: { readonly node: string; readonly detail: string }) => `"${node}" cannot be added to: ${detail}.`,
    help: () => 'Set on_schema_change, or build it anew with --full-refresh.',
  },
  'dbt-config-word': {
    severity: 'error',
    message: ({ node, key, value, want }: { readonly node: string; readonly key: string; readonly value: string; readonly want: string }) => `The ${key} "${value}" of "${node}" means nothing; wanted is ${want}.`,
  },
  'dbt-seed': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `The seed cannot be read: ${detail}.`,
  },
  'dbt-data-set-ephemeral': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => `"${name}" is a data set of the product, and ephemeral: nothing would be kept of it.`,
    help: () => 'Set materialized to table or incremental.',
  },
  'dbt-snapshot-forgets': {
    severity: 'error',
    message: ({ name }: { readonly name: string }) => `The snapshot "${name}" is no data set of the product, so its history would end with every run.`,
    help: ({ name }: { readonly name: string }) => `Declare a data set "${name}" with a contract.`,
  },
  'dbt-source-port': {
    severity: 'error',
    message: ({ source, table }: { readonly source: string; readonly table: string; readonly ports: readonly string[] }) => `The source "${source}.${table}" leads to no input port of the product.`,
    help: ({ source, table, ports }: { readonly source: string; readonly table: string; readonly ports: readonly string[] }) => `Name an input port ${table} or ${source}_${table}. The product has ${ports.length === 0 ? 'none' : ports.slice(0, 12).join(', ')}.`,
  },
  'dbt-unit-rows': {
    severity: 'error',
    message: ({ test, input }: { readonly test: string; readonly input: string }) => `The unit test "${test}" gives no rows that can be read for ${input}.`,
  },
  'program-syntax': {
    severity: 'error',
    message: ({ detail }: { readonly detail: string }) => `The program cannot be read: ${detail.replace(/\.$/u, '')}.`,
    help: () => 'A model in TypeScript is JavaScript with types beside it: types are erased before it runs.',
  },
  'program-import': {
    severity: 'error',
    message: ({ name }: { readonly name: string; readonly may: readonly string[] }) => `A model may not import "${name.slice(0, 100)}": where it runs there are no files, no network and no packages.`,
    help: ({ may }: { readonly name: string; readonly may: readonly string[] }) => `It may import ${may.join(', ')}, and types.`,
  },
  'program-function': {
    severity: 'error',
    message: () => 'The model has no function: nothing is exported by default.',
    help: () => 'Write export default function model({ … }) { … } that gives Arrow batches or rows.',
  },
  'program-literal': {
    severity: 'error',
    message: ({ what }: { readonly what: string }) => `${what} must be written out, as texts in an object: it is read before anything runs.`,
    help: () => "Write export const reads = { flights: 'flights.flights' }, and export const lineage = { delay: ['flights.delay'] }.",
  },
  'program-read': {
    severity: 'error',
    message: ({ text }: { readonly text: string }) => `"${text.slice(0, 100)}" is no data set and no input port.`,
    help: () => 'Write data_set, product.data_set or source.input_port.',
  },
  'program-lineage': {
    severity: 'error',
    message: ({ text }: { readonly text: string; readonly inputs: readonly string[] }) => `"${text.slice(0, 100)}" is no column of what the model reads.`,
    help: ({ inputs }: { readonly text: string; readonly inputs: readonly string[] }) => `Write input.column; its inputs are ${inputs.length === 0 ? 'none' : inputs.join(', ')}.`,
  },
  'program-shape': {
    severity: 'error',
    message: ({ what, want }: { readonly what: string; readonly want: string }) => `${what} must be ${want}.`,
  },
  'program-key': {
    severity: 'error',
    message: ({ key, hint }: { readonly key: string; readonly hint: string }) => `A model over HTTP has no "${key}".${hint}`,
  },
  'program-secret': {
    severity: 'error',
    message: ({ header }: { readonly header: string }) => `The value of the header "${header}" is a secret and stands in the file.`,
    help: () => 'Write {secret: NAME}; the platform holds it as TULLE_SECRET_<name>.',
  },
})
