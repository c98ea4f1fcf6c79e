// What the settings of a connected input port must be among themselves, which no description of one property can say.

import type { Diagnostic, Place } from '@tulle/kernel'
import { messages } from '../messages.ts'
import type { ConnectedSource } from '../types.ts'

export function checkConnected(name: string, { system, settings }: ConnectedSource, place: (key?: string) => Place): readonly Diagnostic[] {
  const found: Diagnostic[] = []
  const refuse = (problem: string, remedy: string, key?: string): void => void found.push(messages['port-setting']({ name, problem, remedy }, { place: place(key) }))
  const has = (key: string): boolean => settings[key] !== undefined
  if (system === 'postgres' || system === 'mysql') {
    if (has('query') === has('table')) refuse(has('query') ? 'names both a query and a table' : 'names neither a query nor a table', 'Give one of them.', has('query') ? 'table' : undefined)
    if (settings['changes'] === true) {
      if (has('query')) refuse('follows the changes of a query', 'Changes are followed of a table: give table instead of query.', 'query')
      if (has('cursor')) refuse('names a cursor beside changes', 'Keep one: changes bring everything that a cursor would, and deletes.', 'cursor')
    } else if (has('most_lag_megabytes')) refuse('limits the lag of changes that it does not follow', 'Add changes: true, or delete most_lag_megabytes.', 'most_lag_megabytes')
  }
  if (system === 'kafka' && has('registry') && settings['format'] !== 'registry') refuse('names a registry that it does not ask', 'Write format: registry, or delete registry.', 'registry')
  if (system === 'files') {
    const path = String(settings['path'])
    const [isS3, isHttp] = [path.startsWith('s3://'), /^https?:\/\//u.test(path)]
    if (settings['format'] === 'files') refuse('keeps files as they are, which only files of the mesh folder are, and without only_new', 'Read them by a format, or from the mesh folder.', 'format')
    if (isS3 && !/^s3:\/\/[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\/[^\p{Cc}]+$/u.test(path)) refuse('names no objects of a bucket', 'Write s3://<bucket>/<key or glob>.', 'path')
    if (isS3 && !has('s3')) refuse('does not say how its S3 is reached', 'Give s3 with access_key and secret_key.', 'path')
    if (isHttp && !URL.canParse(path)) refuse('names no address', 'Write a whole address.', 'path')
    if (!isS3 && has('s3')) refuse('says how an S3 is reached, but its path is in none', 'Delete s3, or write s3://<bucket>/<key>.', 's3')
    for (const key of ['headers', 'auth']) if (!isHttp && has(key)) refuse(`has ${key}, but its path is no address`, `Delete ${key}.`, key)
  }
  return found
}

/** How the port's rows come: whole each time, or on top of what is there. */
export function isIncremental({ system, settings }: ConnectedSource): boolean {
  return system === 'webhook' || system === 'kafka' || system === 'sse' || settings['cursor'] !== undefined || settings['changes'] === true || settings['only_new'] === true
}
