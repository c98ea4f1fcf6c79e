// `tulle init mesh|domain|product`: files from a blueprint, its parameters by flag or asked for.

import { existsSync, readdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join, relative, resolve } from 'node:path'
import type { Command } from 'commander'
import type { Result } from '@tulle/kernel'
import { didYouMean, fail, isName, isReservedSchema, ok } from '@tulle/kernel'
import { act, withOutput } from '../act.ts'
import type { Answer } from '../act.ts'
import { askText } from '../ask.ts'
import { draftProduct } from '../blueprint/draft-product.ts'
import { checkValue, makeFiles, samplePath, usualValue } from '../blueprint/make-files.ts'
import { fillTemplate } from '../blueprint/fill-template.ts'
import type { Blueprint, Makes, NewFile, Parameter, Values } from '../blueprint/types.ts'
import { writeNewFiles } from '../blueprint/write-new-files.ts'
import { meshAround } from '../mesh-folder.ts'
import { messages } from '../messages.ts'
import type { World } from '../types.ts'

interface InitOptions {
  readonly blueprint?: string
  readonly set: Values
  readonly yes?: boolean
  readonly folder?: string
  readonly domain?: string
  readonly csv?: string
}

const NAME: Parameter = { name: 'name', description: 'Its name.', pattern: '[a-z][a-z0-9_]{0,62}' }
const SHIPPED = resolve(import.meta.dirname, '../../blueprints')

export function registerInit(program: Command, world: World): void {
  const family = program.command('init').description('make the files of a mesh, a domain or a product')
  const one = (makes: Makes, argument: string, description: string): Command => withOutput(family.command(makes))
    .argument(`<${argument}>`, argument === 'folder' ? 'a new folder; the last part of its path is the mesh\'s name' : 'lower case letters, digits and _')
    .description(description)
    .option('--set <name=value>', 'a parameter of the blueprint; again for more', collect, {})
    .option('--blueprint <folder>', 'a blueprint of your own platform team')
    .option('-y, --yes', 'take the usual values without asking')
    .action(act(world, (options: InitOptions, name: string) => init(world, makes, options, name)))
  one('mesh', 'folder', 'make a mesh: purposes, a team, users to try it with')
  const inMesh = (command: Command): Command => command.option('--folder <mesh>', 'the mesh folder, where this one lies in none')
  inMesh(one('domain', 'name', 'make a data domain in the mesh around this folder'))
  inMesh(one('product', 'name', 'make a data product over a CSV file'))
    .option('--domain <domain>', 'the data domain that it belongs to')
    .option('--csv <file>', 'your data; columns and types are drafted from it, and it is copied')
}

function collect(given: string, before: Values): Values {
  const [, name = given, value = ''] = /^([^=]*)=(.*)$/s.exec(given) ?? []
  return { ...before, [name]: value }
}

async function init(world: World, makes: Makes, options: InitOptions, argument: string): Promise<Result<Answer>> {
  const { readBlueprint } = await import('../blueprint/read-blueprint.ts')
  const blueprint = readBlueprint(options.blueprint === undefined ? join(SHIPPED, makes) : resolve(world.folder, options.blueprint))
  if (!blueprint.ok) return blueprint
  if (blueprint.value.makes !== makes) return fail(messages['blueprint-broken']({ file: blueprint.value.name, what: `it makes a ${blueprint.value.makes}, not a ${makes}.` }))
  const place = placeOf(world, makes, options, argument)
  if (!place.ok) return place
  const values = await valuesOf(world, blueprint.value, options, place.value.values)
  if (!values.ok) return values
  const files = await filesOf(world, blueprint.value, options, values.value)
  if (!files.ok) return files
  const kept = keptOf(blueprint.value, values.value, place.value.root)
  const written = writeNewFiles(place.value.root, files.value.filter((file) => !kept.has(file.path)))
  if (!written.ok) return written
  const { root } = place.value
  return ok({ json: { folder: root, files: written.value }, text: () => renderMade(world, makes, root, written.value, values.value) })
}

/** The mesh folder that the files go to, and the values that follow from the command line alone. */
function placeOf(world: World, makes: Makes, options: InitOptions, argument: string): Result<{ readonly root: string; readonly values: Values }> {
  const folder = resolve(world.folder, argument)
  const checked = checkValue(NAME, makes === 'mesh' ? basename(folder) : argument)
  if (!checked.ok) return checked
  const name = checked.value
  if (makes === 'mesh') {
    if (existsSync(join(folder, 'mesh.yaml'))) return fail(messages['name-taken']({ what: 'A mesh', where: folder }))
    return ok({ root: folder, values: { name } })
  }
  const start = options.folder === undefined ? world.folder : resolve(world.folder, options.folder)
  const root = meshAround(start)
  if (root === undefined) return fail(messages['no-mesh-here']({ folder: start }))
  if (makes === 'domain') {
    return existsSync(join(root, 'domains', name)) ? fail(messages['name-taken']({ what: `The data domain "${name}"`, where: root })) : ok({ root, values: { name } })
  }
  if (isReservedSchema(name)) return fail(messages['name-reserved']({ name }))
  const domain = domainOf(world, root, options.domain)
  if (!domain.ok) return domain
  const elsewhere = domainsOf(root).find((other) => existsSync(join(root, 'domains', other, name)))
  if (elsewhere !== undefined) return fail(messages['name-taken']({ what: `The product "${name}"`, where: `the domain "${elsewhere}"` }))
  return ok({ root, values: { name, domain: domain.value } })
}

