// A product on the map: a dot from afar, its title and state nearer, its ports by name close by.

import { IconAlertTriangle, IconLock, IconRosetteDiscountCheck } from '@tabler/icons-react'
import type { MeshGraph } from '@tulle/api'
import { memo } from 'react'
import { plural } from '../shell/format.ts'
import { portAt, short } from './shape.ts'
import type { Area, Level } from './view.ts'

export type MapProduct = MeshGraph['products'][number]

interface Props {
  readonly product: MapProduct
  readonly spot: Area
  readonly level: Level
  readonly colour: string
  /** The one that was chosen. */
  readonly isHere?: boolean
}

export const STATE_WORDS: Readonly<Record<MapProduct['state'], string>> = { failing: 'an incident is open', waiting: 'nothing published yet', published: 'published' }

export const ProductBox = memo(({ product, spot: { x, y, width, height }, level, colour, isHere = false }: Props) => {
  const { title, state, certified, access, inputPorts, outputPorts } = product
  const colours = { '--dot': `light-dark(var(--mantine-color-${colour}-5), var(--mantine-color-${colour}-7))` } as Record<string, string>
  if (level === 'far') return <rect className="map-dot" data-state={state} data-here={isHere || undefined} x={x} y={y} width={width} height={height} rx={14} style={colours} />
  const signs = [...(state === 'failing' ? [IconAlertTriangle] : []), ...(certified ? [IconRosetteDiscountCheck] : []), ...(access === 'none' ? [IconLock] : [])]
  return (
    <g transform={`translate(${x} ${y})`} style={colours}>
      <rect className="map-box" data-state={state} data-here={isHere || undefined} width={width} height={height} rx={10} />
      <rect className="map-bar" x={0} y={12} width={5} height={height - 24} rx={2} />
      <text className="map-title" x={16} y={27}>{short(title, 22 - 2 * signs.length)}</text>
      <text className="map-about" x={16} y={46}>{state === 'published' ? `${plural(inputPorts.length, 'input')}, ${plural(outputPorts.length, 'output')}` : STATE_WORDS[state]}</text>
      {signs.map((Sign, i) => <Sign key={i} x={width - 12 - 20 * (signs.length - i) + 4} y={13} size={16} aria-hidden className={Sign === IconAlertTriangle ? 'map-alarm' : Sign === IconLock ? 'map-lock' : 'map-sign'} />)}
      <Ports ports={inputPorts} x={0} height={height} isNamed={level === 'close'} isInput />
      <Ports ports={outputPorts} x={width} height={height} isNamed={level === 'close'} />
    </g>
  )
})

function Ports({ ports, x, height, isNamed, isInput = false }: { readonly ports: readonly { readonly name: string; readonly kind: string }[]; readonly x: number; readonly height: number; readonly isNamed: boolean; readonly isInput?: boolean }) {
  return ports.slice(0, 5).map(({ name, kind }, i) => {
    const y = portAt(i, ports.length, height)
    return (
      <g key={name}>
        <circle className="map-port" cx={x} cy={y} r={4} />
        {isNamed && <text className="map-port-name" x={isInput ? x - 8 : x + 8} y={y - 4} textAnchor={isInput ? 'end' : 'start'}>{i === 4 && ports.length > 5 ? `${ports.length - 4} more` : isInput ? short(name, 11) : short(kind, 8)}</text>}
      </g>
    )
  })
}
