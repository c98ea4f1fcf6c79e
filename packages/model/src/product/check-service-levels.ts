// Holds the indicators of a product against its promises, data sets and ports: what is misspelt would silently measure nothing.

import type { Diagnostic } from '@tulle/kernel'
import type { DataSetDraft, IndicatorDraft, LevelDraft, OutputPortDraft } from '../capabilities/contribution.ts'
import { millisecondsOf } from '../kinds/written-units.ts'
import { messages } from '../messages.ts'
import { suggestions } from '../suggestions.ts'
import type { YamlDocument } from '../yaml/parse-yaml.ts'
import type { NamedPart } from './named-part.ts'
import { MOST_SAMPLES, usualEvery, USUAL_WINDOW } from './service-levels.ts'

interface Declared {
  readonly serviceLevels: readonly NamedPart<LevelDraft>[]
  readonly indicators: readonly NamedPart<IndicatorDraft>[]
  readonly dataSets: readonly NamedPart<DataSetDraft>[]
  readonly outputPorts: readonly NamedPart<OutputPortDraft>[]
  readonly spoilt: ReadonlySet<string>
}

type Setting = Exclude<keyof IndicatorDraft, 'indicates' | 'indicator' | 'every'>
type Kind = NonNullable<IndicatorDraft['indicator']>

/** What each indicator must and may say. */
const SETTINGS: Readonly<Record<Kind, { readonly needs: readonly Setting[]; readonly may: readonly Setting[] }>> = {
  freshness: { needs: ['within'], may: [] },
  completeness: { needs: ['at_least'], may: ['data_set'] },
  availability: { needs: [], may: ['port'] },
  latency: { needs: ['below'], may: ['percentile'] },
  quality: { needs: ['at_least'], may: [] },
  volume: { needs: [], may: ['data_set', 'at_least', 'at_most'] },
  lag: { needs: ['within'], may: ['data_set'] },
}

export function checkServiceLevels(declared: Declared, document: YamlDocument, product: string): readonly Diagnostic[] {
  const { serviceLevels, indicators } = declared
  const likeLevel = suggestions(() => serviceLevels.map(({ title }) => title))
  const levels = new Map(serviceLevels.map((level) => [level.title, level]))
  const unknown = indicators.flatMap(({ draft: { indicates }, at }) =>
    indicates === undefined || levels.has(indicates) ? [] : [messages['unknown-service-level']({ name: indicates, known: likeLevel(indicates) }, { place: document.place([...at, 'properties', 'service_level_name']) })])
  const measured = new Set(indicators.flatMap(({ draft }) => (draft.indicator === undefined || draft.indicates === undefined ? [] : [draft.indicates])))
  const unmeasured = serviceLevels
    .filter(({ title, draft }) => (draft.objective !== undefined || draft.window !== undefined) && !measured.has(title))
    .map(({ title, at }) => messages['service-level-unmeasured']({ name: title }, { place: document.place([...at, 'name']) }))
  return [...unknown, ...unmeasured, ...indicators.flatMap((part) => checkIndicator(part, levels.get(part.draft.indicates ?? '')?.draft, declared, document, product))]
}

function checkIndicator({ draft, at }: NamedPart<IndicatorDraft>, level: LevelDraft | undefined, { dataSets, outputPorts, spoilt }: Declared, document: YamlDocument, product: string): readonly Diagnostic[] {
  const place = (key: string) => document.place([...at, 'properties', key])
  const { indicator } = draft
  if (indicator === undefined) {
    const stray = Object.keys(draft).find((key) => key !== 'indicates')
    return stray === undefined ? [] : [messages['indicator-needs']({ indicator: 'a service level', needs: 'indicator' }, { place: place(stray) })]
  }
  const { needs, may } = SETTINGS[indicator]
  const found: Diagnostic[] = [
    ...(draft.indicates === undefined ? [messages['indicator-needs']({ indicator, needs: 'service_level_name' }, { place: place('indicator') })] : []),
    ...needs.filter((key) => draft[key] === undefined).map((key) => messages['indicator-needs']({ indicator, needs: key }, { place: place('indicator') })),
    ...Object.keys(draft).filter((key) => !['indicates', 'indicator', 'every'].includes(key) && ![...needs, ...may].some((known) => known === key)).map((key) => messages['indicator-without-use']({ indicator, name: key }, { place: place(key) })),
  ]
  if (indicator === 'volume' && draft.at_least === undefined && draft.at_most === undefined) found.push(messages['indicator-needs']({ indicator, needs: 'at_least or at_most' }, { place: place('indicator') }))
  if (indicator === 'volume' && (draft.at_least ?? 0) > (draft.at_most ?? Infinity)) found.push(messages['indicator-range']({}, { place: place('at_most') }))
  if ((indicator === 'completeness' || indicator === 'quality') && (draft.at_least ?? 0) > 100) found.push(messages['indicator-percent']({ indicator }, { place: place('at_least') }))
  if (draft.data_set !== undefined && !spoilt.has(draft.data_set) && !dataSets.some(({ name }) => name === draft.data_set)) {
    found.push(messages['unknown-data-set']({ name: draft.data_set, product, known: dataSets.map(({ name }) => name) }, { place: place('data_set') }))
  }
  const served = outputPorts.filter(({ draft: { kind } }) => kind !== 'external').map(({ name }) => name)
  if (draft.port !== undefined && !spoilt.has(draft.port) && !served.includes(draft.port)) found.push(messages['unknown-served-port']({ name: draft.port, product, known: served }, { place: place('port') }))
  const every = draft.every === undefined ? usualEvery(indicator) : millisecondsOf(draft.every)
  const window = level?.window ?? USUAL_WINDOW
  const timing = draft.every === undefined ? 'indicator' : 'every'
  if (every > window) found.push(messages['window-too-short']({}, { place: place(timing) }))
  if (window / every > MOST_SAMPLES) found.push(messages['too-many-samples']({ samples: Math.ceil(window / every), most: MOST_SAMPLES }, { place: place(timing) }))
  return found
}
