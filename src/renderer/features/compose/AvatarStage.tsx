import { Button } from '@mantine/core'
import { IconUserSquareRounded } from '@tabler/icons-react'
import { lazy, Suspense } from 'react'
import { useTranslation } from 'react-i18next'
import type { Slot } from '../../hooks/composeDraft.ts'
import { SlotBar } from './SlotBar.tsx'
import { AddingSlot, EmptySlot, FailedSlot } from './SlotStates.tsx'
import { SlotFrame } from './SlotFrame.tsx'
import type { FileIntake } from './useFileIntake.ts'

// Nobody plays anything before a video is chosen.
const VideoPlayer = lazy(async () => ({
  default: (await import('../../components/media/VideoPlayer.tsx')).VideoPlayer,
}))

/** The place of the avatar: the picture as large as the window allows. */
export function AvatarStage({ slot, intake }: { readonly slot: Slot; readonly intake: FileIntake }) {
  const { t } = useTranslation()
  return (
    <SlotFrame role="avatar" className="avatar-stage" label={t('compose.avatar')} filled={slot.kind === 'ready'}>
      {slot.kind === 'empty' && (
        <EmptySlot
          icon={<IconUserSquareRounded size={36} stroke={1.25} />}
          title={t('compose.avatarEmpty')}
          hint={t('compose.avatarEmptyHint')}
        >
          <Button variant="default" onClick={() => void intake.pick('avatar')}>
            {t('compose.chooseVideo')}
          </Button>
          <Button variant="subtle" onClick={() => void intake.useSample('avatar')}>
            {t('compose.useSample')}
          </Button>
        </EmptySlot>
      )}
      {slot.kind === 'adding' && <AddingSlot slot={slot} onCancel={() => intake.clear('avatar')} />}
      {slot.kind === 'failed' && <FailedSlot slot={slot} role="avatar" intake={intake} />}
      {slot.kind === 'ready' && (
        <>
          <Suspense fallback={<div className="player" />}>
            <VideoPlayer
              key={slot.file.handle}
              src={slot.file.mediaUrl}
              label={slot.file.name}
              durationMs={slot.file.probe?.durationMs ?? 0}
              loop
              hoverPlay
            />
          </Suspense>
          <SlotBar role="avatar" file={slot.file} intake={intake} />
        </>
      )}
    </SlotFrame>
  )
}
