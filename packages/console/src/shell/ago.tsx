import { useEffect, useState } from 'react'
import { ago } from './format.ts'

const TICK_MILLISECONDS = 15_000

/** `3 minutes ago`, which goes on counting; the exact time on hover. */
export function Ago({ at, never = 'never' }: { readonly at: string | undefined; readonly never?: string }) {
  const [now, setNow] = useState(() => Date.now())
  useEffect(() => {
    const ticking = setInterval(() => setNow(Date.now()), TICK_MILLISECONDS)
    return () => clearInterval(ticking)
  }, [])
  if (at === undefined) return <>{never}</>
  return <time dateTime={at} title={new Date(at).toLocaleString('en', { dateStyle: 'medium', timeStyle: 'long' })}>{ago(at, Math.max(now, Date.parse(at)))}</time>
}
