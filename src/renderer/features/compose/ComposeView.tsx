import './compose.css'
import { useHotkeys } from '@mantine/hooks'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { toAppError, useLinkState } from '../../studio/index.ts'
import { AvatarStage } from './AvatarStage.tsx'
import { offeredOptions } from './offeredOptions.ts'
import { OptionsPanel } from './OptionsPanel.tsx'
import { PreflightPanel } from './PreflightPanel.tsx'
import { submitBlock } from './preflightRows.ts'
import { SubmitBar } from './SubmitBar.tsx'
import { useFileIntake } from './useFileIntake.ts'
import { useComposeRequest, usePreflight } from './usePreflight.ts'
import { useSubmit } from './useSubmit.ts'
import { VoiceLane } from './VoiceLane.tsx'

/** Stage and voice lane on the left; options, check and the one button on the right. */
export function ComposeView() {
  const avatar = useComposeDraft((draft) => draft.avatar)
  const voice = useComposeDraft((draft) => draft.voice)
  const intake = useFileIntake()
  const request = useComposeRequest()
  const preflight = usePreflight(request)
  const linkOpen = useLinkState() === 'open'
  const submit = useSubmit()
  const files = {
    avatar: avatar.kind === 'ready' ? avatar.file : null,
    voice: voice.kind === 'ready' ? voice.file : null,
  }
  const block = submitBlock(files, preflight.data, linkOpen)
  const run = (): void => {
    if (block === null && request !== null && !submit.isPending) {
      submit.mutate({ ...request, options: offeredOptions(request.options, preflight.data?.engine ?? null) })
    }
  }
  // Also from inside the name field: that is where the hands are.
  useHotkeys([['mod+Enter', run]], [])
  return (
    <div className="compose">
      <div className="compose-work">
        <AvatarStage slot={avatar} intake={intake} />
        <VoiceLane slot={voice} intake={intake} />
      </div>
      <aside className="compose-side">
        <div className="compose-side-scroll">
          <OptionsPanel engine={preflight.data?.engine ?? null} files={files} />
          <PreflightPanel
            files={files}
            preflight={preflight.data}
            error={preflight.error === null ? null : toAppError(preflight.error)}
            onRetry={() => void preflight.refetch()}
            onReplace={(role) => void intake.pick(role)}
          />
        </div>
        <SubmitBar block={block} pending={submit.isPending} onSubmit={run} />
      </aside>
    </div>
  )
}
