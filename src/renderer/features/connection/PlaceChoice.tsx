import { IconDeviceLaptop, IconServer2 } from '@tabler/icons-react'
import { useTranslation } from 'react-i18next'
import type { ConnectionTarget } from '../../../protocol/studio/index.ts'

const PLACES = [
  { kind: 'embedded', icon: IconDeviceLaptop },
  { kind: 'remote', icon: IconServer2 },
] as const

interface PlaceChoiceProps {
  readonly kind: ConnectionTarget['kind']
  readonly onChange: (kind: ConnectionTarget['kind']) => void
}

export function PlaceChoice({ kind, onChange }: PlaceChoiceProps) {
  const { t } = useTranslation()
  return (
    <div className="places" role="radiogroup" aria-label={t('connect.title')}>
      {PLACES.map((place) => (
        <label key={place.kind} className="place" data-chosen={place.kind === kind}>
          <input
            type="radio"
            name="place"
            value={place.kind}
            checked={place.kind === kind}
            onChange={() => onChange(place.kind)}
          />
          <place.icon size={20} stroke={1.5} aria-hidden />
          <span className="place-text">
            <span className="place-title">{t(`connect.${place.kind}`)}</span>
            <span className="place-hint">{t(`connect.${place.kind}Hint`)}</span>
          </span>
        </label>
      ))}
    </div>
  )
}
