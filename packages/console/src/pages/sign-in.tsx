import { Alert, Avatar, Box, Button, Code, Group, PasswordInput, Stack, Text, TextInput, Title, UnstyledButton } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import type { Status } from '@tulle/api'
import { useRef, useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function SignInPage() {
  useDocumentTitle('Sign in · Tulle')
  const { data: status } = useSuspenseQuery(queries.status())
  const { to, ended = false, trouble } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const router = useRouter()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const passwordField = useRef<HTMLInputElement>(null)
  const signIn = useMutation({
    mutationFn: () => valueOrThrow(client.signIn({ name: name.trim(), password, label: 'console' })),
    onSuccess: async ({ user }) => {
      queryClient.clear()
      queryClient.setQueryData(queries.me().queryKey, user)
      if (to === undefined) await navigate({ to: '/' })
      else router.history.push(to)
    },
    onError: () => {
      setPassword('')
      passwordField.current?.focus()
    },
  })
  return (
    <main className="sign-in">
      <div className="hero sign-in-hero">
        <Group gap="sm">
          <img src="/tulle.svg" alt="" width={40} height={40} />
          <Text fw={700} size="xl" c="white">Tulle</Text>
        </Group>
        <Stack gap="xs" visibleFrom="sm">
          <Text fz={34} fw={700} lh={1.2} c="white">Data that teams own, and everybody can use.</Text>
          <Text size="lg" c="white" opacity={0.9} maw={460}>Find a data product, see what it holds, connect with the tool you have. What you may read is decided once, for every port.</Text>
        </Stack>
        <Text size="sm" c="white" opacity={0.85} visibleFrom="sm">Tulle {status.version}</Text>
      </div>
      <Stack w="100%" maw={440} mx="auto" px="lg" py="xl" justify="center" gap="lg">
        <Title order={1}>Sign in to {status.name}</Title>
        {ended && <Alert color="blue">Your session has ended. Sign in again to go on where you were.</Alert>}
        {trouble !== undefined && <Alert color="red">{TROUBLES[trouble] ?? 'The sign-in did not come to an end.'} Try again.</Alert>}
        <form
          onSubmit={(event) => {
            event.preventDefault()
            signIn.mutate()
          }}
        >
          <Stack>
            <TextInput label="Name" name="name" autoComplete="username" autoCapitalize="none" spellCheck={false} required withAsterisk={false} autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
            <PasswordInput ref={passwordField} label="Password" name="password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
            {signIn.isError && <ProblemAlert error={signIn.error} />}
            <Button type="submit" size="md" loading={signIn.isPending}>Sign in</Button>
          </Stack>
        </form>
        {status.issuer !== undefined && (
          <Button component="a" variant="default" size="md" href={`${status.issuer.path}${to === undefined ? '' : `?to=${encodeURIComponent(to)}`}`}>Sign in with {status.issuer.title}</Button>
        )}
        {status.users.length > 0 && (
          <DemoUsers
            status={status} chosen={name}
            onChoose={(user) => {
              setName(user)
              passwordField.current?.focus()
            }}
          />
        )}
      </Stack>
    </main>
  )
}

/** What became of a sign-in elsewhere, by the code that the address brings back. */
const TROUBLES: Readonly<Record<string, string>> = {
  'issuer-refused': 'The issuer did not vouch for this sign-in.',
  'issuer-unreachable': 'The issuer cannot be asked at the moment.',
  'issuer-names-nobody': 'The issuer did not say who signed in.',
  'account-shut': 'Your account is disabled here; an administrator can say why.',
  'sign-in-lost': 'The sign-in took too long, or was begun in another browser.',
}

interface DemoUsersProps {
  readonly status: Status
  readonly chosen: string
  readonly onChoose: (user: string) => void
}

function DemoUsers({ status, chosen, onChoose }: DemoUsersProps) {
  return (
    <Box component="section" aria-label="Demo users">
      <Text size="sm" fw={600}>Demo users</Text>
      <Text size="sm" c="dimmed" mb="xs">Their passwords were made at the first start; on the server&rsquo;s machine: <Code>cat {secretsOf(status)}/{chosen || 'ana'}</Code></Text>
      {status.users.map((user) => (
        <UnstyledButton key={user.name} className="demo-user" onClick={() => onChoose(user.name)} {...(chosen === user.name && { 'data-chosen': true })}>
          <Avatar size={30} color="tulle" aria-hidden>{user.name.slice(0, 2).toUpperCase()}</Avatar>
          <Text size="sm" fw={600} w={52}>{user.name}</Text>
          <Text size="sm" c="dimmed">{user.title ?? user.role}</Text>
        </UnstyledButton>
      ))}
    </Box>
  )
}

// The folder of passwords stands beside that of certificates, whose path the server tells.
const secretsOf = ({ sql }: Status): string => (sql.caFile?.endsWith('/tls/ca.pem') === true ? sql.caFile.replace(/tls\/ca\.pem$/u, 'secrets') : '.tulle/secrets')