const domainsOf = (root: string): readonly string[] => {
  const folder = join(root, 'domains')
  return existsSync(folder) ? readdirSync(folder).filter((name) => existsSync(join(folder, name, 'domain.yaml'))) : []
}

/** The domain that was named, or the one that the caller stands in, or the only one there is. */
function domainOf(world: World, root: string, named: string | undefined): Result<string> {
  const domains = domainsOf(root)
  const [top, standing] = relative(root, world.folder).split(/[/\\]/)
  const domain = named ?? (top === 'domains' && standing !== undefined && domains.includes(standing) ? standing : domains.length === 1 ? domains[0] : undefined)
  if (domain === undefined) return fail(messages['which-domain']({ domains: domains.join(', ') || 'none' }))
  return isName(domain) && domains.includes(domain) ? ok(domain) : fail(messages['no-such-domain']({ domain, hint: didYouMean(domain, domains) }))
}

/** Every parameter's value: by flag, else asked for where somebody is there, else the usual one. */
async function valuesOf(world: World, blueprint: Blueprint, options: InitOptions, given: Values): Promise<Result<Values>> {
  const known = blueprint.parameters.map((parameter) => parameter.name)
  const stranger = Object.keys(options.set).find((name) => !known.includes(name))
  if (stranger !== undefined) return fail(messages['unknown-parameter']({ blueprint: blueprint.name, name: stranger, hint: didYouMean(stranger, known) }))
  let values = given
  for (const parameter of blueprint.parameters) {
    const value = await valueOf(world, parameter, options, values)
    if (!value.ok) return value
    values = { ...values, [parameter.name]: value.value }
  }
  return ok(values)
}

async function valueOf(world: World, parameter: Parameter, options: InitOptions, values: Values): Promise<Result<string>> {
  const set = options.set[parameter.name]
  if (set !== undefined) return checkValue(parameter, set)
  const usual = usualValue(parameter, values)
  if (!usual.ok) return usual
  if (world.terminal.interactive && options.yes !== true) {
    const asked = await askText(world, parameter.description.replace(/\.$/, ''), { instead: `Give it with --set ${parameter.name}=<value>.`, ...(usual.value !== undefined && { usual: usual.value }) })
    return asked.ok ? checkValue(parameter, asked.value) : asked
  }
  return usual.value === undefined ? fail(messages['missing-parameter']({ name: parameter.name, description: parameter.description })) : checkValue(parameter, usual.value)
}

async function filesOf(world: World, blueprint: Blueprint, options: InitOptions, values: Values): Promise<Result<readonly NewFile[]>> {
  const sample = samplePath(blueprint, values)
  if (options.csv !== undefined && blueprint.data === undefined) return fail(messages['blueprint-broken']({ file: blueprint.name, what: 'it has no place for a CSV file: its blueprint.yaml names no "data".' }))
  const own = options.csv?.replace(/^~(?=\/)/, homedir())
  const csv = own !== undefined ? resolve(world.folder, own) : sample === undefined ? undefined : join(blueprintFolder(world, blueprint, options), 'files', sample)
  if (csv === undefined) return makeFiles(blueprint, values, undefined)
  const { inspectCsv } = await import('../blueprint/inspect-csv.ts')
  const draft = await inspectCsv(csv)
  if (!draft.ok) return draft
  return makeFiles(blueprint, { ...values, ...draftProduct(draft.value, 'file') }, csv)
}

const blueprintFolder = (world: World, blueprint: Blueprint, options: InitOptions): string =>
  options.blueprint === undefined ? join(SHIPPED, blueprint.makes) : resolve(world.folder, options.blueprint)

/** Paths that stay as they are because they exist and the blueprint says so. */
function keptOf(blueprint: Blueprint, values: Values, root: string): ReadonlySet<string> {
  const paths = blueprint.keep.map((path) => fillTemplate({ path, text: path }, values)).flatMap((path) => (path.ok ? [path.value] : []))
  return new Set(paths.filter((path) => existsSync(join(root, path))))
}

function renderMade(world: World, makes: Makes, root: string, files: readonly string[], values: Values): string {
  const shown = relative(world.folder, root)
  const there = shown === '' ? '' : ` --folder ${shown}`
  const team = makes === 'domain' ? files.find((file) => file.startsWith('teams/')) : undefined
  const next = makes === 'mesh'
    ? `cd ${shown || '.'} && tulle init domain sales`
    : makes === 'domain'
      ? `tulle init product orders${there} --domain ${values['name'] ?? ''} --csv <file>`
      : `tulle validate, then "npm start -- <this mesh>" in the checkout; where it already runs, tulle apply && tulle run ${values['name'] ?? ''} --wait`
  const empty = team === undefined ? [] : [`Nobody belongs to the team ${values['owner'] ?? ''} yet, so nobody but an administrator can run its products: add it to "teams" of a user in mesh.yaml.`]
  return [...files.map((file) => `made ${join(shown, file)}`), '', ...empty, `Next: ${next}`].join('\n')
}
