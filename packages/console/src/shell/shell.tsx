// The frame of every page: where you are, who you are, light or dark, and whether the server still answers.

import { ActionIcon, Alert, AppShell, Avatar, Burger, Container, Group, Menu, Text, Tooltip, UnstyledButton, VisuallyHidden, useComputedColorScheme, useMantineColorScheme } from '@mantine/core'
import { useHotkeys } from '@mantine/hooks'
import { IconChevronDown, IconLogout, IconMoon, IconPlugConnectedX, IconSun } from '@tabler/icons-react'
import { useQuery, useSuspenseQuery } from '@tanstack/react-query'
import { Link, Outlet, useNavigate, useRouterState } from '@tanstack/react-router'
import { useEffect, useRef } from 'react'
import { client, queries, queryClient } from '../api.ts'
import { Bell } from './bell.tsx'
import { Palette } from './palette.tsx'
import { usePlaces } from './places.ts'
import { SEARCH_FIELD } from './search-field.ts'

const isAt = (path: string, to: string): boolean => (to === '/' ? path === '/' || path === '/map' || path.startsWith('/products') : to === '/workbench' && path.startsWith('/dashboards') ? true : to === '/governance' && /^\/(?:platform|capabilities|usage)/u.test(path) ? true : to === '/runs' && path.startsWith('/backfills') ? true : path.startsWith(to))

export function Shell() {
  const { data: status } = useSuspenseQuery(queries.status())
  const path = useRouterState({ select: (state) => state.location.pathname })
  const here = usePlace(path)
  const places = usePlaces()
  const main = useFocusOnNewPage(path)
  const navigate = useNavigate()
  useHotkeys([['/', () => void navigate({ to: '/' }).then(() => document.getElementById(SEARCH_FIELD)?.focus())]])
  return (
    <AppShell header={{ height: 58 }} padding={0}>
      <a className="skip" href="#content">Skip to the content</a>
      <AppShell.Header className="header">
        <Container size={1240} h="100%">
          <Group h="100%" justify="space-between" wrap="nowrap" gap="sm">
            <Group gap="lg" wrap="nowrap" miw={0}>
              <UnstyledButton component={Link} to="/" aria-label={`${status.name}, to the catalogue`} miw={0}>
                <Group gap={9} wrap="nowrap" miw={0}>
                  <img src="/tulle.svg" alt="" width={28} height={28} />
                  <Text fw={700} truncate>{status.name}</Text>
                </Group>
              </UnstyledButton>
              <Group component="nav" gap={2} wrap="nowrap" visibleFrom="md" aria-label="Places">
                {places.filter(({ isBelow }) => isBelow !== true).map(({ to, label }) => (
                  <UnstyledButton key={to} component={Link} to={to} activeOptions={{ exact: true }} className="place" {...(isAt(here, to) && { 'data-here': true, 'aria-current': 'page' as const })}>{label}</UnstyledButton>
                ))}
                <MorePlaces here={here} />
              </Group>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Palette />
              <Bell />
              <SchemeToggle />
              <Account />
              <PlacesMenu />
            </Group>
          </Group>
        </Container>
      </AppShell.Header>
      <AppShell.Main id="content" tabIndex={-1} ref={main}>
        <Container size={1240} py="lg">
          <LostServer />
          <Outlet />
        </Container>
      </AppShell.Main>
    </AppShell>
  )
}

// A request belongs to the inbox of whoever decides it, and to the access of whoever made it.
function usePlace(path: string): string {
  const request = /^\/access\/requests\/([^/]+)/u.exec(path)?.[1]
  const { data } = useQuery({ ...queries.request(request ?? ''), enabled: request !== undefined })
  return data?.can.decide.allowed === true ? '/inbox' : path
}

// A new page begins at its beginning for those who read by keyboard or by ear; the first one begins with the document.
function useFocusOnNewPage(path: string) {
  const main = useRef<HTMLElement>(null)
  const last = useRef(path)
  useEffect(() => {
    if (last.current !== path) main.current?.focus({ preventScroll: true })
    last.current = path
  }, [path])
  return main
}

function LostServer() {
  const { isError } = useQuery({ ...queries.status(), refetchInterval: 10_000, staleTime: 5_000 })
  if (!isError) return null
  return (
    <Alert color="orange" icon={<IconPlugConnectedX />} title="The server does not answer" mb="md" role="alert">
      What you see may be old. This page goes on by itself when Tulle is back.
    </Alert>
  )
}

// What has no room in the header, within one press for those who do not type names of pages.
function MorePlaces({ here }: { readonly here: string }) {
  const places = usePlaces()
  const below = places.filter(({ isBelow }) => isBelow === true)
  const isHere = below.some(({ to }) => here.startsWith(to)) && !places.some(({ to, isBelow }) => isBelow !== true && isAt(here, to))
  return (
    <Menu position="bottom-start" width={200}>
      <Menu.Target><UnstyledButton className="place" {...(isHere && { 'data-here': true })}>More <IconChevronDown size={13} aria-hidden style={{ verticalAlign: '-2px' }} /></UnstyledButton></Menu.Target>
      <Menu.Dropdown>
        {below.map(({ to, label }) => <Menu.Item key={to} component={Link} to={to}>{label}</Menu.Item>)}
        <Menu.Item component="a" href="/docs">API</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function PlacesMenu() {
  const places = usePlaces()
  return (
    <Menu position="bottom-end" width={220}>
      <Menu.Target><Burger size="sm" hiddenFrom="md" aria-label="Menu" /></Menu.Target>
      <Menu.Dropdown>
        {places.map(({ to, label }) => <Menu.Item key={to} component={Link} to={to}>{label}</Menu.Item>)}
        <Menu.Item component="a" href="/docs">API</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}

function SchemeToggle() {
  const { setColorScheme } = useMantineColorScheme()
  const next = useComputedColorScheme('light') === 'dark' ? 'light' : 'dark'
  return (
    <Tooltip label={`Make it ${next}`}>
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Make it ${next}`} onClick={() => setColorScheme(next)}>
        {next === 'light' ? <IconSun size={18} /> : <IconMoon size={18} />}
      </ActionIcon>
    </Tooltip>
  )
}

function Account() {
  const { data: me } = useSuspenseQuery(queries.me())
  const navigate = useNavigate()
  const signOut = async (): Promise<void> => {
    await client.signOut()
    await navigate({ to: '/sign-in' })
    queryClient.clear()
  }
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <UnstyledButton>
          <VisuallyHidden>Account of {me.name}</VisuallyHidden>
          <Group gap={8} wrap="nowrap" aria-hidden>
            <Avatar size={32} color="tulle">{me.name.slice(0, 2).toUpperCase()}</Avatar>
            <Text size="sm" fw={500} visibleFrom="sm">{me.name}</Text>
          </Group>
        </UnstyledButton>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>{me.title}</Menu.Label>
        <Menu.Label>Role: {me.role}</Menu.Label>
        <Menu.Label>Purposes: {me.purposes.join(', ') || 'none'}</Menu.Label>
        {me.teams.length > 0 && <Menu.Label>Teams: {me.teams.join(', ')}</Menu.Label>}
        <Menu.Divider />
        <Menu.Item leftSection={<IconLogout size={16} />} onClick={() => void signOut()}>Sign out</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  )
}
