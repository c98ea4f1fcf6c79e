import { Skeleton, Stack, VisuallyHidden } from '@mantine/core'

/** The shape of a page to come, where its data takes longer than a blink. */
export function Loading() {
  return (
    <Stack role="status">
      <VisuallyHidden>Loading …</VisuallyHidden>
      <Skeleton h={34} w={260} />
      <Skeleton h={18} w={420} maw="100%" />
      <Skeleton h={180} mt="md" />
      <Skeleton h={180} />
    </Stack>
  )
}
