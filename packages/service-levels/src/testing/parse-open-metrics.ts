// A strict reader of OpenMetrics text, by the ABNF and the rules of its specification, version 1.0: what it lets through, a scraper takes.
// https://github.com/prometheus/OpenMetrics/blob/v1.0.0/specification/OpenMetrics.md

export interface ParsedFamily { readonly name: string; readonly type: string; readonly unit?: string; readonly help?: string; readonly samples: readonly { readonly name: string; readonly labels: ReadonlyMap<string, string>; readonly value: number }[] }

const NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/u
const TYPES = ['counter', 'gauge', 'histogram', 'gaugehistogram', 'stateset', 'info', 'summary', 'unknown']
const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$|^[+-]?(?:inf|infinity)$|^nan$/iu
const DESCRIPTOR = /^# (TYPE|UNIT|HELP) ([^ ]+) (.*)$/u

/** Throws with the line that is wrong. */
export function parseOpenMetrics(text: string): readonly ParsedFamily[] {
  if (!text.endsWith('# EOF\n') && !text.endsWith('# EOF')) throw new Error('it does not end with # EOF')
  const lines = text.replace(/\n$/u, '').split('\n')
  const families: { name: string; type: string; unit?: string; help?: string; samples: { name: string; labels: Map<string, string>; value: number }[]; said: Set<string> }[] = []
  const bad = (line: string, why: string): never => {
    throw new Error(`${why}: ${line}`)
  }
  for (const [i, line] of lines.entries()) {
    if (line === '# EOF') {
      if (i !== lines.length - 1) bad(line, 'something follows # EOF')
      continue
    }
    if (line.startsWith('#')) {
      const [, what = '', name = '', rest = ''] = DESCRIPTOR.exec(line) ?? bad(line, 'neither a descriptor nor # EOF')
      if (!NAME.test(name)) bad(line, 'no name of a metric')
      if (families.at(-1)?.name !== name) {
        if (families.some((family) => family.name === name)) bad(line, 'a family in two pieces')
        families.push({ name, type: 'unknown', samples: [], said: new Set() })
      }
      const family = families.at(-1) as (typeof families)[number]
      if (family.said.has(what)) bad(line, 'said twice')
      if (family.samples.length > 0) bad(line, 'a descriptor after samples')
      family.said.add(what)
      if (what === 'TYPE') family.type = TYPES.includes(rest) ? rest : bad(line, 'no type of OpenMetrics')
      if (what === 'UNIT') family.unit = name.endsWith(`_${rest}`) && /^[a-z0-9_]+$/u.test(rest) ? rest : bad(line, 'the name does not end in its unit')
      if (what === 'HELP') family.help = unescaped(rest, line)
      continue
    }
    const { name, labels, rest } = readSample(line)
    const family = families.at(-1)
    if (family === undefined || family.name !== name) return bad(line, 'a sample out of its family')
    const [, value = '', , stamp] = /^ ([^ ]+)( ([^ ]+))?$/u.exec(rest) ?? bad(line, 'no value after one space')
    if (!NUMBER.test(value) || (stamp !== undefined && !NUMBER.test(stamp))) bad(line, 'no number')
    const number = /inf/iu.test(value) ? (value.startsWith('-') ? -Infinity : Infinity) : Number(value)
    if (family.type === 'stateset' && ![0, 1].includes(number)) bad(line, 'a state is 0 or 1')
    if (family.type === 'stateset' && !labels.has(name)) bad(line, 'a state set without a label of its name')
    if (family.type === 'stateset' && family.unit !== undefined) bad(line, 'a state set with a unit')
    const key = [...labels].toSorted().join('\n')
    if (family.samples.some((one) => [...one.labels].toSorted().join('\n') === key)) bad(line, 'the same labels twice')
    family.samples.push({ name, labels, value: number })
  }
  return families.map(({ said: _said, ...family }) => family)
}

function readSample(line: string): { name: string; labels: Map<string, string>; rest: string } {
  const [name = ''] = /^[a-zA-Z_:][a-zA-Z0-9_:]*/u.exec(line) ?? []
  if (name === '') throw new Error(`no name of a metric: ${line}`)
  const labels = new Map<string, string>()
  let at = name.length
  if (line[at] !== '{') return { name, labels, rest: line.slice(at) }
  at += 1
  while (line[at] !== '}') {
    const [whole, label = '', value = ''] = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"/u.exec(line.slice(at)) ?? []
    if (whole === undefined) throw new Error(`no label: ${line}`)
    if (labels.has(label)) throw new Error(`a label twice: ${line}`)
    labels.set(label, unescaped(value, line))
    at += whole.length
    if (line[at] === ',' && line[at + 1] !== '}') at += 1
    else if (line[at] !== '}') throw new Error(`labels do not end: ${line}`)
  }
  return { name, labels, rest: line.slice(at + 1) }
}

function unescaped(text: string, line: string): string {
  if (/(?:^|[^\\])(?:\\\\)*\\(?:[^\\n"]|$)/u.test(text)) throw new Error(`a wrong escape: ${line}`)
  return text.replaceAll(/\\(.)/gu, (_, one: string) => (one === 'n' ? '\n' : one))
}
