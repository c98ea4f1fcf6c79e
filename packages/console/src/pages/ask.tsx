// The form that asks for access. What is filled in stands in the address; what it would show is said as it is written.

import { Anchor, Button, Card, Checkbox, Group, MultiSelect, NumberInput, Select, Skeleton, Stack, Text, Textarea, TextInput, Title } from '@mantine/core'
import { keepPreviousData, useMutation, useQuery, useQueryClient, useSuspenseQuery } from '@tanstack/react-query'
import { useNavigate, useParams, useSearch } from '@tanstack/react-router'
import { ApiProblem, valueOrThrow } from '@tulle/api'
import type { Agreement } from '@tulle/api'
import { useState } from 'react'
import { Shown } from '../access/shown.tsx'
import type { AskSearch } from '../addresses.ts'
import { client, queries } from '../api.ts'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { PageHead } from '../shell/page-head.tsx'
import { ProblemAlert } from '../shell/problem.tsx'
import { quoteName } from '../workbench/quote-name.ts'
import { useSettled } from '../shell/use-settled.ts'

export function AskPage() {
  const { product: name } = useParams({ from: '/signed-in/products/$product/ask' })
  const search = useSearch({ from: '/signed-in/products/$product/ask' })
  const navigate = useNavigate({ from: '/products/$product/ask' })
  const change = (part: AskSearch): void => void navigate({ search: { ...search, ...part }, replace: true, resetScroll: false })
  const { data: product } = useSuspenseQuery(queries.product(name))
  const { data: me } = useSuspenseQuery(queries.me())
  const { data: purposes } = useSuspenseQuery(queries.purposes())
  const [why, setWhy] = useState('')
  const [accepted, setAccepted] = useState<readonly string[]>([])
  const [where, setWhere] = useState(search.where ?? '')

  const readable = product.dataSets.filter(({ columns }) => columns.length > 0)
  const dataSet = search.dataSet ?? (readable.length === 1 ? readable[0]?.name : undefined)
  const columns = readable.find((one) => one.name === dataSet)?.columns ?? []
  const purpose = search.purpose ?? me.purposes[0] ?? purposes.purposes[0]?.name ?? ''
  const unmask = search.unmask === true
  const draft = {
    product: name, purpose,
    ...(dataSet !== undefined && { dataSet }),
    ...(search.columns !== undefined && search.columns.length > 0 && (unmask ? { unmask: [...search.columns] } : { columns: [...search.columns] })),
    ...(where.trim() !== '' && { rowCondition: where.trim() }),
    ...(search.days !== undefined && { seconds: search.days * 86_400 }),
  }
  const settled = useSettled(draft, 300)
  const checked = useQuery({ ...queries.check(settled), placeholderData: keepPreviousData })
  const aboutRows = checked.error instanceof ApiProblem && checked.error.diagnostics.every(({ code }) => /^(?:condition|sql|engine)-/u.test(code)) ? checked.error.diagnostics.map(({ message }) => message).join(' ') : undefined
  const cache = useQueryClient()
  const ask = useMutation({
    mutationFn: () => valueOrThrow(client.requestAccess({ ...draft, justification: why, agreements: [...accepted] })),
    onSuccess: async ({ id }) => {
      await Promise.all([cache.invalidateQueries({ queryKey: ['requests'] }), cache.invalidateQueries({ queryKey: ['my-grants'] })])
      await navigate({ to: '/access/requests/$request', params: { request: id } })
    },
  })
  const agreements = checked.data?.agreements ?? []
  const ready = why.trim().length >= 3 && agreements.every(({ id }) => accepted.includes(id)) && !checked.isError && (!unmask || (search.columns ?? []).length > 0)
  // What the mistake is stands beside it; what is not there yet is said here.
  const missing = why.trim().length < 3 ? 'Say why you need it.' : agreements.some(({ id }) => !accepted.includes(id)) ? 'Accept its agreements.' : unmask && (search.columns ?? []).length === 0 ? 'Name the columns.' : undefined
  return (
    <Stack gap="lg">
      <PageHead title={`Ask for access to ${product.title}`} above={<AnchorLink to="/products/$product" params={{ product: name }} search={{ tab: 'access' }} inherit>{product.title}</AnchorLink>} about={product.description} />
      <form
        onSubmit={(event) => {
          event.preventDefault()
          ask.mutate()
        }}
      >
        <div className="ask">
          <Card withBorder>
            <Stack>
              <Select label="Purpose" description="What the data will be used for." allowDeselect={false} value={purpose} onChange={(value) => change({ purpose: value ?? undefined })} data={purposes.purposes.map(({ name: value, title }) => ({ value, label: title }))} />
              {readable.length > 1 && <Select label="Data set" placeholder="Every data set" clearable value={dataSet ?? null} onChange={(value) => change({ dataSet: value ?? undefined, columns: undefined })} data={readable.map((one) => one.name)} />}
              {columns.length > 0 && <MultiSelect label="Columns" description="Ask for no more than you need." placeholder={(search.columns ?? []).length === 0 ? 'Every column' : ''} value={[...(search.columns ?? [])]} onChange={(chosen) => change({ columns: chosen.length === 0 ? undefined : chosen })} data={columns.map((column) => column.name)} clearable clearButtonProps={{ 'aria-label': 'Every column' }} />}
              {columns.length > 0 && <Checkbox label="Ask for these columns without their masks" description="A masking exception: a request of its own kind, for the columns that you name." checked={unmask} onChange={(event) => change({ unmask: event.currentTarget.checked ? true : undefined })} />}
              {dataSet !== undefined && <TextInput label="Only rows where" description={`SQL over the row, such as ${exampleOf(columns)}. Left empty: every row.`} value={where} error={aboutRows} onChange={(event) => { setWhere(event.currentTarget.value); change({ where: event.currentTarget.value === '' ? undefined : event.currentTarget.value }) }} />}
              <NumberInput label="For so many days" description="Left empty, it holds until it is revoked." min={1} max={3650} value={search.days ?? ''} onChange={(value) => change({ days: value === '' ? undefined : Number(value) })} />
              <Textarea label="Why" description="Whoever decides reads this." required withAsterisk={false} autosize minRows={2} value={why} onChange={(event) => setWhy(event.currentTarget.value)} />
              {agreements.map((agreement) => <Accept key={agreement.id} agreement={agreement} accepted={accepted.includes(agreement.id)} onChange={(yes) => setAccepted(yes ? [...accepted, agreement.id] : accepted.filter((id) => id !== agreement.id))} />)}
              {ask.isError && <ProblemAlert error={ask.error} />}
              <Group justify="end" gap="sm">{missing !== undefined && <Text size="sm" c="dimmed">{missing}</Text>}<Button type="submit" loading={ask.isPending} disabled={!ready}>Ask for access</Button></Group>
            </Stack>
          </Card>
          <Stack gap="sm" component="section" aria-label="What you would see" className="ask-shown">
            <Title order={2}>What you would see</Title>
            {checked.isPending && <Skeleton h={90} />}
            {checked.isError && aboutRows === undefined && <ProblemAlert error={checked.error} />}
            {checked.data !== undefined && !checked.isError && checked.data.shows.map((shown) => <Shown key={shown.dataSet} product={name} shown={shown} />)}
            {checked.data !== undefined && !checked.isError && <Text size="sm" c="dimmed">{PERSONS[checked.data.persons] ?? ''}</Text>}
          </Stack>
        </div>
      </form>
    </Stack>
  )
}

/** A condition on a column of the data set's own. */
function exampleOf(columns: readonly { readonly name: string; readonly type: string }[]): string {
  const number = columns.find(({ type }) => /^(?:int|long|float|double|decimal)/u.test(type))
  return number === undefined ? `${quoteName(columns[0]?.name ?? 'name')} = 'A'` : `${quoteName(number.name)} > 100`
}

const PERSONS: Readonly<Record<number, string>> = { 0: 'It is approved at once.', 1: 'An owner of the product or a steward decides.', 2: 'Two persons, owners of the product or stewards, have to agree.' }

function Accept({ agreement: { id, title, description, termsUrl }, accepted, onChange }: { readonly agreement: Agreement; readonly accepted: boolean; readonly onChange: (yes: boolean) => void }) {
  return (
    <Checkbox
      checked={accepted} onChange={(event) => onChange(event.currentTarget.checked)}
      label={<>I accept: {title} ({id})</>}
      description={<>{description} {termsUrl !== undefined && <Anchor href={termsUrl} target="_blank" rel="noreferrer noopener" inherit>The whole text</Anchor>}</>}
    />
  )
}
