import { useQueryClient } from '@tanstack/react-query'
import { useMemo } from 'react'
import { useTranslation } from 'react-i18next'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { useToast } from '../../components/toast.tsx'
import { slotOf, useComposeDraft } from '../../hooks/composeDraft.ts'
import type { Slot } from '../../hooks/composeDraft.ts'
import { toAppError, useStudio } from '../../studio/index.ts'
import type { Studio } from '../../studio/index.ts'
import { chooseFile } from './chooseFile.ts'
import { guessRole, probedRole, refusalOf } from './slotRole.ts'
import type { Dropped } from './useFileDrop.ts'

export interface FileIntake {
  /** Lets the person choose with the door's dialog, or the browser's. */
  pick(role: FileRole): Promise<void>
  /** Dropped files. Without a role, what a file is decides its place. */
  add(dropped: readonly Dropped[], role: FileRole | null): Promise<void>
  useSample(role: FileRole): Promise<void>
  clear(role: FileRole): void
}

/** The ways a file gets into the form. */
export function useFileIntake(): FileIntake {
  const studio = useStudio()
  const cache = useQueryClient()
  const showToast = useToast()
  const { t } = useTranslation()
  return useMemo(() => {
    const { client, queries } = studio
    const add = async (dropped: readonly Dropped[], role: FileRole | null): Promise<void> => {
      const judged = dropped.map(({ file, isFolder }) => ({ file, refusal: refusalOf(file, isFolder) }))
      const [refused] = judged.filter(({ refusal }) => refusal !== null)
      if (refused !== undefined && refused.refusal !== null) {
        const message = t(`compose.refused.${refused.refusal}`, { name: refused.file.name })
        showToast({ tone: 'danger', message, hint: t(`compose.refused.${refused.refusal}Hint`) })
      }
      const files = judged.filter(({ refusal }) => refusal === null).map(({ file }) => file)
      await Promise.all(onePerPlace(files, role).map((file) => takeIn(studio, file, role)))
    }
    return {
      add,
      pick: async (role) => {
        const { capabilities } = await cache.query({ ...queries.info.queryOptions(), staleTime: 'static' })
        if (!capabilities.pickFiles) {
          const file = await chooseFile(role)
          return file === null ? undefined : add([{ file, isFolder: false }], role)
        }
        try {
          const [view] = await client.files.pick({ role, multiple: false })
          if (view !== undefined) replace(studio, role, slotOf(view))
        } catch (thrown) {
          replace(studio, role, failed('', thrown))
        }
      },
      useSample: async (role) => {
        try {
          const samples = await cache.query({ ...queries.files.samples.queryOptions(), staleTime: 'static' })
          replace(studio, role, { kind: 'ready', file: samples[role], sample: true })
        } catch (thrown) {
          replace(studio, role, failed('', thrown))
        }
      },
      clear: (role) => replace(studio, role, { kind: 'empty' }),
    }
  }, [studio, cache, showToast, t])
}

/** The last file for each place: two videos at once cannot both be the avatar. */
function onePerPlace(files: readonly File[], role: FileRole | null): File[] {
  return [...new Map(files.map((file) => [role ?? guessRole(file), file])).values()]
}

async function takeIn(studio: Studio, file: File, wanted: FileRole | null): Promise<void> {
  const role = wanted ?? guessRole(file)
  const controller = new AbortController()
  const adding = (fraction: number | null): Slot => ({ kind: 'adding', name: file.name, fraction, controller })
  replace(studio, role, adding(studio.door.kind === 'web' ? 0 : null))
  const onProgress = (fraction: number): void => {
    if (!controller.signal.aborted) useComposeDraft.getState().setSlot(role, adding(fraction))
  }
  try {
    const handle = await studio.door.addFile(file, { signal: controller.signal, onProgress })
    const view = await studio.client.files.describe({ handle }, { signal: controller.signal })
    if (controller.signal.aborted) return
    const place = wanted ?? probedRole(view) ?? role
    if (place !== role) replace(studio, role, { kind: 'empty' })
    replace(studio, place, slotOf(view))
  } catch (thrown) {
    if (!controller.signal.aborted) replace(studio, role, failed(file.name, thrown))
  }
}

/** Puts a slot in its place and lets go of the file that was there. */
function replace({ client }: Studio, role: FileRole, slot: Slot): void {
  const draft = useComposeDraft.getState()
  const before = draft[role]
  draft.setSlot(role, slot)
  // The samples are shared by the whole page: their handles stay.
  if (before.kind !== 'ready' || before.sample) return
  const other = role === 'avatar' ? draft.voice : draft.avatar
  if (other.kind === 'ready' && other.file.handle === before.file.handle) return
  client.files.release({ handle: before.file.handle }).catch(() => undefined)
}

const failed = (name: string, thrown: unknown): Slot => ({ kind: 'failed', name, error: toAppError(thrown).toJSON() })
