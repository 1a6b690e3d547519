import { SegmentedControl, Switch, TextInput } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileView, Preflight } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { Tip } from '../../components/Tip.tsx'
import { isOffered, offeredOptions } from './offeredOptions.ts'
import type { Feature } from './offeredOptions.ts'

type Engine = Preflight['engine']

interface OptionsPanelProps {
  readonly engine: Engine
  readonly files: { readonly voice: FileView | null }
}

const baseName = (file: FileView): string => file.name.replace(/\.[^.]+$/, '')

export function OptionsPanel({ engine, files }: OptionsPanelProps) {
  const { t } = useTranslation()
  const chosen = useComposeDraft((draft) => draft.options)
  const options = offeredOptions(chosen, engine)
  const setOptions = useComposeDraft((draft) => draft.setOptions)
  const loopLabel = useId()
  const loopReason = useReason(engine, 'loop')
  // What the studio calls it when the field stays empty.
  const placeholder = files.voice === null ? t('compose.options.namePlaceholder') : baseName(files.voice)
  return (
    <section className="panel" aria-label={t('compose.options.title')}>
      <TextInput
        label={t('compose.options.name')}
        placeholder={placeholder}
        maxLength={200}
        value={options.name}
        onChange={(event) => setOptions({ name: event.currentTarget.value })}
      />
      <div className="field">
        <span className="field-label" id={loopLabel}>
          {t('compose.options.loop')}
        </span>
        <Tip label={loopReason}>
          <SegmentedControl
            fullWidth
            aria-labelledby={loopLabel}
            disabled={loopReason !== null}
            value={options.loop}
            onChange={(value) => setOptions({ loop: value === 'pingpong' ? 'pingpong' : 'restart' })}
            data={[
              { value: 'restart', label: t('compose.options.restart') },
              { value: 'pingpong', label: t('compose.options.pingpong') },
            ]}
          />
        </Tip>
      </div>
      <FeatureSwitch
        label={t('compose.options.superResolution')}
        hint={t('compose.options.superResolutionHint')}
        reason={useReason(engine, 'super_resolution')}
        checked={options.superResolution}
        onChange={(superResolution) => setOptions({ superResolution })}
      />
      <FeatureSwitch
        label={t('compose.options.aiBadge')}
        hint={t('compose.options.aiBadgeHint')}
        reason={useReason(engine, 'ai_badge')}
        checked={options.aiBadge}
        onChange={(aiBadge) => setOptions({ aiBadge })}
      />
    </section>
  )
}

/** Why a feature cannot be chosen; null: it can. */
function useReason(engine: Engine, feature: Feature): string | null {
  const { t } = useTranslation()
  if (isOffered(engine, feature)) return null
  return engine === null
    ? t('compose.options.unsupportedUnknown')
    : t('compose.options.unsupported', { engine: engine.name })
}

interface FeatureSwitchProps {
  readonly label: string
  readonly hint: string
  readonly reason: string | null
  readonly checked: boolean
  readonly onChange: (checked: boolean) => void
}

function FeatureSwitch({ label, hint, reason, checked, onChange }: FeatureSwitchProps) {
  const id = useId()
  return (
    <Tip label={reason} multiline maw={260} position="left">
      <div className="feature" data-disabled={reason !== null} tabIndex={reason === null ? -1 : 0}>
        <label className="feature-text" htmlFor={id}>
          <span className="feature-label">{label}</span>
          <span className="feature-hint">{hint}</span>
        </label>
        <Switch
          id={id}
          disabled={reason !== null}
          checked={checked}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      </div>
    </Tip>
  )
}
