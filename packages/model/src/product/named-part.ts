import type { Path } from '../yaml/locate.ts'

/** A part of a product, named, with the path of its component in the document. */
export interface NamedPart<D> { readonly name: string; readonly title: string; readonly draft: D; readonly at: Path }
