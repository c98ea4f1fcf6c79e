// Ctrl-K: goes anywhere by a few letters. Products are searched as it is typed; pages by their names.

import { Kbd, Modal, Text, TextInput, UnstyledButton, VisuallyHidden } from '@mantine/core'
import { useDisclosure, useHotkeys } from '@mantine/hooks'
import { IconArrowRight, IconLayoutList, IconSearch } from '@tabler/icons-react'
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'react'
import type { KeyboardEvent, ReactNode } from 'react'
import { queries } from '../api.ts'
import { Marked } from './marked.tsx'
import { usePlaces } from './places.ts'
import { ProductMark } from './product-mark.tsx'
import { useSettled } from './use-settled.ts'

const IS_MAC = /mac|iphone|ipad/iu.test(navigator.userAgent)

export function Palette() {
  const [opened, { open, close }] = useDisclosure(false)
  useHotkeys([['mod+K', open]], [])
  return (
    <>
      <UnstyledButton className="palette-open" onClick={open} aria-keyshortcuts="Control+K Meta+K">
        <VisuallyHidden>Find anything</VisuallyHidden>
        <IconSearch size={16} aria-hidden />
        <Text span size="sm" visibleFrom="md" aria-hidden>Find</Text>
        <Text span visibleFrom="md" aria-hidden><Kbd size="xs">{IS_MAC ? '⌘' : 'Ctrl'} K</Kbd></Text>
      </UnstyledButton>
      <Modal.Root opened={opened} onClose={close} padding={0} size={620} yOffset="12vh" transitionProps={{ duration: 0 }}>
        <Modal.Overlay />
        <Modal.Content aria-label="Find anything" radius="lg"><Finder onDone={close} /></Modal.Content>
      </Modal.Root>
    </>
  )
}

interface Choice { readonly key: string; readonly isPage: boolean; readonly go: () => Promise<void>; readonly mark: ReactNode; readonly title: ReactNode; readonly about: ReactNode }

function Finder({ onDone }: { readonly onDone: () => void }) {
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const list = useId()
  const { choices, isFresh } = useChoices(words)
  const navigate = useNavigate()
  const here = Math.min(at, Math.max(0, choices.length - 1))
  const field = useRef<HTMLInputElement>(null)
  // At once: the next letter is already on its way.
  useLayoutEffect(() => field.current?.focus(), [])
  useEffect(() => {
    document.getElementById(`${list}-${here}`)?.scrollIntoView({ block: 'nearest' })
  }, [list, here])
  const take = (choice: Choice | undefined): void => {
    if (choice === undefined) return
    onDone()
    void choice.go()
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key]
    if (step !== undefined && choices.length > 0) {
      event.preventDefault()
      setAt((here + step + choices.length) % choices.length)
    }
    if (event.key !== 'Enter') return
    // What stands there may belong to fewer letters; then the catalogue looks for all of them.
    const choice = choices[here]
    if (isFresh || choice?.isPage === true) return take(choice)
    onDone()
    void navigate({ to: '/', search: { q: words.trim() } })
  }
  return (
    <div>
      <TextInput
        ref={field} data-autofocus size="lg" variant="unstyled" px="md" maxLength={200} autoComplete="off" placeholder="A product, a column, a person, a question, a page …" leftSection={<IconSearch size={20} aria-hidden />}
        role="combobox" aria-label="Find anything" aria-expanded={choices.length > 0} aria-controls={list} aria-autocomplete="list" {...(choices.length > 0 && { 'aria-activedescendant': `${list}-${here}` })}
        value={words} onChange={(event) => { setWords(event.currentTarget.value); setAt(0) }} onKeyDown={onKeyDown}
      />
      <div className="palette-list" role="listbox" id={list} aria-label="Found">
        {choices.map((choice, i) => (
          // The keys are those of the field, which keeps the focus.
          <div key={choice.key} id={`${list}-${i}`} role="option" aria-selected={i === here} className="palette-choice" onMouseMove={() => i !== here && setAt(i)} onClick={() => take(choice)}>
            {choice.mark}
            <div className="palette-text"><Text size="sm" fw={600} truncate>{choice.title}</Text><Text size="xs" c="dimmed" truncate>{choice.about}</Text></div>
            <IconArrowRight size={16} aria-hidden className="palette-arrow" />
          </div>
        ))}
      </div>
      <VisuallyHidden role="status">{choices.length} found</VisuallyHidden>
      {choices.length === 0 && <Text size="sm" c="dimmed" p="md">Nothing fits.</Text>}
      <Text size="xs" c="dimmed" px="md" py={8} className="palette-keys" visibleFrom="sm"><Kbd size="xs">↑</Kbd> <Kbd size="xs">↓</Kbd> choose · <Kbd size="xs">Enter</Kbd> go · <Kbd size="xs">Esc</Kbd> close</Text>
    </div>
  )
}

const MOST_PRODUCTS = 7

function useChoices(words: string): { readonly choices: readonly Choice[]; readonly isFresh: boolean } {
  const navigate = useNavigate()
  const places = usePlaces()
  const settled = useSettled(words.trim(), 60)
  const { data, isPlaceholderData } = useQuery({ ...queries.search({ q: settled, limit: MOST_PRODUCTS }), placeholderData: keepPreviousData })
  const pages = places.filter(({ label }) => label.toLowerCase().includes(words.trim().toLowerCase())).slice(0, words.trim() === '' ? 9 : 3)
  const products: readonly Choice[] = (data?.hits ?? []).map(({ product, matches: [first] }) => ({
    key: product.id, isPage: false,
    go: () => navigate({ to: '/products/$product', params: { product: product.name }, ...(first?.field === 'column' && { search: { tab: 'schema' as const } }) }),
    mark: <ProductMark title={product.title} domain={product.domain} size={32} />,
    title: first?.field === 'name' ? <Marked text={product.title} words={first.words} /> : product.title,
    about: first === undefined || first.field === 'name' ? `${product.domain} · ${product.description ?? product.name}` : <>{first.field} <Marked text={first.text} words={first.words} /></>,
  }))
  const toPages: readonly Choice[] = pages.map(({ to, label }) => ({ key: to, isPage: true, go: () => navigate({ to }), mark: <span className="palette-page"><IconLayoutList size={18} aria-hidden /></span>, title: label, about: 'Page' }))
  const everything: readonly Choice[] = settled === '' || (data?.total ?? 0) <= MOST_PRODUCTS ? [] : [{
    key: 'everything', isPage: false, go: () => navigate({ to: '/', search: { q: settled } }), mark: <span className="palette-page"><IconSearch size={18} aria-hidden /></span>, title: `All ${data?.total ?? ''} that fit “${settled}”`, about: 'In the catalogue, with facets',
  }]
  // The name of a page is known at once, and never moves while products are looked for.
  const isPage = words.trim() === '' || pages.some(({ label }) => label.toLowerCase().startsWith(words.trim().toLowerCase()))
  return { choices: isPage ? [...toPages, ...products, ...everything] : [...products, ...toPages, ...everything], isFresh: settled === words.trim() && data !== undefined && !isPlaceholderData }
}
