// One range of RFC 9110, section 14.2; what is none, or several, is passed over, as the RFC allows.

export interface Range { readonly start: number; readonly end: number }

export function rangeOf(header: string | undefined, size: number): Range | 'outside' | undefined {
  const { first = '', last = '' } = /^bytes=(?<first>\d{0,15})-(?<last>\d{0,15})$/u.exec(header ?? '')?.groups ?? {}
  if (first === '' && last === '') return undefined
  const start = first === '' ? Math.max(0, size - Number(last)) : Number(first)
  const end = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1)
  if (first !== '' && last !== '' && Number(last) < Number(first)) return undefined
  return start > end ? 'outside' : { start, end }
}

/** Whether a copy with one of these tags is this one. */
export const isHeld = (header: string | undefined, etag: string): boolean =>
  header?.slice(0, 2000).split(',').some((tag) => tag.trim().replace(/^W\//u, '') === etag || tag.trim() === '*') === true
