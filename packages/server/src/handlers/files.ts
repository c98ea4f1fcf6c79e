// Signs links to files, for whoever asks and as far as they may read what the link leads to.

import type { Handlers } from '@tulle/api'
import { ok } from '@tulle/kernel'
import type { Caller } from '../http/callers.ts'
import { FILES_BASE } from '../http/file-links.ts'
import type { House } from '../house.ts'
import { whoIs } from '../who.ts'
import { findProduct } from './products.ts'

export function fileHandlers(house: House): Pick<Handlers<Caller>, 'linkFile'> {
  return {
    linkFile: async ({ product, dataSet, format, snapshot, major, columns, seconds, purpose }, caller) => {
      const found = await findProduct(house, product)
      if (!found.ok) return found
      const names = columns?.split(',').map((name) => name.trim()).filter((name) => name !== '') ?? []
      const schema = major === undefined ? product : `${product}@${major}`
      const signed = await house.files.sign(whoIs(house, caller, found.value.id, purpose), {
        product: schema, dataSet, format, seconds, ...(names.length > 0 && { columns: names }), ...(snapshot !== undefined && { snapshot }),
      })
      if (!signed.ok) return signed
      const { link, token } = signed.value
      return ok({
        url: `${house.settings.publicUrl}${FILES_BASE}/${encodeURIComponent(schema)}/${dataSet}.${format}?link=${token}`,
        product: schema, dataSet, format, snapshot: link.snapshot, expiresAt: new Date(link.expires * 1000).toISOString(),
        ...(link.purpose !== undefined && { purpose: link.purpose }), ...(link.columns !== undefined && { columns: [...link.columns] }),
      })
    },
  }
}
