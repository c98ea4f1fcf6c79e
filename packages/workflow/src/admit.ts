// Who is next: which of the runs that wait may start now, and what the others wait for. Pure.

export const USUAL_PRIORITY = 500

/** How many runs go at once, by whose rules. */
export interface QueueRules {
  /** Of all subjects together. */
  readonly atOnce: number
  readonly subjects: ReadonlyMap<string, SubjectRules>
}

export interface SubjectRules {
  /** Several subjects share what a group may. */
  readonly group?: { readonly name: string; readonly atOnce: number }
  /** Runs by triggers that may start within an hour. */
  readonly triggersPerHour?: number
}

export interface QueuedRun { readonly runId: string; readonly subject: string; readonly priority: number; readonly isTriggered: boolean; readonly requestedAt: number; /** It has begun, and wants the place again that it gave away. */ readonly returns?: boolean }

export interface Queue {
  readonly waiting: readonly QueuedRun[]
  /** Subjects of the runs that go, one for each run. One that rests (paused, or it only waits) holds its subject and no other place. */
  readonly going: readonly { readonly subject: string; readonly isResting: boolean }[]
  /** Runs by triggers that started within the last hour, by subject. */
  readonly triggered: ReadonlyMap<string, number>
}

export interface Admission {
  readonly admitted: readonly string[]
  /** What each of the others waits for, as a person reads it, by run. */
  readonly waits: ReadonlyMap<string, string>
}

/** Higher priorities first, then who asked first. Whoever may not start lets the next one pass. */
export function admit({ atOnce, subjects }: QueueRules, { waiting, going, triggered }: Queue): Admission {
  const busy = new Set(going.map(({ subject }) => subject))
  const groups = new Map<string, number>()
  const take = (subject: string): void => {
    const name = subjects.get(subject)?.group?.name
    if (name !== undefined) groups.set(name, (groups.get(name) ?? 0) + 1)
  }
  const active = going.filter(({ isResting }) => !isResting)
  for (const { subject } of active) take(subject)
  let all = active.length

  const obstacle = ({ subject, isTriggered, returns = false }: QueuedRun): string | undefined => {
    if (busy.has(subject) && !returns) return `${subject} runs 1 of 1`
    const { group, triggersPerHour = Infinity } = subjects.get(subject) ?? {}
    const started = triggered.get(subject) ?? 0
    if (isTriggered && !returns && started >= triggersPerHour) return `triggers-per-hour: triggers started ${started} of ${triggersPerHour} runs of ${subject} within the hour`
    const inGroup = group === undefined ? 0 : (groups.get(group.name) ?? 0)
    if (group !== undefined && inGroup >= group.atOnce) return `team ${group.name} runs ${inGroup} of ${group.atOnce}`
    return all >= atOnce ? `the mesh runs ${all} of ${atOnce}` : undefined
  }

  const admitted: string[] = []
  const waits = new Map<string, string>()
  for (const run of waiting.toSorted((a, b) => b.priority - a.priority || a.requestedAt - b.requestedAt)) {
    const why = obstacle(run)
    if (why !== undefined) waits.set(run.runId, why)
    else {
      admitted.push(run.runId)
      busy.add(run.subject)
      take(run.subject)
      all += 1
    }
  }
  return { admitted, waits }
}
