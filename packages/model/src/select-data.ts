// Whether a selector means a product, a data set, a column. Pure, and the same for plans and for decisions.

import type { DataSelector } from './governance.ts'

export interface SelectableProduct { readonly name: string; readonly domain: string }
export interface SelectableColumn { readonly name: string; readonly classification?: string | undefined }

const isAmong = (words: readonly string[] | undefined, word: string): boolean => words === undefined || words.includes(word)

export const selectsProduct = (on: DataSelector, { name, domain }: SelectableProduct): boolean => isAmong(on.domains, domain) && isAmong(on.products, name)

/** Of a product that is selected. */
export const selectsDataSet = (on: DataSelector, dataSet: string): boolean => isAmong(on.dataSets, dataSet)

/** Of a data set that is selected. */
export const selectsColumn = (on: DataSelector, { name, classification }: SelectableColumn): boolean =>
  isAmong(on.columns, name) && (on.classifications === undefined || (classification !== undefined && on.classifications.includes(classification)))

/** True where a selector means single columns, not whole data sets. */
export const isOfColumns = (on: DataSelector): boolean => on.columns !== undefined || on.classifications !== undefined
