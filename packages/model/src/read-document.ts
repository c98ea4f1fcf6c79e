// Reads one YAML file as a document that a check has nothing against, through the cache.

import type { Diagnostic, Json } from '@tulle/kernel'
import { fingerprintOf, sha256 } from '@tulle/kernel'
import type { TextFile } from './file-roles.ts'
import type { ParseCache } from './parse-cache.ts'
import type { YamlDocument } from './yaml/parse-yaml.ts'
import { documentOf, parseYaml } from './yaml/parse-yaml.ts'

/** A document that may be used, with a fingerprint of what it says: layout and comments do not count. */
export interface CheckedDocument {
  readonly document: YamlDocument
  readonly fingerprint: string
}

export interface ReadDocument {
  readonly checked?: CheckedDocument
  /** What was read, though the check refused it; for names, so that one mistake is not reported twice. */
  readonly refused?: Json
  readonly diagnostics: readonly Diagnostic[]
  /** True where the same text was read before without a finding. */
  readonly isKnownGood?: boolean
  /** Keeps the document for the next load; the caller calls it when its own checks have no finding either. */
  readonly remember?: () => void
}

/** What a refused document is probably called: the name that it gives itself, and its file's. */
export function namesOfRefused(file: TextFile, refused: Json | undefined): readonly string[] {
  const name = (refused as { metadata?: { name?: unknown } } | null | undefined)?.metadata?.name
  const ofFile = file.path.slice(file.path.lastIndexOf('/') + 1).replace(/\.ya?ml$/u, '')
  return typeof name === 'string' ? [name, ofFile] : [ofFile]
}

/** `as` names the check, so that two checks of one text do not share an entry. */
export function readUnremembered(file: TextFile, as: string, cache: ParseCache, check: (document: YamlDocument) => readonly Diagnostic[]): ReadDocument {
  const { documents } = cache
  const key = documents === undefined ? '' : sha256(`${as}\0${file.text}`)
  const cached = documents?.get(key) as { value: Json; fingerprint: string } | undefined
  if (cached !== undefined) return { checked: { document: documentOf(file.text, file.path, cached.value), fingerprint: cached.fingerprint }, diagnostics: [], isKnownGood: true }
  const parsed = parseYaml(file.text, file.path)
  if (!parsed.ok) return { diagnostics: parsed.diagnostics }
  const document = parsed.value
  const diagnostics = check(document)
  if (diagnostics.some((d) => d.severity === 'error')) return { refused: document.value, diagnostics }
  const fingerprint = fingerprintOf(document.value)
  const checked = { document, fingerprint }
  return { checked, diagnostics, remember: () => diagnostics.length === 0 && documents?.set(key, { value: document.value, fingerprint }) }
}

/** The same for documents that need no check beyond their own. */
export function readDocument(file: TextFile, as: string, cache: ParseCache, check: (document: YamlDocument) => readonly Diagnostic[]): ReadDocument {
  const read = readUnremembered(file, as, cache, check)
  read.remember?.()
  return read
}
