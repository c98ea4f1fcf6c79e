// A text with the words that were looked for made visible.

import { Fragment } from 'react'

export function Marked({ text, words }: { readonly text: string; readonly words: readonly string[] }) {
  return <>{partsOf(text, words).map(({ part, isFound, at }) => (isFound ? <mark key={at} className="found">{part}</mark> : <Fragment key={at}>{part}</Fragment>))}</>
}

function partsOf(text: string, words: readonly string[]): readonly { readonly part: string; readonly isFound: boolean; readonly at: number }[] {
  const parts: { part: string; isFound: boolean; at: number }[] = []
  let rest = 0
  while (rest < text.length) {
    const next = words.flatMap((word) => { const at = text.indexOf(word, rest); return at < 0 || word === '' ? [] : [{ at, word }] }).toSorted((a, b) => a.at - b.at || b.word.length - a.word.length)[0]
    if (next === undefined) break
    if (next.at > rest) parts.push({ part: text.slice(rest, next.at), isFound: false, at: rest })
    parts.push({ part: next.word, isFound: true, at: next.at })
    rest = next.at + next.word.length
  }
  return rest < text.length ? [...parts, { part: text.slice(rest), isFound: false, at: rest }] : parts
}
