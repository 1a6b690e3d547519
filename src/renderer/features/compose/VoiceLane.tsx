import { Button, Skeleton } from '@mantine/core'
import { IconWaveSine } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { Slot } from '../../hooks/composeDraft.ts'
import { SlotBar } from './SlotBar.tsx'
import { SlotFrame } from './SlotFrame.tsx'
import { AddingSlot, EmptySlot, FailedSlot } from './SlotStates.tsx'
import type { FileIntake } from './useFileIntake.ts'

// The waveform library is only for those who have chosen a voice.
const VoiceTrack = lazy(async () => ({ default: (await import('./VoiceTrack.tsx')).VoiceTrack }))

/** The place of the voice: a track under the stage. */
export function VoiceLane({ slot, intake }: { readonly slot: Slot; readonly intake: FileIntake }) {
  const { t } = useTranslation()
  return (
    <SlotFrame role="voice" className="voice-lane" label={t('compose.voice')} filled={slot.kind === 'ready'}>
      {slot.kind === 'empty' && (
        <EmptySlot
          icon={<IconWaveSine size={28} stroke={1.25} />}
          title={t('compose.voiceEmpty')}
          hint={t('compose.voiceEmptyHint')}
        >
          <Button variant="default" onClick={() => void intake.pick('voice')}>
            {t('compose.chooseVoice')}
          </Button>
          <Button variant="subtle" onClick={() => void intake.useSample('voice')}>
            {t('compose.useSample')}
          </Button>
        </EmptySlot>
      )}
      {slot.kind === 'adding' && <AddingSlot slot={slot} onCancel={() => intake.clear('voice')} />}
      {slot.kind === 'failed' && <FailedSlot slot={slot} role="voice" intake={intake} />}
      {slot.kind === 'ready' && (
        <>
          <Suspense fallback={<Skeleton className="voice-track" />}>
            <VoiceTrack key={slot.file.handle} file={slot.file} />
          </Suspense>
          <SlotBar role="voice" file={slot.file} intake={intake} />
        </>
      )}
    </SlotFrame>
  )
}
