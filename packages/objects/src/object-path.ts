// Which texts are paths of objects: relative, plain, and unable to leave their root.

import type { Diagnostic } from '@tulle/kernel'
import { messages } from './messages.ts'

/** Names of files that `create` has not finished; they are no objects and are never listed. */
export const isUnfinished = (name: string): boolean => name.startsWith('.tulle-')

/** What is wrong with a path, or undefined. */
export function checkObjectPath(path: string): Diagnostic | undefined {
  const problem = problemOf(path)
  return problem === undefined ? undefined : messages['bad-object-path']({ path: path.slice(0, 300), problem })
}

function problemOf(path: string): string | undefined {
  if (path === '') return 'it is empty'
  if (/[\u0000-\u001f\u007f\\]/u.test(path)) return 'it holds a control character or a backslash'
  if (!path.isWellFormed()) return 'it is not Unicode'
  if (path.startsWith('/')) return 'it is absolute'
  if (Buffer.byteLength(path) > 2000) return 'it is too long'
  for (const segment of path.split('/')) {
    if (segment === '') return 'it has an empty name'
    if (segment === '.' || segment === '..') return `it holds "${segment}"`
    if (Buffer.byteLength(segment) > 255) return 'a name in it is too long'
    if (isUnfinished(segment)) return 'names that begin with ".tulle-" are kept for unfinished files'
  }
  return undefined
}
