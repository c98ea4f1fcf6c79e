import { IconMapOff } from '@tabler/icons-react'
import { useDocumentTitle } from '@mantine/hooks'
import { Title } from '@mantine/core'
import { AnchorLink } from '../shell/anchor-link.tsx'
import { Empty } from '../shell/empty.tsx'

export function NotFoundPage() {
  useDocumentTitle('No such page · Tulle')
  return (
    <>
      <Title order={1} ta="center" mt="xl">No such page</Title>
      <Empty icon={IconMapOff} title="Nothing lives at this address.">
        It may have been mistyped, or moved. All data products are in the <AnchorLink to="/" inherit underline="always">catalogue</AnchorLink>.
      </Empty>
    </>
  )
}
