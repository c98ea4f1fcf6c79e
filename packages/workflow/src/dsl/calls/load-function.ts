// A function that is kept elsewhere: at an address, or in a catalogue that the document names. It is read once per call of a
// run, and what was read stays with the run.

import { parseYaml } from '@tulle/model'
import { checkTask } from '../check-shape.ts'
import { fault } from '../errors.ts'
import type { TaskContext } from '../interpret/run.ts'
import { limitedStep } from '../interpret/run.ts'
import type { Endpoint, ExternalResource, Task } from '../types.ts'
import { readResource } from './openapi.ts'

const CATALOGUED = /^([^:@\s]+):([^@\s]+)@([^\s@]+)$/u

export async function loadFunction(context: TaskContext, name: string): Promise<Task> {
  const resource = resourceOf(context, name)
  const kept = await limitedStep(context, async (effect) => {
    const { text, url } = await readResource(context, effect, resource)
    const parsed = parseYaml(text, url)
    const faults = parsed.ok ? checkTask(parsed.value, name) : parsed.diagnostics
    if (!parsed.ok || faults.length > 0) throw fault('configuration', `${url} is no function: ${faults[0]?.message ?? ''}`)
    return parsed.value.value
  }, `${context.reference}/load`)
  return kept as unknown as Task
}

function resourceOf({ run }: TaskContext, name: string): ExternalResource {
  const catalogued = CATALOGUED.exec(name)
  if (catalogued === null) {
    if (!/^[A-Za-z][A-Za-z0-9+.-]*:\/\//u.test(name)) throw fault('configuration', `There is no function "${name}".`)
    return { endpoint: rawAddress(name) }
  }
  const [, fn, version, catalog = ''] = catalogued
  const found = run.document.use?.catalogs?.[catalog]
  if (found === undefined) throw fault('configuration', `There is no catalogue "${catalog}".`)
  const at = (base: string): string => rawAddress(`${base.replace(/\/$/u, '')}/functions/${fn}/${version}/function.yaml`)
  const endpoint: Endpoint = typeof found.endpoint === 'string' ? at(found.endpoint) : { ...found.endpoint, uri: at(found.endpoint.uri) }
  return { endpoint }
}

/** Pages of the two big houses of repositories show a file; the file itself is elsewhere. */
function rawAddress(address: string): string {
  const github = /^https:\/\/github\.com\/([^/]+)\/([^/]+)(?:\/(?:tree|blob)\/([^/]+))?\/(.+)$/u.exec(address)
  if (github !== null) return `https://raw.githubusercontent.com/${github[1]}/${github[2]}/refs/heads/${github[3] ?? 'main'}/${github[4]}`
  const gitlab = /^(https:\/\/gitlab\.com\/.+?)\/-\/(?:tree|blob)\/(.+)$/u.exec(address)
  return gitlab === null ? address : `${gitlab[1]}/-/raw/${gitlab[2]}`
}

