import { Button, Modal, PasswordInput, TextInput } from '@mantine/core'
import { useMutation, useQueryClient } from '@tanstack/react-query'
import { useState } from 'react'
import type { SyntheticEvent } from 'react'
import { useTranslation } from 'react-i18next'
import type { Connection, ConnectionTarget } from '../../../protocol/studio/index.ts'
import { ErrorNote } from '../../components/ErrorNote.tsx'
import { useToast } from '../../components/toast.tsx'
import { useOverlays } from '../../hooks/overlays.ts'
import { toAppError, useStudio } from '../../studio/index.ts'
import { PlaceChoice } from './PlaceChoice.tsx'
import { TestSteps } from './TestSteps.tsx'

/** This PC, or a gateway's address and key; a test walks from the name to the GPU and says which step fails. */
export function ConnectDialog({ address }: { readonly address: string | null }) {
  const { t } = useTranslation()
  const showToast = useToast()
  const { queries } = useStudio()
  const cache = useQueryClient()
  const show = useOverlays((overlays) => overlays.show)
  const current = cache.getQueryData(queries.connection.get.queryKey())
  const [form, setForm] = useState(() => startForm(current, address))
  const close = (): void => show({ connect: null })
  const test = useMutation(queries.connection.test.mutationOptions())
  const use = useMutation({
    mutationFn: (target: ConnectionTarget) => queries.connection.use.call(target),
    onSuccess: (connection) => {
      cache.setQueryData(queries.connection.get.queryKey(), connection)
      showToast({ message: t('connect.saved') })
      close()
    },
  })
  const change = (patch: Partial<ConnectForm>): void => {
    setForm({ ...form, ...patch })
    test.reset()
    use.reset()
  }
  const target = toTarget(form)
  const submit = (event: SyntheticEvent): void => {
    event.preventDefault()
    if (target !== null) use.mutate(target)
  }
  return (
    <Modal
      opened
      onClose={close}
      size={440}
      title={t('connect.title')}
      closeButtonProps={{ 'aria-label': t('common.close') }}
    >
      <form className="connect" onSubmit={submit}>
        <PlaceChoice kind={form.kind} onChange={(kind) => change({ kind })} />
        {form.kind === 'remote' && <GatewayFields form={form} onChange={change} />}
        {test.data !== undefined && <TestSteps steps={test.data.steps} />}
        {(test.error ?? use.error) !== null && <ErrorNote error={toAppError(test.error ?? use.error)} />}
        <div className="connect-actions">
          <Button
            variant="default"
            loading={test.isPending}
            disabled={target === null}
            onClick={() => target !== null && test.mutate(target)}
          >
            {t('connect.test')}
          </Button>
          <Button type="submit" loading={use.isPending} disabled={target === null}>
            {t('connect.use')}
          </Button>
        </div>
      </form>
    </Modal>
  )
}

interface ConnectForm {
  readonly kind: ConnectionTarget['kind']
  readonly url: string
  readonly key: string
}

/** What is in use now; or what a link has named, which a person has yet to test and take. */
function startForm(current: Connection | undefined, address: string | null): ConnectForm {
  if (address !== null) return { kind: 'remote', url: address, key: '' }
  return { kind: current?.kind ?? 'embedded', url: current?.kind === 'remote' ? current.host : '', key: '' }
}

function toTarget({ kind, url, key }: ConnectForm): ConnectionTarget | null {
  if (kind === 'embedded') return { kind }
  const address = url.trim()
  return address === '' ? null : { kind, url: address, licenseKey: key.trim() === '' ? null : key.trim() }
}

interface GatewayFieldsProps {
  readonly form: ConnectForm
  readonly onChange: (patch: Partial<ConnectForm>) => void
}

function GatewayFields({ form, onChange }: GatewayFieldsProps) {
  const { t } = useTranslation()
  return (
    <>
      <TextInput
        label={t('connect.address')}
        placeholder={t('connect.addressPlaceholder')}
        maxLength={500}
        spellCheck={false}
        data-autofocus
        value={form.url}
        onChange={(event) => onChange({ url: event.currentTarget.value })}
      />
      <PasswordInput
        label={t('connect.key')}
        description={t('connect.keyHint')}
        maxLength={200}
        autoComplete="off"
        value={form.key}
        onChange={(event) => onChange({ key: event.currentTarget.value })}
      />
    </>
  )
}
