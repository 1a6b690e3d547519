import { skipToken, useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import type { ComposeRequest, Preflight } from '../../../protocol/studio/index.ts'
import { toComposeOptions, useComposeDraft } from '../../hooks/composeDraft.ts'
import { useStudio } from '../../studio/index.ts'

/** While the files are still being read, the answer is asked for again this often. */
const ASK_AGAIN_MS = 800

const isChecking = ({ upload, ok }: Preflight): boolean =>
  ok && (upload.avatar === 'unknown' || upload.voice === 'unknown')

/** The request the form stands for; null while a file is missing. */
export function useComposeRequest(): ComposeRequest | null {
  const { avatar, voice, options } = useComposeDraft()
  return useMemo(
    () =>
      avatar.kind === 'ready' && voice.kind === 'ready'
        ? { avatar: avatar.file.handle, voice: voice.file.handle, options: toComposeOptions(options) }
        : null,
    [avatar, voice, options],
  )
}

/** What would happen now. The name changes nothing, so it asks nothing. */
export function usePreflight(request: ComposeRequest | null) {
  const { queries } = useStudio()
  const { name, ...options } = request?.options ?? { ...toComposeOptions(useComposeDraft.getState().options) }
  return useQuery(
    queries.compose.preflight.queryOptions({
      input: request === null ? skipToken : { ...request, options },
      // Options change little; a new file is another question.
      placeholderData: (previous, query) => (sameFiles(query?.queryKey, request) ? previous : undefined),
      refetchInterval: ({ state }) => (state.data !== undefined && isChecking(state.data) ? ASK_AGAIN_MS : false),
      gcTime: 0,
    }),
  )
}

function sameFiles(key: readonly unknown[] | undefined, request: ComposeRequest | null): boolean {
  const text = JSON.stringify(key ?? [])
  return request !== null && text.includes(request.avatar) && text.includes(request.voice)
}
