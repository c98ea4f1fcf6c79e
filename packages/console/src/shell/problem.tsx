// One way to show what went wrong: the server's own sentences, with the remedy.

import { Alert, Code, Container, Stack, Text } from '@mantine/core'
import { ApiProblem } from '@tulle/api'

export function Problem({ error }: { readonly error: unknown }) {
  return (
    <Container size="sm" py="xl">
      <ProblemAlert error={error} />
    </Container>
  )
}

export function ProblemAlert({ error }: { readonly error: unknown }) {
  const diagnostics = error instanceof ApiProblem ? error.diagnostics : []
  const title = diagnostics[0]?.message ?? (error instanceof Error ? error.message : 'Something went wrong.')
  return (
    <Alert color="red" title={title} role="alert">
      <Stack gap={4}>
        {diagnostics.map((d) => (
          <Text size="sm" key={`${d.code} ${d.message}`}>
            {d.help ?? ''} <Code>{d.code}</Code>
          </Text>
        ))}
      </Stack>
    </Alert>
  )
}
