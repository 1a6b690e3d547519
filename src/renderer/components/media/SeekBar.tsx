import { useTranslation } from 'react-i18next'
import { useFormat } from '../../hooks/useLanguage.ts'

interface SeekBarProps {
  readonly positionMs: number
  readonly durationMs: number
  readonly onSeek: (positionMs: number) => void
}

export function SeekBar({ positionMs, durationMs, onSeek }: SeekBarProps) {
  const { t } = useTranslation()
  const format = useFormat()
  const share = durationMs === 0 ? 0 : Math.min(1, positionMs / durationMs)
  return (
    <input
      type="range"
      className="seek"
      aria-label={t('player.position')}
      aria-valuetext={format.clock(positionMs)}
      min={0}
      max={Math.max(1, Math.round(durationMs))}
      step={100}
      value={Math.round(positionMs)}
      style={{ '--seek': `${share * 100}%` }}
      onChange={(event) => onSeek(Number(event.currentTarget.value))}
    />
  )
}
