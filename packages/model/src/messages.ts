// Everything that can be wrong with a mesh folder: code, sentence, remedy. Codes are permanent.

import { defineDiagnostics, didYouMean } from '@tulle/kernel'

interface Named { readonly name: string }
interface Lookup extends Named { readonly known: Iterable<string> }

const listOf = (names: Iterable<string>, what: string): string => {
  const shown = [...names].slice(0, 12)
  return shown.length === 0 ? `The mesh has no ${what} yet.` : `Known ${what}: ${shown.join(', ')}.`
}

export const messages = defineDiagnostics({
  // Files and their text.
  'more-findings': { severity: 'warning', message: (p: { more: number }) => `There are ${p.more} more findings.`, help: () => 'Correct these first.' },
  'no-mesh-file': { severity: 'error', message: () => 'The folder has no mesh.yaml.', help: () => 'Start one with `tulle init mesh`, or name the folder that holds mesh.yaml.' },
  'folder-unreadable': { severity: 'error', message: (p: { folder: string; reason: string }) => `The folder ${p.folder} cannot be read: ${p.reason}.`, help: () => 'Name a folder that exists and that you may read.' },
  'file-unreadable': { severity: 'error', message: (p: { file: string; reason: string }) => `${p.file} cannot be read: ${p.reason}.`, help: () => 'Give your user the right to read it, or take it out of the mesh folder.' },
  'file-too-large': { severity: 'error', message: (p: { file: string; bytes: number; most: number }) => `${p.file} has ${megabytes(p.bytes)} MB; a YAML or SQL file of a mesh may have ${megabytes(p.most)} MB.`, help: () => 'Keep data in data files (CSV, Parquet, …) and name them in a file input port.' },
  'too-many-files': { severity: 'error', message: (p: { most: number }) => `The folder has more than ${p.most} YAML and SQL files.`, help: () => 'Name the mesh folder itself, not a folder above it.' },
  'link-out-of-folder': { severity: 'error', message: (p: { file: string }) => `${p.file} is a link that leads out of the mesh folder.`, help: () => 'Copy the file into the mesh folder.' },
  'bad-path': { severity: 'error', message: (p: { path: string }) => `"${p.path}" is no path inside a mesh folder.`, help: () => 'Use /-separated paths relative to the mesh folder, without "..", drive letters or control characters.' },
  'stray-file': { severity: 'warning', message: (p: { file: string }) => `${p.file} stands where no file of a mesh belongs, so it is not read.`, help: () => 'Move it to teams/, capabilities/, workflows/, policies/, domains/<domain>/<product>/, or delete it.' },
  'not-utf8': { severity: 'error', message: (p: { file: string }) => `${p.file} is not UTF-8 text.`, help: () => 'Save it in UTF-8.' },
  'empty-file': { severity: 'error', message: (p: { file: string }) => `${p.file} is empty.`, help: () => 'Write the document, or delete the file.' },
  'unprintable-character': { severity: 'error', message: (p: { code: string }) => `The text holds the control character ${p.code}.`, help: () => 'Delete the character.' },
  'disguising-character': { severity: 'error', message: (p: { code: string }) => `The text holds ${p.code}, which makes it look different from what it says.`, help: () => 'Delete the character, or write it as an escape in a quoted string.' },
  'bad-yaml': { severity: 'error', message: (p: { reason: string }) => `This is not YAML 1.2: ${p.reason}.`, help: () => 'Correct the marked line; indentation and brackets are the usual causes.' },
  'yaml-tab': { severity: 'error', message: () => 'A tab indents this line; YAML indents with spaces.', help: () => 'Replace the tab by spaces.' },
  'yaml-bomb': { severity: 'error', message: (p: { most: number }) => `With its aliases replaced, this document has more than ${p.most} values.`, help: () => 'Write the values out instead of nesting aliases.' },
  'too-deep': { severity: 'error', message: (p: { deepest: number }) => `The document is nested more than ${p.deepest} levels deep.`, help: () => 'Flatten it.' },
  'several-documents': { severity: 'error', message: (p: { file: string }) => `${p.file} holds more than one YAML document.`, help: () => 'Give each document its own file.' },
  'duplicate-key': { severity: 'error', message: (p: { key: string }) => `The key "${p.key}" is given twice.`, help: () => 'Keep one of the two.' },

  'no-dbt-project': { severity: 'error', message: (p: { folder: string; known: readonly string[] }) => `There is no dbt_project.yml in ${p.folder}.`, help: (p: { folder: string; known: readonly string[] }) => (p.known.length === 0 ? "Put the project into the product's folder." : `Name one of: ${p.known.map((folder) => (folder === '' ? '.' : folder)).join(', ')}.`) },
  'which-dbt-project': { severity: 'error', message: (p: { folders: readonly string[] }) => `The product has several dbt projects: ${p.folders.map((folder) => (folder === '' ? '.' : folder)).join(', ')}.`, help: () => "Name one as `dbt` in the product's component of type data-product, and move the others." },

  // The shape of one document.
  'unknown-kind': { severity: 'error', message: (p: Lookup) => `Kind "${p.name}" is not one that belongs here.${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `Write kind: ${[...p.known].join(' or ')}.` },
  'unknown-api-version': { severity: 'error', message: (p: Lookup) => `apiVersion "${p.name}" is unknown.${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `Write apiVersion: ${[...p.known].join(' or ')}.` },
  'unknown-key': { severity: 'error', message: (p: Lookup) => `Unknown key "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => (([...p.known].length === 0) ? 'This object takes no keys.' : `Keys that belong here: ${[...p.known].join(', ')}.`) },
  'missing-key': { severity: 'error', message: (p: Named & { expected: string }) => `"${p.name}" is missing.`, help: (p: Named & { expected: string }) => `Add ${p.name}: ${p.expected}.` },
  'wrong-type': { severity: 'error', message: (p: Named & { expected: string; found: string }) => `"${p.name}" must be ${p.expected}, but is ${p.found}.`, help: (p: Named & { expected: string; found: string }) => `Write ${p.expected}.` },
  'not-one-of': { severity: 'error', message: (p: Named & { found: string; known: readonly string[] }) => `"${p.name}" may not be ${p.found}.${didYouMean(p.found.replaceAll('"', ''), p.known)}`, help: (p: Named & { found: string; known: readonly string[] }) => `Write one of: ${p.known.join(', ')}.` },
  'bad-value': { severity: 'error', message: (p: Named & { rule: string; found: string }) => `"${p.name}" ${p.rule}, but is ${p.found}.`, help: () => 'Correct the value.' },

  // Policies. To pass over one would be to fail open.
  'policy-misplaced': { severity: 'error', message: (p: { file: string }) => `${p.file} lies among policies, but not where one is read.`, help: () => 'Policies are policies/<name>.yaml or domains/<domain>/policies/<name>.yaml, their cases in the folder cases beside them.' },
  'unlisted-environment': { severity: 'error', message: (p: Lookup) => `This Tulle is the environment "${p.name}", which the mesh does not list.${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `Set TULLE_ENVIRONMENT to one of ${[...p.known].join(', ')}, or list "${p.name}" here.` },
  'unknown-policy-word': { severity: 'error', message: (p: Lookup & { what: string }) => `There is no ${p.what} "${p.name}" that this could mean.${didYouMean(p.name, p.known)}`, help: (p: Lookup & { what: string }) => listOf(p.known, `${p.what}s`) },
  'policy-beyond-domain': { severity: 'error', message: (p: { domain: string; name: string }) => `A policy of the domain ${p.domain} cannot concern ${p.name}.`, help: () => 'Put it into policies/, where those of the whole mesh are, or name what belongs to the domain.' },
  'bad-pattern': { severity: 'error', message: (p: { pattern: string }) => `"${p.pattern}" is no regular expression of RE2.`, help: () => 'Correct the pattern; RE2 knows neither look-around nor back-references.' },
  'standard-not-met': { severity: 'error', message: (p: { standard: string; what: string; because: string }) => `${p.what}: the standard ${p.standard} is not met.${p.because}`, help: () => 'Bring it up to the standard, or ask the steward of the mesh.' },
  'standard-in-grace': { severity: 'warning', message: (p: { standard: string; what: string; because: string }) => `${p.what}: the standard ${p.standard}, which is in grace, is not met.${p.because}`, help: () => 'Bring it up to the standard before it is enforced.' },
  'bad-policy': { severity: 'error', message: (p: { reason: string }) => `This is no policy: ${p.reason}.`, help: () => 'Apply the policy anew from its file.' },

  // Names.
  'duplicate-name': { severity: 'error', message: (p: Named & { what: string }) => `There are two ${p.what} named "${p.name}".`, help: () => 'Rename one of them.' },
  'reserved-schema': { severity: 'error', message: (p: Named) => `A product may not be called "${p.name}": SQL clients own a schema of that name.`, help: () => 'Choose another name.' },
  'name-differs-from-folder': { severity: 'error', message: (p: { name: string; folder: string }) => `The domain is called "${p.name}", but its folder "${p.folder}".`, help: () => 'Give both the same name.' },
  'no-domain-file': { severity: 'error', message: (p: { domain: string }) => `The domain "${p.domain}" has products but no domain.yaml.`, help: (p: { domain: string }) => `Write domains/${p.domain}/domain.yaml, or run \`tulle init domain\`.` },
  'domain-differs': { severity: 'warning', message: (p: { written: string; folder: string }) => `The domain component says "${p.written}", but the product stands in the folder of domain "${p.folder}"; the folder counts.`, help: () => 'Correct the component or move the folder.' },

  // Who and what for.
  'unknown-team': { severity: 'error', message: (p: Lookup) => `There is no technical team "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'teams') },
  'no-team': { severity: 'warning', message: (p: { product: string; domain: string }) => `No team owns the product ${p.product}: neither its data-product component nor the domain ${p.domain} names one.`, help: () => 'Add team: <name> to the data-product component, or owner: <name> to domain.yaml.' },
  'unknown-domain': { severity: 'error', message: (p: Lookup) => `There is no data domain "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'domains') },
  'unknown-purpose': { severity: 'error', message: (p: Lookup) => `There is no purpose "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'purposes') },
  'unknown-grant': { severity: 'error', message: (p: Lookup) => `The grant "${p.name}" names no product or data set of the mesh.${didYouMean(p.name, p.known)}`, help: () => 'Write a product, or product.data_set.' },
  'grant-needs-data-set': { severity: 'error', message: (p: { product: string }) => `Columns or rows of ${p.product} are given without saying of which data set.`, help: () => 'Add data_set.' },
  'grant-unknown-column': { severity: 'error', message: (p: { where: string; column: string; known: Iterable<string> }) => `${p.where} has no column "${p.column}".${didYouMean(p.column, p.known)}`, help: (p: { where: string; column: string; known: Iterable<string> }) => listOf(p.known, `columns of ${p.where}`) },
  'grant-needs-two-persons': { severity: 'error', message: (p: { product: string }) => `Access to ${p.product} needs two persons to agree, so no file gives it.`, help: () => 'Let whoever needs it ask for it; two owners or stewards approve the request.' },
  'unknown-classification': { severity: 'warning', message: (p: Lookup) => `mesh.yaml does not list the classification "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'classifications') },

  // Capabilities and components.
  'unknown-type': { severity: 'error', message: (p: Lookup) => `The registry has no capability "${p.name}".${didYouMean(p.name, p.known)}`, help: () => '`tulle capability list` shows what the platform offers.' },
  'unknown-base': { severity: 'error', message: (p: Named & { base: string; known: Iterable<string> }) => `The capability "${p.name}" presets "${p.base}", which the registry does not have.${didYouMean(p.base, p.known)}`, help: () => '`tulle capability list` shows what may be preset.' },
  'preset-circle': { severity: 'error', message: (p: { circle: readonly string[] }) => `Capabilities preset each other in a circle: ${p.circle.join(' → ')}.`, help: () => 'Let one of them preset a shipped capability.' },
  'shipped-capability': { severity: 'error', message: (p: Named) => `"${p.name}" is a shipped capability and cannot be defined anew.`, help: () => 'Choose another name.' },
  'bad-json-schema': { severity: 'error', message: (p: { reason: string }) => `This is not a usable JSON Schema: ${p.reason}.`, help: () => 'Write a JSON Schema (draft 2020-12) of an object, without references to other files.' },
  'schema-refuses': { severity: 'error', message: (p: { capability: string; reason: string }) => `The capability ${p.capability} refuses this: ${p.reason}.`, help: (p: { capability: string; reason: string }) => `\`tulle capability show ${p.capability}\` prints the schema.` },
  'no-product-component': { severity: 'warning', message: (p: Named) => `The product ${p.name} has no component of type data-product.`, help: () => 'Add one; it carries the definition, the team and the owner.' },
  'oam-part-not-used': { severity: 'warning', message: (p: Named) => `"${p.name}" is part of the Open Application Model that Tulle does not act on.`, help: () => 'Delete it, or leave it for other readers of the file.' },
  'port-elsewhere': { severity: 'info', message: (p: Named) => `The output port "${p.name}" describes an address outside of Tulle; it is shown in the catalogue, not served.`, help: () => 'A sql-output-port, rest-output-port or stream-output-port is served here.' },
  'input-elsewhere': { severity: 'info', message: (p: Named) => `The input port "${p.name}" describes a source outside of Tulle; nothing is read from it.`, help: () => 'A file-input-port, product-input-port or iceberg-input-port is read here.' },
  'unknown-output-port': { severity: 'warning', message: (p: Lookup) => `No product of the mesh has an output port "${p.name}".${didYouMean(p.name, p.known)}`, help: () => 'The port stays described only, until that product is in the mesh.' },
  'ambiguous-output-port': { severity: 'warning', message: (p: Named & { products: readonly string[] }) => `The products ${p.products.join(', ')} all have an output port "${p.name}"; the first is taken.`, help: () => 'Give the ports different names, or use a product-input-port.' },
  'unknown-service-level': { severity: 'warning', message: (p: Lookup) => `No service-level-asset of the product is called "${p.name}".${didYouMean(p.name, p.known)}`, help: () => 'Name one, or add the component.' },
  'indicator-needs': { severity: 'error', message: (p: { indicator: string; needs: string }) => `An indicator of ${p.indicator} needs ${p.needs}.`, help: (p: { indicator: string; needs: string }) => `Add ${p.needs}; docs/service-levels.md has an example of each indicator.` },
  'indicator-without-use': { severity: 'error', message: (p: { indicator: string; name: string }) => `An indicator of ${p.indicator} has no use for ${p.name}.`, help: () => 'Delete the line, or name another indicator.' },
  'indicator-percent': { severity: 'error', message: (p: { indicator: string }) => `${p.indicator} is a percentage, so at_least may be at most 100.`, help: () => 'Write a number from 0 to 100.' },
  'indicator-range': { severity: 'error', message: () => 'No number of rows is at least the one and at most the other.', help: () => 'Swap at_least and at_most.' },
  'unknown-served-port': { severity: 'error', message: (p: Lookup & { product: string }) => `The product ${p.product} serves no output port "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup & { product: string }) => listOf(p.known, `served ports of ${p.product}`) },
  'service-level-unmeasured': { severity: 'warning', message: (p: Named) => `Nothing measures the service level "${p.name}", so nobody will know whether it is kept.`, help: () => 'Add a service-level-indicator that names it and says its indicator.' },
  'too-many-samples': { severity: 'error', message: (p: { samples: number; most: number }) => `Its window would hold ${p.samples} measurements; ${p.most} are the most.`, help: () => 'Measure less often, or shorten the window.' },
  'window-too-short': { severity: 'error', message: () => 'It is measured less often than once in its window.', help: () => 'Measure more often, or widen the window.' },

  // Data sets, ports, models.
  'unknown-product': { severity: 'error', message: (p: Lookup) => `There is no product "${p.name}".${didYouMean(p.name, p.known)}`, help: () => 'Correct the name, or add the product to the mesh.' },
  'unknown-data-set': { severity: 'error', message: (p: Lookup & { product: string }) => `The product ${p.product} has no data set "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup & { product: string }) => listOf(p.known, `data sets of ${p.product}`) },
  'which-data-set': { severity: 'error', message: (p: { product: string; known: Iterable<string> }) => `The product ${p.product} has more than one data set, so the port must say which it reads.`, help: (p: { product: string; known: Iterable<string> }) => `Add data_set: ${[...p.known].join(' | ')}.` },
  'unknown-input-port': { severity: 'error', message: (p: Lookup & { product: string }) => `The product ${p.product} has no input port "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup & { product: string }) => listOf(p.known, `input ports of ${p.product}`) },
  'missing-file': { severity: 'error', message: (p: { path: string; known: Iterable<string> }) => `There is no file ${p.path} in the product's folder.${didYouMean(p.path, p.known)}`, help: () => 'Write the file, or correct the path.' },
  'file-path-escapes': { severity: 'error', message: (p: { path: string }) => `"${p.path}" leads out of the mesh folder.`, help: () => 'Give a path inside the mesh folder, or npm:<package>/<path>.' },
  'file-format-unknown': { severity: 'error', message: (p: { path: string }) => `The ending of "${p.path}" does not say its format.`, help: () => 'Add format: csv, json, ndjson, parquet or arrow.' },
  'literal-secret': { severity: 'error', message: (p: Named) => `"${p.name}" holds what looks like a secret; a specification never does.`, help: () => 'Write {secret: NAME}, and give the platform TULLE_SECRET_NAME. Consider the one that stood here known.' },
  'port-setting': { severity: 'error', message: (p: Named & { problem: string; remedy: string }) => `The input port ${p.name} ${p.problem}.`, help: (p: Named & { problem: string; remedy: string }) => p.remedy },
  'port-only-straight': { severity: 'error', message: (p: Named & { why: string; reader: string }) => `The input port ${p.name} ${p.why}, so exactly one data set takes it in, by from; ${p.reader}.`, help: () => 'Fill one data set from the port, and let models read that by ref.' },
  'port-needs-key': { severity: 'error', message: (p: Named & { dataSet: string }) => `The input port ${p.name} brings updates and deletes, but the contract of ${p.dataSet} has no primary key to find rows by.`, help: () => 'Mark the columns of the key with primaryKey: true.' },
  'event-of-itself': { severity: 'error', message: (p: Named) => `The product ${p.name} would run on events of itself, again and again.`, help: () => 'Name another subject.' },
  'ref-and-snapshot': { severity: 'error', message: (p: Named) => `The input port ${p.name} names both a ref and a snapshot to read.`, help: () => 'Keep one: a branch or tag may move, a snapshot never does.' },
  'no-contract': { severity: 'error', message: (p: Named) => `The data set ${p.name} is filled but has no contract.`, help: (p: Named) => `Write contracts/${p.name}.odcs.yaml: its columns are what the platform stores and checks.` },
  'no-source': { severity: 'error', message: (p: Named) => `Nothing fills the data set ${p.name}: it has neither a model nor an input port in \`from\`.`, help: (p: Named) => `Write models/${p.name}.sql, or add from: <input port>.` },
  'two-sources': { severity: 'error', message: (p: Named & { model: string }) => `The data set ${p.name} is filled twice: by \`from\` and by ${p.model}.`, help: () => 'Keep one of the two.' },
  'version-of-version': { severity: 'error', message: (p: Named & { of: string }) => `${p.name} is a version of ${p.of}, which is a version of another itself.`, help: () => 'Name the data set that is no version of another.' },
  'version-not-stored': { severity: 'error', message: (p: Named & { of: string }) => `${p.name} and ${p.of} are to be versions of each other, and one of them has no contract.`, help: () => 'Give both a contract: its version says which major version it is.' },
  'same-major': { severity: 'error', message: (p: Named & { of: string; major: number }) => `${p.name} and ${p.of} are both major version ${p.major}.`, help: (p: Named & { of: string; major: number }) => `Let the contract of ${p.name} say version: ${p.major + 1}.0.0, or make the change in ${p.of} where it breaks nobody.` },
  'two-plain-names': { severity: 'error', message: (p: Named & { of: string }) => `Both ${p.name} and ${p.of} are to have the plain name.`, help: () => 'Leave plain-name out of all versions but one.' },
  'data-set-elsewhere': { severity: 'info', message: (p: Named) => `The data set "${p.name}" has no contract, model or input port: it is described, not stored here.`, help: () => 'Add a contract and `from` or a model to store it here.' },
  'external-source': { severity: 'error', message: (p: Named & { port: string }) => `The data set ${p.name} is filled from "${p.port}", which only describes a source outside of Tulle.`, help: () => 'Use a file-input-port, a product-input-port or an iceberg-input-port.' },
  'checks-of-nothing': { severity: 'error', message: (p: Lookup) => `The product has no data set "${p.name}" with a contract, so there is nothing to check.${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'data sets') },
  'checks-malformed': { severity: 'error', message: (p: { file: string; why: string; hint: string }) => `The checks of ${p.file} cannot be read: ${p.why}.${p.hint}`, help: () => 'docs/checks.md shows the forms: SodaCL, expectations, rules of a contract, or a query in a .sql file.' },
  'unused-file': { severity: 'warning', message: (p: { file: string }) => `No data set uses ${p.file}.`, help: () => 'Name the file after the data set, name it in the data-set component, or delete it.' },
  'unknown-ref': { severity: 'error', message: (p: Lookup & { model: string }) => `The model ${p.model} refers to "${p.name}", which the mesh does not have.${didYouMean(p.name, p.known)}`, help: () => "Write ref('data_set') of the same product, or ref('product', 'data_set')." },
  'unknown-source': { severity: 'error', message: (p: Lookup & { model: string }) => `The model ${p.model} reads the source "${p.name}", which is no input port of its product.${didYouMean(p.name, p.known)}`, help: (p: Lookup & { model: string }) => listOf(p.known, 'input ports') },
  'unstored-ref': { severity: 'error', message: (p: Named & { model: string }) => `The model ${p.model} reads ${p.name}, which is described only and has no rows here.`, help: () => 'Give that data set a contract and a source.' },
  'collection-columns': {
    severity: 'error',
    message: (p: Named & { problem: string }) => `The data set ${p.name} is a collection of files, and ${p.problem}.`,
    help: () => 'Its contract has the columns path (string), sha256 (string), bytes (long) and, if wanted, media_type (string).',
  },
  'continuous-without-sql': { severity: 'error', message: (p: Named) => `The data set ${p.name} is to be kept in step, and no SQL model says with what.`, help: (p: Named) => `Write models/${p.name.split('.').at(-1) ?? ''}.sql, or leave "refresh" out.` },
  'continuous-without-key': { severity: 'error', message: (p: Named) => `The data set ${p.name} is to be kept in step, and its contract has no primary key by which its rows could be found again.`, help: () => 'Mark the columns with primaryKey: true, or leave "refresh" out.' },
  'flink-without-refresh': { severity: 'error', message: (p: Named) => `A job of Flink is to keep the data set ${p.name} in step, which is not kept in step.`, help: () => 'Say "refresh: continuous" beside it, or leave "flink" out.' },
  'continuous-not-told': { severity: 'error', message: (p: Named) => `The data set ${p.name} is to be kept in step with other products, and its workflow does not start when they are published.`, help: () => 'Leave on_input_published: false out, or "refresh".' },
  'product-circle': { severity: 'error', message: (p: { circle: readonly string[] }) => `Products need each other in a circle: ${p.circle.join(' → ')}.`, help: () => 'Cut one of the arrows; a part that both need can become a product of its own.' },
  'data-set-circle': { severity: 'error', message: (p: { product: string; circle: readonly string[] }) => `Data sets of ${p.product} need each other in a circle: ${p.circle.join(' → ')}.`, help: () => 'Cut one of the arrows.' },
  'bad-cron': { severity: 'error', message: (p: { text: string; reason: string }) => `"${p.text}" is no schedule: ${p.reason}.`, help: () => 'Write five fields in UTC: minute hour day-of-month month day-of-week, for example 0 5 * * 1-5.' },

  // Workflows.
  'bad-workflow': { severity: 'error', message: (p: { what: string }) => `This is no workflow: ${p.what}.`, help: () => 'A workflow is a document of the Serverless Workflow DSL 1.0: document (dsl, namespace, name, version) and do, a list of tasks.' },
  'unknown-workflow': { severity: 'error', message: (p: Lookup) => `There is no workflow "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `There are: ${[...p.known].slice(0, 12).join(', ')}. Templates of the mesh are in workflows/.` },
  'unknown-sub-workflow': { severity: 'error', message: (p: Lookup) => `There is no workflow ${p.name} to run.${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `There are: ${[...p.known].slice(0, 12).join(', ')}. A version may be 1 (the newest of that major version) or latest.` },
  'workflow-circle': { severity: 'error', message: (p: { names: readonly string[] }) => `These workflows run each other for ever: ${p.names.join(' → ')}.`, help: () => 'Take one of the runs out, or move what they share into a workflow of its own.' },
  'workflow-deep': { severity: 'error', message: (p: { most: number }) => `Workflows run workflows more than ${p.most} deep from here (limit "nestedWorkflows").`, help: () => 'Let one workflow run several, one after the other.' },
  'workflow-twice': { severity: 'error', message: (p: Named) => `The product ${p.name} names a workflow and has one of its own in workflow.yaml.`, help: () => 'Keep one of the two.' },
  'workflow-parameter': { severity: 'error', message: (p: { workflow: string; parameter: string; why: string }) => `${p.parameter === '' ? 'The parameters' : `The parameter ${p.parameter}`} of ${p.workflow} ${p.why}.`, help: () => 'What a workflow takes is in its input.schema.' },
  'workflow-schedule': { severity: 'error', message: (p: { why: string }) => `Nothing starts by this schedule: ${p.why}.`, help: () => 'Write cron (five fields in UTC), every or after (at least a second), or on with one or any events that have a type and a subject.' },

  // Contracts.
  'contract-unknown-key': { severity: 'warning', message: (p: Lookup) => `The standard has no key "${p.name}" here; it is kept, but nothing acts on it.${didYouMean(p.name, p.known)}`, help: () => 'Move it to customProperties.' },
  'contract-newer-version': { severity: 'warning', message: (p: { declared: string; readAs: string }) => `The contract declares ${p.declared}, but is valid only as ${p.readAs}; it is read as such.`, help: (p: { declared: string; readAs: string }) => `Write apiVersion: ${p.readAs}.` },
  'contract-without-columns': { severity: 'error', message: (p: Named) => `The contract of ${p.name} describes no columns.`, help: () => 'Add schema[].properties, one entry per column.' },
  'which-schema-object': { severity: 'error', message: (p: Lookup) => `None of the contract's schema objects is called "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => `It has: ${[...p.known].join(', ')}. Give one of them the data set's name.` },
  'bad-column-name': { severity: 'error', message: (p: Named) => `"${p.name}" cannot name a column.`, help: () => 'Use 1 to 255 printable characters without a dot.' },
  'duplicate-column': { severity: 'error', message: (p: Named) => `The column "${p.name}" is declared twice.`, help: () => 'Rename or delete one; SQL does not tell upper from lower case.' },
  'untyped-column': { severity: 'warning', message: (p: Named) => `The column "${p.name}" has no type that Tulle knows, so it is stored as text.`, help: () => 'Add logicalType: string, date, timestamp, time, number, integer, boolean, object or array.' },
  'unknown-business-key': { severity: 'error', message: (p: Lookup) => `mesh.yaml declares no business key "${p.name}".${didYouMean(p.name, p.known)}`, help: (p: Lookup) => listOf(p.known, 'business keys') },
  'business-key-type': { severity: 'error', message: (p: { key: string; column: string; type: string; expected: string }) => `The business key ${p.key} has the type ${p.expected}, but the column ${p.column} has ${p.type}.`, help: (p: { key: string; column: string; type: string; expected: string }) => `Give the column the type ${p.expected}.` },
  'unknown-transform': { severity: 'error', message: (p: Lookup) => `"${p.name}" is no transform to partition by.${didYouMean(p.name, p.known)}`, help: () => 'Write identity, year, month, day, hour, bucket[<count>] or truncate[<width>].' },
  'transform-of-type': { severity: 'warning', message: (p: { column: string; type: string; transform: string }) => `"${p.column}" is ${p.type}, which cannot be partitioned by ${p.transform}; it is not.`, help: () => 'Dates take year, month and day, timestamps hour too; bucket and truncate take numbers and text.' },
  'bad-retention': { severity: 'error', message: () => 'How long rows are kept, or which, is not said.', help: (p: { columns: readonly string[]; valued: readonly string[] }) => `Write value: {column: ${p.columns[0] ?? 'a column of dates or times'}, for: 400d}, in days (d) or weeks (w), or {where: {${p.valued[0] ?? 'column'}: [value, …]}}, or both, with action: archive where they are to be kept elsewhere.${p.columns.length > 0 ? ` Columns of dates or times: ${p.columns.slice(0, 10).join(', ')}.` : ''}${p.valued.length > 0 ? ` Columns to compare: ${p.valued.slice(0, 10).join(', ')}.` : ''}` },
  'bad-shredding': { severity: 'error', message: (p: { problem: string }) => `Which columns are shredded is not said: ${p.problem}.`, help: (p: { keys: readonly string[] }) => `Write value: {key: ${p.keys[0] ?? 'a column with a business key'}, classified: [personal]}, or columns: [name, …].${p.keys.length > 0 ? ` Columns with a business key: ${p.keys.slice(0, 10).join(', ')}.` : ''}` },
  'shredding-key-of-nobody': { severity: 'error', message: (p: { column: string; key: string; known: readonly string[] }) => `Columns are shredded by "${p.column}", and its business key ${p.key} identifies no person, so an erasure would never destroy a key.`, help: (p: { column: string; key: string; known: readonly string[] }) => `${p.known.length > 0 ? `Let "key" name a column with ${p.known.slice(0, 10).join(' or ')}, or say` : 'Say'} identifies: person of ${p.key} in mesh.yaml.` },
  'bad-column-type': { severity: 'error', message: (p: { type: string }) => `"${p.type}" is no column type.`, help: () => 'Write string, boolean, int, long, float, double, date, time, timestamp, timestamptz, uuid, binary or decimal(precision, scale).' },
})

const megabytes = (bytes: number): string => (bytes / 1_000_000).toFixed(1)
