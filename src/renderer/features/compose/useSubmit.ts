import { useMutation, useQueryClient } from '@tanstack/react-query'
import type { ComposeRequest } from '../../../protocol/studio/index.ts'
import { useToast } from '../../components/toast.tsx'
import { useComposeDraft } from '../../hooks/composeDraft.ts'
import { useErrorTeller } from '../../hooks/useErrorText.ts'
import { useQueuedToast } from '../../hooks/useQueuedToast.ts'
import { applyRecord, toAppError, useStudio } from '../../studio/index.ts'

/** Hands the task over. The form stays and keeps the avatar: the next voice for the same person is the usual next step. */
export function useSubmit() {
  const { queries, client } = useStudio()
  const cache = useQueryClient()
  const tell = useErrorTeller()
  const showToast = useToast()
  const tellQueued = useQueuedToast()
  return useMutation({
    mutationFn: (request: ComposeRequest) => client.compose.create(request),
    onSuccess: (record) => {
      applyRecord(record, queries, cache)
      const draft = useComposeDraft.getState()
      draft.setSlot('voice', { kind: 'empty' })
      draft.setOptions({ name: '' })
      tellQueued(record)
    },
    onError: async (thrown) => {
      const { message, hint } = await tell(toAppError(thrown))
      showToast({ tone: 'danger', message, hint })
    },
  })
}
