// What was written and is in no file yet: kept by the browser for as long as its tab, so that a reload loses nothing.

import { useEffect, useState } from 'react'

const KEY = 'tulle-drafts'

/** By path. */
export type Drafts = Readonly<Record<string, string>>

export function useDrafts(): readonly [Drafts, (path: string, text: string | undefined) => void, () => void] {
  const [drafts, setDrafts] = useState<Drafts>(read)
  useEffect(() => {
    try {
      sessionStorage.setItem(KEY, JSON.stringify(drafts))
    } catch {
      // A browser that keeps nothing: the page itself still does.
    }
  }, [drafts])
  const write = (path: string, text: string | undefined): void => setDrafts((before) => {
    const { [path]: _old, ...others } = before
    return text === undefined ? others : { ...others, [path]: text }
  })
  return [drafts, write, () => setDrafts({})]
}

function read(): Drafts {
  try {
    const kept: unknown = JSON.parse(sessionStorage.getItem(KEY) ?? '{}')
    return typeof kept === 'object' && kept !== null && Object.values(kept).every((text) => typeof text === 'string') ? (kept as Drafts) : {}
  } catch {
    return {}
  }
}
