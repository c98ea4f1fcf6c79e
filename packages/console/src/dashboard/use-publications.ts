// Tells a page when products publish. A stream that breaks is taken up by asking once more.

import { useEffect, useRef } from 'react'
import { client } from '../api.ts'

export function usePublications(onPublished: (product: string) => void): void {
  const told = useRef(onPublished)
  useEffect(() => {
    told.current = onPublished
  })
  useEffect(() => {
    const stop = new AbortController()
    const watch = async (): Promise<void> => {
      while (!stop.signal.aborted) {
        const answer = await client.watchPublications({}, { signal: stop.signal })
        if (answer.ok) for await (const { product } of answer.value) told.current(product)
        await new Promise((resolve) => setTimeout(resolve, 2_000))
      }
    }
    const again = (): void => {
      if (!stop.signal.aborted) setTimeout(() => void watch().catch(again), 2_000)
    }
    watch().catch(again)
    return () => stop.abort()
  }, [])
}
