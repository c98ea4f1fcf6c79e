// Everything that running a product can have to say. What is quoted are names and places, never values of rows.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

interface Port { readonly port: string; readonly path: string }

export const messages = defineDiagnostics({
  'continuous-refused': {
    severity: 'error',
    message: (p: { dataSet: string; clause: string; remedy: string }) => `${p.dataSet} cannot be kept in step by what changes of its inputs, because of ${p.clause}.`,
    help: (p: { dataSet: string; clause: string; remedy: string }) => `${p.remedy.charAt(0).toUpperCase()}${p.remedy.slice(1)}.`,
  },
  'continuous-overtaken': {
    severity: 'error',
    message: (p: { dataSet: string }) => `Somebody else wrote to ${p.dataSet} while the rows that its inputs touch were worked out, so these belong to a version that is not served.`,
    help: () => 'Run the product again: it is then built as a whole.',
  },
  'product-not-there': {
    severity: 'error',
    message: (p: { product: string; minutes: number; state: string }) => `${p.product} was waited for ${p.minutes} minutes, the limit: ${p.state}.`,
    help: () => 'Let the product run, or wait for less; what is published here is unchanged.',
  },
  'export-nowhere': {
    severity: 'error',
    message: (p: { to: string; known: readonly string[] }) => `The operator of this platform lists no place "${p.to.slice(0, 100)}" to export to.${didYouMean(p.to, p.known)}`,
    help: (p: { to: string; known: readonly string[] }) => (p.known.length === 0 ? 'Places are listed in TULLE_EXPORT_PLACES.' : `There are: ${p.known.join(', ')}.`),
  },
  'export-nothing': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; meant: string }) => `${p.product} has no data set "${p.dataSet.slice(0, 100)}" to export.${p.meant}`,
  },
  'export-unpublished': {
    severity: 'error',
    message: (p: { address: string }) => `${p.address} was never published, so there is nothing to export.`,
    help: () => 'Call export after publish.',
  },
  'step-memory': {
    severity: 'error',
    message: (p: { megabytes: number; limit: string; what: string }) => `${p.what.replace(/\.$/u, '')}: ${p.megabytes} MB, the limit ${p.limit}.`,
    help: () => 'Filter or aggregate earlier, or raise the limit.',
  },
  'rerun-refused': {
    severity: 'error',
    message: (p: { run: string; from: string; why: string }) => `Run ${p.run} cannot be run again${p.from === '' ? '' : ` from "${p.from.slice(0, 100)}"`}: ${p.why}${p.why.endsWith('?') ? '' : '.'}`,
    help: () => 'Begin with an earlier step, or run the product anew.',
  },
  'run-parameter': {
    severity: 'error',
    message: (p: { product: string; parameter: string; why: string }) => `${p.parameter === '' ? 'What the workflow is given' : `The parameter ${p.parameter}`} of ${p.product} ${p.why}.`,
    help: () => "What a workflow takes is in its document's input.schema.",
  },
  'run-rows-gone': {
    severity: 'error',
    message: (p: { run: string; dataSet: string }) => `Run ${p.run} wrote no rows of ${p.dataSet}, or they are gone.`,
    help: () => 'A run writes after it transformed; what it wrote goes when maintenance expires it.',
  },
  'check-without-rows': {
    severity: 'error',
    message: (p: { check: string; dataSet: string; known: readonly string[] }) => `${p.dataSet} has no check "${p.check}" that finds rows at fault.${didYouMean(p.check, p.known)}`,
    help: (p: { known: readonly string[] }) => (p.known.length === 0 ? 'Its checks judge the data set as a whole.' : `Those that do: ${p.known.join(', ')}.`),
  },
  'quarantine-data-set': {
    severity: 'error',
    message: (p: { product: string; dataSet: string; hint: string }) => `${p.product} fills no data set "${p.dataSet}".${p.hint}`,
  },
  'quarantine-nothing': {
    severity: 'error',
    message: (p: { dataSet: string; what: string }) => `No row of ${p.dataSet} that was set aside can be ${p.what} so.`,
    help: (p: { dataSet: string }) => `npx tulle quarantine show ${p.dataSet} lists them with their states.`,
  },
  'quarantine-column': {
    severity: 'error',
    message: (p: { column: string; hint: string }) => (p.column === '' ? 'The correction names no column.' : `There is no column "${p.column}" to correct.${p.hint}`),
  },
  'quarantine-rows': {
    severity: 'error',
    message: (p: { why: string }) => `The corrected rows cannot be taken: ${p.why}.`,
  },
  'source-outside': {
    severity: 'error',
    message: (p: Port & { why: string }) => `${p.port} may not read "${p.path}": ${p.why}.`,
    help: () => 'Name a file below the mesh folder, for example data/orders.csv, or npm:<package>/<path> for data that a package ships.',
  },
  'source-missing': {
    severity: 'error',
    message: (p: Port) => `${p.port} finds no file at "${p.path}".`,
    help: () => 'Put the file there, or mend the path of the input port. The last published data stays.',
  },
  'source-package-missing': {
    severity: 'error',
    message: (p: Port & { package: string }) => `${p.port} reads from the npm package "${p.package}", which is not installed.`,
    help: (p: Port & { package: string }) => `Install it where the mesh folder finds it: npm install ${p.package}`,
  },
  'collection-name': {
    severity: 'error',
    message: (p: { port: string; path: string; why: string }) => `${p.port} holds a file ${JSON.stringify(p.path)} that cannot be kept under its name: ${p.why}.`,
    help: () => 'Rename the file.',
  },
  'collection-too-large': {
    severity: 'error',
    message: (p: { port: string; bytes: number; limit: number }) => `The files of ${p.port} have ${p.bytes} bytes together; a collection has at most ${p.limit}.`,
    help: () => 'Divide it among several data sets.',
  },
  'source-too-many': {
    severity: 'error',
    message: (p: Port & { limit: number }) => `${p.port} matches more than ${p.limit} files with "${p.path}".`,
    help: () => 'Make the pattern narrower.',
  },
  'source-unreadable': {
    severity: 'error',
    message: (p: Port & { why: string }) => `${p.port} cannot read "${p.path}": ${p.why}.`,
  },
  'source-not-copied': {
    severity: 'error',
    message: (p: Port & { why: string }) => `"${p.path}" of ${p.port} could not be taken into Tulle's folder: ${p.why}.`,
    help: () => 'Make room below TULLE_HOME, or start Tulle with a TULLE_HOME on a larger disk.',
  },
  'source-changed': {
    severity: 'error',
    message: (p: Port) => `"${p.path}" of ${p.port} changed while it was read.`,
    help: () => 'Write new files beside the path and rename them into place when they are complete.',
  },
  'source-column-extra': {
    severity: 'warning',
    message: (p: { port: string; dataSet: string; columns: readonly string[] }) => `${p.port} has ${p.columns.length} ${p.columns.length === 1 ? 'column' : 'columns'} that ${p.dataSet} does not promise: ${p.columns.slice(0, 10).join(', ')}${p.columns.length > 10 ? ' …' : ''}.`,
    help: () => 'They are not read. Add them to the contract where they are wanted.',
  },
  'source-external': {
    severity: 'error',
    message: (p: { port: string }) => `${p.port} names a source that this target cannot read.`,
    help: () => 'Use a file input port, or an input port of another product or of an Iceberg catalogue.',
  },
  'drift-column-missing': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; column: string; hint: string }) => `${p.dataSet} promises the column "${p.column}", which ${p.port} does not have any more.${p.hint}`,
    help: () => 'Mend the source, or remove the column from the contract in a new major version. The last published data stays.',
  },
  'drift-column-type': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; column: string; found: string; wanted: string }) => `${p.port} has "${p.column}" as ${p.found} now, and the contract of ${p.dataSet} says ${p.wanted}, which cannot hold all of its values.`,
    help: (p: { port: string; dataSet: string; column: string; found: string; wanted: string }) => `Say ${p.found} in the contract, or cast the column in the query of the port. The last published data stays.`,
  },
  'drift-file': {
    severity: 'error',
    message: (p: { file: string; what: string }) => `${p.file}: ${p.what}`,
    help: () => 'Rows cannot be set aside where nobody can say where they end. The last published version stays.',
  },
  'drift-too-much': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; rows: number; came: number; rules: readonly string[] }) => `${p.rows} of ${p.came} rows of ${p.port} do not fit the contract of ${p.dataSet} (${p.rules.join(', ')}), which are more than may be set aside.`,
    help: () => 'Mend the source or the contract, or let atMost be more. The last published version stays.',
  },
  'drift-nothing-fits': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; rows: number; came: number; rules: readonly string[] }) => `None of the ${p.came} rows of ${p.port} fits the contract of ${p.dataSet}: they break ${p.rules.join(', ')}.`,
    help: () => 'A data set is not emptied because its source changed: mend the source or the contract. The last published version stays.',
  },
  'drift-too-many-rows': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; most: number }) => `More than ${p.most} rows of ${p.port} do not fit the contract of ${p.dataSet}.`,
    help: () => 'So many are not set aside: mend the source or the contract. The last published version stays.',
  },
  'drift-kept': {
    severity: 'warning',
    message: (p: { port: string; dataSet: string; columns: readonly { readonly name: string; readonly type: string }[] }) => `${p.port} has ${p.columns.length === 1 ? 'a column' : `${p.columns.length} columns`} that ${p.dataSet} did not have: ${p.columns.slice(0, 10).map(({ name, type }) => `${name} (${type})`).join(', ')}${p.columns.length > 10 ? ' …' : ''}. ${p.columns.length === 1 ? 'It is' : 'They are'} kept from now on.`,
    help: () => 'Nobody reads a column that the contract does not name: add it there, and what was kept so far is shown too.',
  },
  'drift-kept-type': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; column: string; found: string; kept: string }) => `${p.port} has "${p.column}" as ${p.found} now, and ${p.dataSet} keeps it as ${p.kept}, which cannot hold all of its values.`,
    help: () => 'Name the column in the contract with the type that it is to have. The last published data stays.',
  },
  'drift-too-many': {
    severity: 'error',
    message: (p: { port: string; dataSet: string; most: number }) => `${p.port} has so many columns that ${p.dataSet} would keep more than ${p.most} that its contract does not name.`,
    help: () => 'Name those that are wanted in the contract, and leave the others out at the port; or let the contract refuse drift.',
  },
  'backfill-unfit': {
    severity: 'error',
    message: (p: { product: string }) => `${p.product} has no input port whose cursor says what a range is, and whose data set has that column.`,
    help: () => 'Give the port a cursor, or run the product with --force.',
  },
  'backfill-range': {
    severity: 'error',
    message: (p: { why: string }) => `This range cannot be run by its parts: ${p.why}.`,
    help: () => 'Give two days such as 2026-01-01 and 2026-01-31; both are in the range.',
  },
  'backfill-no-parameter': {
    severity: 'error',
    message: (p: { product: string }) => `Nothing says what a part of a range is for ${p.product}: its workflow takes no parameter (or several) of the format date, and no input port has a cursor for it.`,
    help: () => 'Name a parameter of the workflow, which is given the first day of each part; or two with a comma, of which the second is given the first day after it.',
  },
  'backfill-parameter': {
    severity: 'error',
    message: (p: { product: string; parameter: string; known: readonly string[] }) => `The workflow of ${p.product} takes no parameter "${p.parameter}".${didYouMean(p.parameter, p.known)}`,
    help: (p: { product: string; parameter: string; known: readonly string[] }) => (p.known.length === 0 ? 'It takes none.' : `It takes: ${p.known.join(', ')}.`),
  },
  'backfill-unknown': {
    severity: 'error',
    message: (p: { id: string }) => `There is no backfill ${p.id}.`,
    help: () => 'List those of a product with: tulle backfills list <product>.',
  },
  'backfill-too-early': {
    severity: 'error',
    message: (p: { port: string }) => `${p.port} has nothing published yet that a range could be read anew of.`,
    help: () => 'Run the product once without a range.',
  },
  'usage-not-for': {
    severity: 'error',
    message: (p: { port: string }) => `${p.port} reads who uses what, which the mesh does not let this product do.`,
    help: () => 'Whoever keeps mesh.yaml adds the product to usage.',
  },
  'drawn-state-lost': {
    severity: 'error',
    message: (p: { port: string; dataSet: string }) => `${p.port} brings only what is new to ${p.dataSet}, and where it stopped is lost with the recipe of the published version.`,
    help: () => 'Bring the folder "recipes" of the product back from a backup, or give the port another name: it then begins anew.',
  },
  'foreign-host-refused': {
    severity: 'error',
    message: (p: { port: string; host: string }) => `${p.port} may not ask the catalogue at ${p.host}: the operator of this platform does not list it.`,
    help: (p: { port: string; host: string }) => `Whoever runs Tulle may start it with TULLE_CATALOG_HOSTS=${p.host}.`,
  },
  'foreign-secret-missing': {
    severity: 'error',
    message: (p: { port: string; secret: string }) => `${p.port} signs in with the secret ${p.secret}, which this platform does not hold.`,
    help: (p: { port: string; secret: string }) => `Whoever runs Tulle may start it with TULLE_SECRET_${p.secret} set.`,
  },
  'foreign-table-unreadable': {
    severity: 'error',
    message: (p: { port: string; table: string; why: string }) => `${p.port} cannot read ${p.table}: ${p.why}`,
    help: () => 'The last published data stays.',
  },
  'foreign-storage-refused': {
    severity: 'error',
    message: (p: { port: string; table: string; address: string }) => `${p.port} may not read ${p.table}: its metadata is at ${p.address}, where the operator of this platform lets nobody read.`,
    help: () => 'Whoever runs Tulle may name the folder or the bucket of the table in TULLE_CATALOG_STORAGE.',
  },
  'foreign-snapshot-gone': {
    severity: 'error',
    message: (p: { port: string; table: string; snapshot: string }) => `${p.port} reads ${p.table} at snapshot ${p.snapshot}, which its catalogue does not have any more.`,
    help: () => 'What another platform lets expire cannot be read again. A tag there keeps a snapshot.',
  },
  'input-unpublished': {
    severity: 'error',
    message: (p: { product: string; input: string }) => `${p.product} reads ${p.input}, which has not published yet.`,
    help: (p: { product: string; input: string }) => `Run its product first: tulle run ${p.input.split('.')[0]}`,
  },
  'input-denied': {
    severity: 'error',
    message: (p: { product: string; input: string }) => `${p.product} may not read ${p.input}, which another team keeps.`,
  },
  'input-unknown': {
    severity: 'error',
    message: (p: { product: string; input: string }) => `${p.product} reads ${p.input}, which does not exist.`,
  },
  'product-has-no-data': {
    severity: 'error',
    message: (p: { product: string }) => `${p.product} has no data set with a contract, so there is nothing to run.`,
    help: () => 'Give it a data-set component with a contract, and a model or an input port that fills it.',
  },
  'product-changed': {
    severity: 'error',
    message: (p: { product: string }) => `${p.product} was changed by an apply while this run was under way.`,
    help: (p: { product: string }) => `Run it again: tulle run ${p.product}`,
  },
  'model-unreadable': {
    severity: 'error',
    message: (p: { dataSet: string; why: string }) => `The model of ${p.dataSet} cannot run: ${p.why}`,
    help: () => 'Nothing was published; readers keep the last good snapshot.',
  },
  'model-cycle': {
    severity: 'error',
    message: (p: { circle: readonly string[] }) => `Models read each other in a circle: ${p.circle.join(' → ')}.`,
  },
  'model-column-missing': {
    severity: 'error',
    message: (p: { dataSet: string; from: string; column: string; hint: string }) => `${p.dataSet} promises the column "${p.column}", which its ${p.from} does not give.${p.hint}`,
    help: (p: { dataSet: string; from: string; column: string; hint: string }) => `Add the column to the ${p.from}, or remove it from the contract.`,
  },
  'model-column-extra': {
    severity: 'error',
    message: (p: { dataSet: string; column: string; hint: string }) => `The model of ${p.dataSet} gives the column "${p.column}", which its contract does not know.${p.hint}`,
    help: () => 'Add the column to the contract, or leave it out of the model.',
  },
  'model-column-type': {
    severity: 'error',
    message: (p: { dataSet: string; from: string; column: string; actual: string; wanted: string }) => `The ${p.from} of ${p.dataSet} gives "${p.column}" as ${p.actual}, and its contract says ${p.wanted}.`,
    help: (p: { dataSet: string; from: string; column: string; actual: string; wanted: string }) => `Say what is meant: cast("${p.column}" as ${p.wanted}), or change the contract.`,
  },
  'dbt-not-built': {
    severity: 'error',
    message: (p: { dataSet: string }) => `The dbt project built nothing for ${p.dataSet}.`,
    help: () => 'Apply the product again: its project and its data sets do not fit each other.',
  },
  'run-without-models': {
    severity: 'error',
    message: (p: { run: string }) => `Run ${p.run} built no models.`,
    help: () => 'Name a run whose steps "ingest" and "transform" were carried out; a skipped one built nothing.',
  },
  'dbt-test-failed': {
    severity: 'error',
    message: (p: { test: string; failures: number }) => `The test ${p.test} failed: ${p.failures} ${p.failures === 1 ? 'row' : 'rows'}.`,
    help: () => 'Correct the data or the model; nothing is published while it fails.',
  },
  'dbt-test-warns': {
    severity: 'warning',
    message: (p: { test: string; failures: number }) => `The test ${p.test} warns: ${p.failures} ${p.failures === 1 ? 'row' : 'rows'}.`,
  },
  'staged-file-missing': {
    severity: 'error',
    message: (p: { dataSet: string }) => `The file that this run wrote for ${p.dataSet} is gone.`,
    help: (p: { dataSet: string }) => `Run it again: tulle run ${p.dataSet.split('.')[0]}`,
  },
  'publish-conflict': {
    severity: 'error',
    message: (p: { product: string; tries: number }) => `${p.product} could not be published: others changed its tables ${p.tries} times in a row.`,
    help: (p: { product: string }) => `Run it again: tulle run ${p.product}`,
  },
  'recipe-lost': {
    severity: 'error',
    message: (p: { recipe: string; why: string }) => `The recipe ${p.recipe.slice(0, 12)} by which the snapshot was built cannot be used: ${p.why}.`,
    help: () => 'Bring the folder "recipes" of the product back from a backup.',
  },
  'input-lost': {
    severity: 'error',
    message: (p: Port & { why: string }) => `"${p.path}" of ${p.port} cannot be read as it was then: ${p.why}.`,
    help: () => 'Bring the folder "inputs" of the product back from a backup.',
  },
  'product-snapshot-unknown': {
    severity: 'error',
    message: (p: { product: string; snapshot: string; hint: string }) => `No data set of ${p.product} has a snapshot ${p.snapshot}.${p.hint}`,
    help: (p: { product: string }) => `It may have expired. See "tulle history ${p.product}".`,
  },
  'erased': {
    severity: 'error',
    message: (p: { snapshot: string; erasure: string }) => `Snapshot ${p.snapshot} cannot be built again or read as it was: a person who was in it was erased by ${p.erasure}.`,
    help: () => 'Its other rows are there, unless the data set cannot tell persons apart; the certificate of the erasure says which.',
  },
  'inputs-withheld': {
    severity: 'error',
    message: (p: { product: string }) => `What ${p.product} read then was not kept: somebody was in it who was erased.`,
    help: () => 'Start a run of the product, which reads its sources anew.',
  },
  'not-reproducible': {
    severity: 'error',
    message: (p: { snapshot: string; why: string }) => `Snapshot ${p.snapshot} cannot be built again: ${p.why}.`,
    help: () => 'Snapshots that runs write from now on keep what they were made from.',
  },
  'rollback-target-unknown': {
    severity: 'error',
    message: (p: { product: string; what: string; known: readonly string[] }) =>
      `The published history of ${p.product} has no ${p.what}.${p.known.length === 0 ? ' Nothing is published yet.' : ` It has, newest first: ${p.known.join(', ')}.`}`,
    help: (p: { product: string }) => `See "tulle history ${p.product}"; what was undone or never published cannot be served.`,
  },
  'nothing-before': {
    severity: 'error',
    message: (p: { product: string }) => `${p.product} has no published version before the current one.`,
    help: (p: { product: string }) => `See "tulle history ${p.product}".`,
  },
  'triggers-paused': {
    severity: 'error',
    message: (p: { product: string }) => `The triggers of ${p.product} are paused, so nothing was started.`,
    help: (p: { product: string }) => `"tulle resume ${p.product}" lets them start runs again, and makes up for what came meanwhile by one run.`,
  },
  'publish-cancelled': {
    severity: 'error',
    message: (p: { product: string }) => `${p.product} was not published, because the run had ended before.`,
  },
  'not-profiled': {
    severity: 'warning',
    message: (p: { dataSet: string; why: string }) => `${p.dataSet} was published, but not profiled: ${p.why}`,
    help: () => 'The next run tries again; nothing else depends on it.',
  },
  'profile-broke': {
    severity: 'error',
    message: (p: { why: string }) => `the profile could not be kept: ${p.why}`,
  },
  'rehearsal-same': {
    severity: 'error',
    message: ({ product }: { readonly product: string }) => `There is nothing to rehearse of ${product}: the folder makes its data sets as production does.`,
  },
  'rehearsal-source': {
    severity: 'error',
    message: ({ dataSet }: { readonly dataSet: string }) => `${dataSet} comes straight from a source and is not as production has it, which cannot be rehearsed: sources are not asked again.`,
    help: () => 'Apply that change first, or rehearse the others without it.',
  },
  'rehearsal-port': {
    severity: 'error',
    message: ({ port }: { readonly port: string }) => `${port} was not read by what production has, so a rehearsal has nothing of it.`,
  },
  'rehearsal-call': {
    severity: 'error',
    message: ({ dataSet }: { readonly dataSet: string }) => `${dataSet} is made by a program elsewhere, which is not asked for a rehearsal.`,
  },
  'rehearsal-writes': {
    severity: 'error',
    message: () => 'A rehearsal writes nothing of production.',
  },
})
