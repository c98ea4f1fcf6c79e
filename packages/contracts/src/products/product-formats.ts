// Whole products from and to the standards of others. As with contracts, nothing is lost: what the standard has no word for
// travels in its free place, what a product has no word for in an annotation of its document, both as patches.

import type { Json, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { parseYaml } from '@tulle/model'
import { isObj, textOf } from '../document.ts'
import type { Obj } from '../document.ts'
import { documentText, placeless, toYaml } from '../formats/document-text.ts'
import { applyPatch, patchFrom } from '../formats/patch.ts'
import { messages } from '../messages.ts'
import { metadataOf, withoutMembers } from './components.ts'
import { dpds } from './dpds.ts'
import { odps } from './odps.ts'
import type { ProductFiles, ProductFormat, ProductSurroundings } from './types.ts'

const FORMATS: ReadonlyMap<string, ProductFormat> = new Map([['odps', odps], ['dpds', dpds]])
const CARRIED = 'tulle.dev/imported-from'

export const productFormats: readonly string[] = [...FORMATS.keys()]

/** The text of a product in a format. */
export function exportProduct(files: ProductFiles, around: ProductSurroundings, name: string): Result<string> {
  const format = FORMATS.get(name)
  if (format === undefined) return fail(messages['unknown-contract-format']({ format: name, known: productFormats }))
  const carried = carriedBy(files.product, name)
  const own: ProductFiles = carried === undefined ? files : { ...files, product: withoutCarried(files.product) }
  const written = applyPatch(format.write(own, around), carried) as Obj
  const back = format.read(placeless(written))
  const lost = back.ok ? patchFrom(back.value.product, own.product) : { value: own.product }
  return ok(documentText(isObj(lost) ? format.carry(written, lost) : written, format.syntax))
}

/** A product of a text in a format: its document, and the contracts that the text holds. */
export function importProduct(text: string, file: string, name: string): Result<ProductFiles> {
  const format = FORMATS.get(name)
  if (format === undefined) return fail(messages['unknown-contract-format']({ format: name, known: productFormats }))
  const parsed = parseYaml(text, file)
  if (!parsed.ok) return parsed
  const read = format.read(parsed.value)
  if (!read.ok) return read
  const { document, patch } = format.uncarry(parsed.value.value as Obj)
  const product = applyPatch(read.value.product, patch)
  if (!isObj(product)) return ok(read.value)
  const left = patch === undefined ? patchFrom(format.write({ ...read.value, product }, {}), document) : undefined
  return ok({ ...read.value, product: left === undefined ? product : withCarried(product, { format: name, patch: left }) })
}

/** The document as OAM knows it: an application of components. */
export const asApplication = (product: Obj): string => toYaml({ ...product, apiVersion: 'core.oam.dev/v1beta1', kind: 'Application' })

/** A product's document as its file has it. */
export const productText = (product: Obj): string => toYaml(product)

const annotationsOf = (product: Obj): Obj => { const { annotations } = metadataOf(product); return isObj(annotations) ? annotations : {} }

function carriedBy(product: Obj, name: string): Json | undefined {
  const parsed = parseYaml(textOf(annotationsOf(product)[CARRIED]) ?? '', CARRIED)
  const value = parsed.ok && isObj(parsed.value.value) ? parsed.value.value : undefined
  return value?.['format'] === name ? value['patch'] : undefined
}

const withCarried = (product: Obj, carried: Obj): Obj =>
  ({ ...product, metadata: { ...metadataOf(product), annotations: { ...annotationsOf(product), [CARRIED]: JSON.stringify(carried) } } })

function withoutCarried(product: Obj): Obj {
  const left = withoutMembers(annotationsOf(product), [CARRIED])
  return { ...product, metadata: { ...withoutMembers(metadataOf(product), ['annotations']), ...(Object.keys(left).length > 0 && { annotations: left }) } }
}
