import { Anchor, Button, Code, Container, Group, Paper, PasswordInput, Stack, Table, Text, TextInput, Title } from '@mantine/core'
import { useMutation, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useRouter, useSearch } from '@tanstack/react-router'
import { valueOrThrow } from '@tulle/api'
import { useState } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { ProblemAlert } from '../shell/problem.tsx'

export function SignInPage() {
  const { data: status } = useSuspenseQuery(queries.status())
  const { to } = useSearch({ from: '/sign-in' })
  const navigate = useNavigate()
  const router = useRouter()
  const [name, setName] = useState('')
  const [password, setPassword] = useState('')
  const signIn = useMutation({
    mutationFn: () => valueOrThrow(client.signIn({ name, password, label: 'console' })),
    onSuccess: async ({ user }) => {
      queryClient.clear()
      queryClient.setQueryData(queries.me().queryKey, user)
      if (to === undefined) await navigate({ to: '/' })
      else router.history.push(to)
    },
  })
  return (
    <Container size={460} py={80}>
      <Stack gap="lg">
        <Group gap="sm" justify="center">
          <img src="/tulle.svg" alt="" width={44} height={44} />
          <Title order={1}>{status.name}</Title>
        </Group>
        <Paper withBorder p="xl" shadow="sm">
          <form
            onSubmit={(event) => {
              event.preventDefault()
              signIn.mutate()
            }}
          >
            <Stack>
              <TextInput label="Name" name="name" autoComplete="username" required data-autofocus value={name} onChange={(e) => setName(e.currentTarget.value)} />
              <PasswordInput label="Password" name="password" autoComplete="current-password" required value={password} onChange={(e) => setPassword(e.currentTarget.value)} />
              {signIn.isError && <ProblemAlert error={signIn.error} />}
              <Button type="submit" loading={signIn.isPending}>Sign in</Button>
            </Stack>
          </form>
        </Paper>
        {status.users.length > 0 && (
          <Paper withBorder p="md">
            <Text size="sm" c="dimmed" mb="xs">
              Demo users of this mesh. Their passwords were made at the first start: <Code>cat .tulle/secrets/ana</Code>
            </Text>
            <Table>
              <Table.Tbody>
                {status.users.map((user) => (
                  <Table.Tr key={user.name}>
                    <Table.Td>
                      <Anchor component="button" type="button" onClick={() => setName(user.name)}>{user.name}</Anchor>
                    </Table.Td>
                    <Table.Td>{user.title ?? user.role}</Table.Td>
                  </Table.Tr>
                ))}
              </Table.Tbody>
            </Table>
          </Paper>
        )}
      </Stack>
    </Container>
  )
}
