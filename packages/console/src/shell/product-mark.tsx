// A product's or domain's sign: two letters in the colour of its domain, the same wherever it appears.

import { useDomainColour } from './domain-colour.ts'

export function ProductMark({ title, domain, size = 42 }: { readonly title: string; readonly domain: string; readonly size?: number }) {
  const colour = useDomainColour()(domain)
  const style = {
    width: size,
    height: size,
    fontSize: size * 0.38,
    background: `light-dark(var(--mantine-color-${colour}-1), color-mix(in srgb, var(--mantine-color-${colour}-9) 45%, transparent))`,
    color: `light-dark(color-mix(in srgb, var(--mantine-color-${colour}-9) 75%, #000), var(--mantine-color-${colour}-2))`,
  }
  return <div className="mark" style={style} aria-hidden>{initials(title)}</div>
}

function initials(title: string): string {
  const [first = '', second = ''] = title.split(/[\s_]+/u).filter((word) => word !== '')
  const letters = second === '' ? [...first].slice(0, 2) : [...first].slice(0, 1).concat([...second].slice(0, 1))
  return letters.join('').toUpperCase()
}
