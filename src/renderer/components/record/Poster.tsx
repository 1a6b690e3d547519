import { IconAlertTriangle, IconBan, IconFileUnknown, IconHourglass, IconMovie } from '@tabler/icons-react'
import { useState } from 'react'
import type { TaskRecord } from '../../../protocol/studio/index.ts'

/** The picture of a result in 16:9; a quiet sign of the reason where there is none. */
export function Poster({ record }: { readonly record: Pick<TaskRecord, 'output' | 'phase'> }) {
  const [broken, setBroken] = useState<string | null>(null)
  const url = record.output?.posterUrl ?? null
  const Sign = signOf(record)
  return (
    <span className="poster">
      {url !== null && url !== broken && record.output?.missing === false ? (
        <img src={url} alt="" loading="lazy" decoding="async" onError={() => setBroken(url)} />
      ) : (
        <Sign size={20} stroke={1.25} aria-hidden />
      )}
    </span>
  )
}

function signOf({ output, phase }: Pick<TaskRecord, 'output' | 'phase'>) {
  if (output?.missing === true) return IconFileUnknown
  if (phase === 'failed') return IconAlertTriangle
  if (phase === 'cancelled') return IconBan
  return phase === 'done' ? IconMovie : IconHourglass
}
