import { SegmentedControl, Switch, TextInput } from '@mantine/core'
import { useId } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileView, Preflight } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { Tip } from '../../components/Tip.tsx'

type Engine = Preflight['engine']

interface OptionsPanelProps {
  readonly engine: Engine
  readonly files: { readonly voice: FileView | null }
}

const baseName = (file: FileView): string => file.name.replace(/\.[^.]+$/, '')

export function OptionsPanel({ engine, files }: OptionsPanelProps) {
  const { t } = useTranslation()
  const options = useComposeDraft((draft) => draft.options)
  const setOptions = useComposeDraft((draft) => draft.setOptions)
  const loopLabel = useId()
  const loopReason = useReason(engine, 'loop', true)
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
        reason={useReason(engine, 'super_resolution', false)}
        checked={options.superResolution}
        onChange={(superResolution) => setOptions({ superResolution })}
      />
      <FeatureSwitch
        label={t('compose.options.aiBadge')}
        hint={t('compose.options.aiBadgeHint')}
        reason={useReason(engine, 'ai_badge', false)}
        checked={options.aiBadge}
        onChange={(aiBadge) => setOptions({ aiBadge })}
      />
    </section>
  )
}

/** Why a feature cannot be chosen; null: it can. */
function useReason(engine: Engine, feature: string, unknownIsFine: boolean): string | null {
  const { t } = useTranslation()
  if (engine === null) return unknownIsFine ? null : t('compose.options.unsupportedUnknown')
  return engine.features.includes(feature) ? null : t('compose.options.unsupported', { engine: engine.name })
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
          checked={checked && reason === null}
          onChange={(event) => onChange(event.currentTarget.checked)}
        />
      </div>
    </Tip>
  )
}
