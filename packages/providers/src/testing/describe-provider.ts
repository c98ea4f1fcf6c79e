// The suite that every provider passes: what it makes is what it then sees, doing a thing twice changes nothing the
// second time, and a process that dies between any two steps leaves what the next attempt completes.

import { beforeAll, describe, expect, it } from 'vitest'
import type { MeshModel } from '@tulle/model'
import type { Result } from '@tulle/kernel'
import { resourceOf } from '../resource.ts'
import type { Effect, Observed, Provider, ProviderContext, Resource, Spec } from '../types.ts'
import { Died, dyingAfter } from './dying-after.ts'
import { effectOf } from './provider-rig.ts'
import type { ProviderRig } from './provider-rig.ts'

export interface ProviderCase {
  readonly provider: Provider
  /** The resource whose life is led. */
  readonly ref: string
  /** Declares it. */
  readonly first: MeshModel
  /** Declares it otherwise; or, for a kind that follows from a name alone, facts as another version of Tulle writes them. */
  readonly second: MeshModel | Spec
  readonly rig: () => ProviderRig
}

type Step = readonly [verb: string, run: (context: ProviderContext) => Promise<Result<Effect>>, then: 'first' | 'second' | 'archived' | 'gone']

export function describeProvider({ provider, ref, first, second, rig: theRig }: ProviderCase): void {
  describe(`the provider of ${provider.kind}`, () => {
    let rig: ProviderRig
    let wanted: { readonly first: Resource; readonly second: Resource }
    let life: readonly Step[]

    beforeAll(async () => {
      rig = theRig()
      await rig.create(first)
      effectOf(await provider.destroy(rig.context, ref))
      const declared = rig.desired(first, ref)
      wanted = { first: declared, second: isMesh(second) ? rig.desired(second, ref) : withFacts(declared, second) }
      life = [
        ['create', (context) => provider.create(context, wanted.first), 'first'],
        ['update', (context) => provider.update(context, wanted.second), 'second'],
        ['move', (context) => provider.move(context, wanted.first), 'first'],
        ['archive', (context) => provider.archive(context, ref), 'archived'],
        ['restore', (context) => provider.restore(context, wanted.second), 'second'],
        ['heal', (context) => provider.heal(context, wanted.first), 'first'],
        ['archive', (context) => provider.archive(context, ref), 'archived'],
        ['destroy', (context) => provider.destroy(context, ref), 'gone'],
      ]
    })

    const expectState = (observed: Observed | undefined, state: Step[2]): void => {
      if (state === 'gone') return expect(observed).toBeUndefined()
      expect({ ref: observed?.ref, archived: observed?.archived, drift: observed?.drift }).toEqual({ ref, archived: state === 'archived', drift: undefined })
      if (observed === undefined || state === 'archived') return undefined
      expect(observed.spec).toEqual(wanted[state].spec)
      return expect(provider.diff(wanted[state], observed)).toEqual({ moves: false, fields: [] })
    }

    it('makes what it then sees, and the second time changes nothing', async () => {
      let id: string | undefined
      for (const [verb, run, then] of life) {
        expect(effectOf(await run(rig.context)), verb).toMatchObject({ changed: true })
        const observed = await rig.observed(ref)
        expectState(observed, then)
        // INVARIANT: one id from the creation to the destruction.
        if (observed !== undefined) expect(observed.id, verb).toBe(id ??= observed.id)
        expect(effectOf(await run(rig.context)), `${verb}, again`).toMatchObject({ changed: false })
      }
    })

    it('says in what a resource differs, and in nothing where it does not', () => {
      const observed = (resource: Resource): Observed => ({ ...resource, id: 'x', archived: false })
      expect(provider.diff(wanted.second, observed(wanted.first)).fields).not.toEqual([])
      expect(provider.diff(wanted.second, observed(wanted.second)).fields).toEqual([])
    })

    it('converges wherever its process died', async () => {
      for (const [verb, run, then] of life) {
        expect(await dyingThrough(rig, ref, run), verb).toEqual([])
        effectOf(await run(rig.context))
        expectState(await rig.observed(ref), then)
        expect(effectOf(await run(rig.context)), `${verb}, again`).toMatchObject({ changed: false })
      }
    })
  })
}

const isMesh = (second: MeshModel | Spec): second is MeshModel => second['products'] instanceof Map

function withFacts(declared: Resource, facts: Spec): Resource {
  const name = declared.ref.slice(declared.kind.length + 1)
  return resourceOf({ kind: declared.kind, name, ...(declared.product !== undefined && { product: declared.product }), facts: { ...declared.spec, ...facts } })
}

/**
 * Lets an effect die after 0, 1, 2 … steps until it lives to its end, and says after which deaths the resource looked as
 * if somebody had changed it by hand: it must be either old or new, or a destruction that says so.
 */
export async function dyingThrough(rig: ProviderRig, ref: string, run: (context: ProviderContext) => Promise<unknown>): Promise<readonly string[]> {
  const findings: string[] = []
  for (let steps = 0; ; steps += 1) {
    const died = await diesIn(run, dyingAfter(steps, rig.context).context)
    const drift = (await rig.observed(ref))?.drift
    if (drift !== undefined && drift.reason !== 'half-destroyed') findings.push(`dead after ${steps} steps: ${drift.message}`)
    if (!died) return findings
  }
}

async function diesIn(run: (context: ProviderContext) => Promise<unknown>, context: ProviderContext): Promise<boolean> {
  try {
    await run(context)
    return false
  } catch (error) {
    if (error instanceof Died) return true
    throw error
  }
}
