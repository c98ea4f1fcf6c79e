// The files port: signed links to a snapshot of a data set as a file. A link says who may have what; whether they still may, and
// what they see of it, is decided anew by each request, and the file is made for that decision.

import type { Audit, AuditLine } from '@tulle/audit'
import type { Clock, Result } from '@tulle/kernel'
import { fail, ok } from '@tulle/kernel'
import { fieldIdsOf } from '@tulle/lake'
import type { Authorizer } from '../authorize.ts'
import { messages } from '../messages.ts'
import { askedFor, CONTENT_TYPES, statementOf } from '../rest/data-query.ts'
import type { Asked } from '../rest/data-query.ts'
import type { Governor, Who } from '../types.ts'
import type { ExportWatch } from '../watch/types.ts'
import { fieldsOf } from './fields-of.ts'
import { handOut } from './hand-out.ts'
import type { KeptFiles } from './kept-files.ts'
import { newLinkId, readLink, signLink } from './links.ts'
import { makeFile } from './make-file.ts'
import type { FileLink, LinkStanding, OpenFile, WantedLink, WhoOf } from './types.ts'

export interface FilesPortOptions {
  readonly authorizer: Authorizer
  /** Makes files. It counts nothing: what leaves is counted when it leaves. */
  readonly maker: Governor
  readonly files: KeptFiles
  readonly watch: ExportWatch
  readonly audit: Audit
  readonly clock: Clock
  /** Signs links. */
  readonly key: string
  /** What the audit calls it; `files` unless given. */
  readonly port?: AuditLine['port']
}

export interface SignedLink { readonly link: FileLink; readonly token: string }

export interface FilesPort {
  /** Signs a link for whoever asks, as far as they may read what it leads to. */
  sign(who: Who, wanted: WantedLink): Promise<Result<SignedLink>>
  /** What a link stands for, where it is signed and not over. */
  read(token: string): Result<FileLink>
  /** What it leads to, for who it was made for as they are now; no file is made. */
  look(link: FileLink, whoOf: WhoOf): Promise<Result<LinkStanding>>
  /** The file that it leads to, for who it was made for as they are now. */
  open(link: FileLink, whoOf: WhoOf): Promise<Result<OpenFile>>
  /** What it may show to whom. */
  readonly authorizer: Authorizer
}

export const LONGEST_LINK_SECONDS = 7 * 86_400

/** Links whose rows were counted; of older ones they count again. */
const REMEMBERED = 10_000
/** What a rule makes of the time is asked again so often. */
const PASSING = 60_000

export function filesPort({ authorizer, maker, files, watch, audit, clock, key, port = 'files' }: FilesPortOptions): FilesPort {
  const counted = new Set<string>()
  const questionOf = (who: Who, { product, dataSet, columns, snapshot, format }: Pick<FileLink, 'product' | 'dataSet' | 'columns' | 'format'> & { readonly snapshot?: string }, signal: AbortSignal) => ({
    who, product, dataSet, signal,
    query: [...(columns === undefined ? [] : [['select', columns.join(',')] as const]), ...(snapshot === undefined ? [] : [['snapshot', snapshot] as const]), ['format', format] as const],
  })
  /** True for the first request of a link. */
  const isFirst = (id: string): boolean => {
    if (counted.has(id)) return false
    counted.add(id)
    for (const oldest of counted) {
      if (counted.size <= REMEMBERED) break
      counted.delete(oldest)
    }
    return true
  }

  /** What it leads to, and what was asked for that. */
  const find = async (link: FileLink, who: Who): Promise<Result<{ readonly asked: Asked; readonly standing: LinkStanding }>> => {
    const asked = await askedFor(questionOf(who, link, new AbortController().signal), { authorizer })
    if (!asked.ok) return asked
    const { table, shown, query, snapshot, standing } = asked.value
    // Another product may have the name by now.
    if (table.product.id !== link.productId) return fail(messages['link-not-signed']({}))
    const fields = link.format === 'parquet' ? fieldsOf(table, shown.filter(({ name }) => query.select.includes(name))) : ok({ fields: [], today: [] })
    return fields.ok ? ok({ asked: asked.value, standing: { decision: standing.decision, table, snapshot: snapshot.id, ...fields.value } }) : fields
  }

  return {
    async sign(who, wanted) {
      if (!Number.isInteger(wanted.seconds) || wanted.seconds < 1 || wanted.seconds > LONGEST_LINK_SECONDS) return fail(messages['bad-expiry']({ days: LONGEST_LINK_SECONDS / 86_400 }))
      const asked = await askedFor(questionOf(who, wanted, new AbortController().signal), { authorizer })
      if (!asked.ok) return asked
      const { asker, table, snapshot } = asked.value
      const { product, dataSet, format, columns } = wanted
      const link: FileLink = {
        id: newLinkId(), subjectId: asker.subject.id, productId: table.product.id, product, dataSet, snapshot: snapshot.id, format,
        expires: Math.floor(clock.now() / 1000) + wanted.seconds,
        ...(asker.token !== undefined && { tokenId: asker.token }), ...(asker.purpose !== undefined && { purpose: asker.purpose }), ...(columns !== undefined && { columns }),
      }
      return ok({ link, token: signLink(key, link) })
    },
    read: (token) => readLink(key, token, clock.now()),
    async look(link, whoOf) {
      const found = await find(link, whoOf(link))
      return found.ok ? ok(found.value.standing) : found
    },
    async open(link, whoOf) {
      const who = whoOf(link)
      const found = await find(link, who)
      if (!found.ok) return found
      const { asked } = found.value
      const { asker, table, standing, etag } = asked
      const identity = standing.isLasting ? etag : `${etag} ${Math.floor(clock.now() / PASSING)}`
      const gone = new AbortController()
      const used = await files.use(identity, (path, most) => makeFile(maker, who, { ...statementOf(asked, link), format: link.format, fieldIds: fieldIdsOf(found.value.standing), port }, { path, most, signal: gone.signal }))
      if (!used.ok) return used
      const { file, release } = used.value
      const reading = { table, snapshot: link.snapshot, columns: asked.query.select }
      let isHanded = false
      // Whoever only asks what it is has it for a moment.
      const timer = setTimeout(() => isHanded || release(), 30_000)
      timer.unref()
      return ok({
        path: file.path, rows: file.rows, bytes: file.bytes, digest: file.digest, standing: found.value.standing, contentType: CONTENT_TYPES[link.format], etag: identity === etag ? etag : `"${Buffer.from(identity).toString('base64url').slice(-40)}"`,
        hand: (range, signal) => {
          isHanded = true
          return handOut({ authorizer, watch, audit, clock, port }, { who, asker, table, reading, standing: standing.of, file, rows: isFirst(link.id) ? file.rows : 0, range, signal, done: release })
        },
      })
    },
    authorizer,
  }
}
