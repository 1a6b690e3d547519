import { Button } from '@mantine/core'
import { useClipboard } from '@mantine/hooks'
import { IconCheck, IconCopy } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'

/** Copies a text and says so in place. */
export function CopyButton({ text, label }: { readonly text: string; readonly label: string }) {
  const clipboard = useClipboard({ timeout: 2_000 })
  const { t } = useTranslation()
  return (
    <Button
      size="compact-xs"
      variant="subtle"
      color="gray"
      leftSection={clipboard.copied ? <IconCheck size={14} /> : <IconCopy size={14} />}
      onClick={() => clipboard.copy(text)}
    >
      {clipboard.copied ? t('common.copied') : label}
    </Button>
  )
}
