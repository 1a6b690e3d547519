import { useEffect } from 'react'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'

/** Marks an element as the place for one kind of file. */
const DROP_ROLE = 'data-drop-role'

/** One listener for the whole window: a file can be dropped anywhere, on any page. */
export function useFileDrop(onDrop: (files: readonly File[], role: FileRole | null) => void): void {
  useEffect(() => {
    const stop = new AbortController()
    const on = { signal: stop.signal }
    const { setDragging } = useComposeDraft.getState()
    window.addEventListener(
      'dragover',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        const hovered = roleAt(event) ?? 'any'
        if (useComposeDraft.getState().dragging !== hovered) setDragging(hovered)
      },
      on,
    )
    window.addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) setDragging(null)
      },
      on,
    )
    window.addEventListener(
      'drop',
      (event) => {
        if (!hasFiles(event)) return
        event.preventDefault()
        setDragging(null)
        onDrop([...(event.dataTransfer?.files ?? [])], roleAt(event))
      },
      on,
    )
    return () => stop.abort()
  }, [onDrop])
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

function roleAt(event: DragEvent): FileRole | null {
  const place = event.target instanceof Element ? event.target.closest(`[${DROP_ROLE}]`) : null
  const role = place?.getAttribute(DROP_ROLE)
  return role === 'avatar' || role === 'voice' ? role : null
}
