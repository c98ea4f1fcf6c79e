// The frame of every page: where you are, who you are, light or dark.

import { ActionIcon, AppShell, Avatar, Burger, Group, Menu, NavLink, Text, UnstyledButton, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { IconBook2, IconLayoutGrid, IconLogout, IconMoon, IconPlayerPlay, IconPuzzle, IconSun } from '@tabler/icons-react'
import { useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { client, queries, queryClient } from '../api.ts'

const PLACES = [
  { to: '/', label: 'Catalogue', icon: IconLayoutGrid },
  { to: '/runs', label: 'Runs', icon: IconPlayerPlay },
  { to: '/capabilities', label: 'Capabilities', icon: IconPuzzle },
] as const

export function Shell() {
  const [opened, { toggle, close }] = useDisclosure()
  const { data: status } = useSuspenseQuery(queries.status())
  const path = useRouterState({ select: (state) => state.location.pathname })
  const isHere = (to: string): boolean => (to === '/' ? path === '/' || path.startsWith('/products') : path.startsWith(to))
  return (
    <AppShell header={{ height: 56 }} navbar={{ width: 210, breakpoint: 'sm', collapsed: { mobile: !opened } }} padding="lg">
      <AppShell.Header>
        <Group h="100%" px="md" justify="space-between" wrap="nowrap">
          <Group gap="sm" wrap="nowrap">
            <Burger opened={opened} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Menu" />
            <UnstyledButton component={Link} to="/" aria-label="Tulle, to the catalogue">
              <Group gap={8} wrap="nowrap">
                <img src="/tulle.svg" alt="" width={28} height={28} />
                <Text fw={700} size="lg">Tulle</Text>
                <Text c="dimmed">{status.name}</Text>
              </Group>
            </UnstyledButton>
          </Group>
          <Group gap="xs" wrap="nowrap">
            <SchemeToggle />
            <Account />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs">
        {PLACES.map(({ to, label, icon: Icon }) => (
          <NavLink key={to} component={Link} to={to} label={label} leftSection={<Icon size={18} />} active={isHere(to)} onClick={close} />
        ))}
        <NavLink href="/docs" label="API" leftSection={<IconBook2 size={18} />} />
      </AppShell.Navbar>
      <AppShell.Main>
        <Outlet />
      </AppShell.Main>
    </AppShell>
  )
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  return (
    <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Light or dark" onClick={() => setColorScheme(scheme === 'dark' ? 'light' : 'dark')}>
      {scheme === 'dark' ? <IconSun size={18} /> : <IconMoon size={18} />}
    </ActionIcon>
  )
}

function Account() {
  const { data: me } = useSuspenseQuery(queries.me())
  const navigate = useNavigate()
  const signOut = async (): Promise<void> => {
    await client.signOut()
    queryClient.clear()
    await navigate({ to: '/sign-in' })
  }
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <UnstyledButton aria-label={`Account of ${me.name}`}>
          <Group gap={8} wrap="nowrap">
            <Avatar name={me.title} color="initials" size="md" />
            <Text size="sm" visibleFrom="sm">{me.name}</Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.title} · {me.role}</Menu.Label>
        <Menu.Label>Purpose: {me.purposes.join(', ') || 'none'}</Menu.Label>
        {me.teams.length > 0 && <Menu.Label>Team: {me.teams.join(', ')}</Menu.Label>}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
