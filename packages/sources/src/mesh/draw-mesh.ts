// A data set of another Tulle, by its REST port: the snapshot that is published there, or the one that is named, with as much of
// it as the account of the token may see for the purpose. What it is refused is refused in the other mesh's own words.

import { join } from 'node:path'
import type { Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import type { Drawn, DrawRequest, SourceRoom } from '../types.ts'
import { ask, shownUrl } from '../http.ts'
import { saveBody } from '../save-body.ts'
import { secretOf } from '../secret-of.ts'
import { messages } from '../messages.ts'

export async function drawMesh(room: SourceRoom, request: DrawRequest): Promise<Result<Drawn>> {
  const { settings, port, signal } = request
  const token = secretOf(room.secrets, port, settings['token'])
  if (!token.ok) return token
  const secret = token.value ?? ''
  const [product, dataSet] = [String(settings['product']), String(settings['data_set'] ?? settings['product'])]
  const url = new URL(`${String(settings['url']).replace(/\/+$/u, '')}/data/v1/${encodeURIComponent(product)}/${encodeURIComponent(dataSet)}`)
  url.searchParams.set('format', 'parquet')
  if (settings['snapshot'] !== undefined) url.searchParams.set('snapshot', String(settings['snapshot']))
  const purpose = settings['purpose']
  const answer = await ask(room, { port, url, signal, secrets: [secret], reasonOf, headers: { authorization: `Bearer ${secret}`, ...(purpose !== undefined && { 'x-tulle-purpose': String(purpose) }) } })
  if (!answer.ok) return answer
  const { headers, body } = answer.value
  const snapshot = headers['tulle-snapshot']
  if (typeof snapshot !== 'string' || !/^[0-9]{1,20}$/u.test(snapshot)) return fail(messages['source-answer-unfit']({ port, what: shownUrl(url), why: 'it does not name the snapshot, so it is no Tulle that can be read' }))
  const name = `${request.name}.0.parquet`
  const saved = await saveBody(room, { port, url, body, signal, to: join(request.folder, name) })
  if (!saved.ok) return saved
  const { sha256, bytes } = saved.value
  // The same snapshot under other rights is other rows.
  return ok({ files: [{ name, shown: `${product}.${dataSet} of ${url.host} at snapshot ${snapshot}`, sha256, bytes }], mode: 'replace', state: { snapshot, sha256 }, told: `Read ${product}.${dataSet} of ${url.host} at snapshot ${snapshot}, ${bytes} bytes.` })
}

/** Of a problem as Tulle answers them. */
function reasonOf(body: Uint8Array): string | undefined {
  try {
    const { title } = JSON.parse(Buffer.from(body).toString('utf8')) as { readonly title?: unknown }
    return typeof title === 'string' ? `it says: ${title}` : undefined
  } catch {
    return undefined
  }
}
