// What happens between two steps of a run, for tests: the workflows of a pipeline with something done before or after a step.

import type { StepContext, WorkflowDefinition } from '@tulle/workflow'

/** By step: done before it begins, or when it has done its work and nobody knows yet. */
export interface Between {
  readonly before?: Readonly<Record<string, (step: StepContext) => Promise<void>>>
  readonly after?: Readonly<Record<string, (step: StepContext) => Promise<void>>>
}

export const withBetween = (workflows: readonly WorkflowDefinition[], { before = {}, after = {} }: Between): readonly WorkflowDefinition[] =>
  workflows.map((workflow) => ({
    ...workflow,
    steps: workflow.steps.map((step) => ({
      ...step,
      run: async (context, one) => {
        await before[step.name]?.(one)
        const outcome = await step.run(context, one)
        await after[step.name]?.(one)
        return outcome
      },
    })),
  }))
