// Rows as a table that draws only what is in sight: thousands of them scroll like ten.

import type { QueryAnswer } from '@tulle/api'
import { useEffect, useMemo, useRef, useState } from 'react'
import { isNumber, printValue } from '../product/value.ts'

const ROW_PIXELS = 30
const BEYOND = 15
const STEP = 10
const LOOKED_AT = 200
const WIDEST = 44

export function Results({ answer: { columns, rows } }: { readonly answer: QueryAnswer }) {
  const scroll = useRef<HTMLDivElement>(null)
  const [{ from, to }, setSight] = useState({ from: 0, to: 40 })
  useEffect(() => {
    const place = scroll.current
    if (place === null) return
    // In steps, so that not every pixel draws anew.
    const look = (): void => {
      const first = Math.max(0, Math.floor(place.scrollTop / ROW_PIXELS / STEP) * STEP - BEYOND)
      const last = first + Math.ceil(place.clientHeight / ROW_PIXELS) + STEP + 2 * BEYOND
      setSight((before) => (before.from === first && before.to === last ? before : { from: first, to: last }))
    }
    look()
    place.addEventListener('scroll', look, { passive: true })
    const watching = new ResizeObserver(look)
    watching.observe(place)
    return () => {
      place.removeEventListener('scroll', look)
      watching.disconnect()
    }
  }, [])
  const template = useMemo(() => columns.map(({ name }, at) => `minmax(${Math.min(WIDEST, Math.max(name.length + 1, ...rows.slice(0, LOOKED_AT).map((row) => (printValue(row[at]) ?? 'null').length)) + 2)}ch, 1fr)`).join(' '), [columns, rows])
  return (
    <div className="grid-rows numbers" ref={scroll} role="table" aria-label="Rows" aria-rowcount={rows.length + 1} tabIndex={0}>
      <div className="grid-body" style={{ height: (rows.length + 1) * ROW_PIXELS }}>
        <div role="rowgroup" className="grid-head">
          <div role="row" aria-rowindex={1} className="grid-row" style={{ gridTemplateColumns: template }}>
            {columns.map(({ name, type }, at) => <div role="columnheader" key={`${name} ${at + 1}`} title={type} data-number={isNumber(type) || undefined}>{name}</div>)}
          </div>
        </div>
        <div role="rowgroup">
          {rows.slice(from, to).map((row, i) => (
            <div role="row" key={`row ${from + i}`} aria-rowindex={from + i + 2} className="grid-row grid-line" style={{ gridTemplateColumns: template, transform: `translateY(${(from + i) * ROW_PIXELS}px)` }}>
              {columns.map(({ name, type }, at) => {
                const text = printValue(row[at])
                return <div role="cell" key={`${name} ${at + 1}`} title={text} data-number={isNumber(type) || undefined}>{text ?? <i className="grid-null">null</i>}</div>
              })}
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
