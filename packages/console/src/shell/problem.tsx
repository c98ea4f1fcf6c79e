// One way to show what went wrong: the server's own sentences, with the remedy.

import { Alert, Button, Card, Code, Container, Group, Stack, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { IconAlertTriangle, IconLock, IconRefresh } from '@tabler/icons-react'
import { useRouter } from '@tanstack/react-router'
import { ApiProblem } from '@tulle/api'
import { isSignedOut, queryClient } from '../api.ts'
import { AnchorLink } from './anchor-link.tsx'
import { Empty } from './empty.tsx'

/** A page that could not be shown. */
export function ProblemPage({ error }: { readonly error: unknown }) {
  const router = useRouter()
  useDocumentTitle('Not shown · Tulle')
  // The way to sign-in is already taken.
  if (isSignedOut(error)) return null
  const again = async (): Promise<void> => {
    await queryClient.resetQueries({ predicate: (query) => query.state.status === 'error' })
    await router.invalidate()
  }
  return (
    <Container size="sm" py="xl">
      <Stack>
        <Title order={1}>{isRefusal(error) ? 'This page is for others' : 'This page cannot be shown'}</Title>
        <ProblemAlert error={error} />
        <Group>
          <Button variant="light" leftSection={<IconRefresh size={16} />} onClick={() => void again()}>Try again</Button>
          <AnchorLink to="/">To the catalogue</AnchorLink>
        </Group>
      </Stack>
    </Container>
  )
}

/** In place of what is for others: for whom, and why not for the viewer. */
export function ForOthers({ error, title }: { readonly error: unknown; readonly title: string }) {
  if (!isRefusal(error) || !(error instanceof Error)) return <ProblemAlert error={error} />
  return <Card withBorder role="alert"><Empty icon={IconLock} title={title}>{error.message}</Empty></Card>
}

/** Nothing is broken: the viewer has not the right. */
export const isRefusal = (error: unknown): boolean => error instanceof ApiProblem && error.diagnostics[0]?.code === 'not-allowed'

/** The client speaks to whoever starts servers; who looks at a page can only wait. */
const asSeenHere = (found: ApiProblem['diagnostics'][number]): ApiProblem['diagnostics'][number] =>
  found.code === 'server-unreachable' ? { ...found, message: 'The server does not answer.', help: 'It may be starting again: try in a moment, or ask whoever runs it.' } : found

export function ProblemAlert({ error }: { readonly error: unknown }) {
  const diagnostics = error instanceof ApiProblem ? error.diagnostics.map(asSeenHere) : []
  const [first, ...others] = diagnostics
  return (
    <Alert color={isRefusal(error) ? 'gray' : 'red'} icon={isRefusal(error) ? <IconLock aria-hidden /> : <IconAlertTriangle aria-hidden />} title={first?.message ?? (error instanceof Error ? error.message : 'Something went wrong.')} role="alert">
      <Stack gap={4}>
        {first?.help !== undefined && <Text size="sm">{first.help}</Text>}
        {others.map((d) => <Text size="sm" key={`${d.code} ${d.message}`}>{d.message} {d.help}</Text>)}
        {first !== undefined && <Text size="xs" c="dimmed"><Code>{first.code}</Code></Text>}
      </Stack>
    </Alert>
  )
}
