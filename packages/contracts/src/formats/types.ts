// The nouns of formats: what turns a contract into another's words, and back.

import type { Result } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import type { Obj } from '../document.ts'
import type { Syntax } from './document-text.ts'

/** A format whose documents are plain values, with one free place for what it has no word for. */
export interface DataFormat {
  readonly write: (contract: Obj) => Obj
  readonly read: (document: YamlDocument) => Result<Obj>
  /** Where the patch lies: the name of a member of the document's root. */
  readonly free?: string
  readonly syntax: Syntax
}

/** A format for people and for other tools, with no place for what it has no word for: what is read of it is a draft. */
export interface TextFormat { readonly print: (contract: Obj) => string; readonly read?: (document: YamlDocument) => Result<Obj>; /** Of a format that is no YAML. */ readonly readText?: (text: string, file: string) => Result<Obj> }

export type ContractFormat = DataFormat | TextFormat
