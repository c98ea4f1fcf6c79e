// The nouns of whole products in the words of others.

import type { Result } from '@tulle/kernel'
import type { YamlDocument } from '@tulle/model'
import type { Obj } from '../document.ts'
import type { Syntax } from '../formats/document-text.ts'

/** A product's own document (`product.yaml`) and the contracts of its data sets, in ODCS, by the name of the data set. */
export interface ProductFiles { readonly product: Obj; readonly contracts: ReadonlyMap<string, Obj> }

/** What the folder around a product says of it. */
export interface ProductSurroundings {
  readonly domain?: string
  readonly team?: string
  /** The contracts of the data sets of other products that it reads, in the order of its input ports. */
  readonly reads?: readonly ContractRead[]
}
export interface ContractRead { readonly port: string; readonly contractId: string; readonly version: string }

export interface ProductFormat {
  readonly write: (files: ProductFiles, around: ProductSurroundings) => Obj
  readonly read: (document: YamlDocument) => Result<ProductFiles>
  /** Lays what the format has no word for into its free place. */
  readonly carry: (document: Obj, patch: Obj) => Obj
  /** Takes it out again. */
  readonly uncarry: (document: Obj) => { readonly document: Obj; readonly patch: Obj | undefined }
  readonly syntax: Syntax
}
