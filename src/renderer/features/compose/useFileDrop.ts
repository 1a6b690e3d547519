import { useEffect } from 'react'
import type { FileRole } from '../../../protocol/studio/index.ts'
import { useComposeDraft } from '../../hooks/composeDraft.ts'

/** Marks an element as the place for one kind of file. */
const DROP_ROLE = 'data-drop-role'

export interface Dropped {
  readonly file: File
  readonly isFolder: boolean
}

/** One listener for the whole window: a file can be dropped anywhere, on any page. */
export function useFileDrop(onDrop: (dropped: readonly Dropped[], role: FileRole | null) => void): void {
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
        onDrop(readDropped(event.dataTransfer), roleAt(event))
      },
      on,
    )
    return () => stop.abort()
  }, [onDrop])
}

/** Only during the event can be asked whether something is a folder; as a file it looks like an empty one. */
function readDropped(transfer: DataTransfer | null): Dropped[] {
  const folders = new Set(
    [...(transfer?.items ?? [])]
      .filter((item) => item.kind === 'file' && item.webkitGetAsEntry()?.isDirectory === true)
      .map((item) => item.getAsFile()?.name),
  )
  return [...(transfer?.files ?? [])].map((file) => ({ file, isFolder: folders.has(file.name) }))
}

const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false

function roleAt(event: DragEvent): FileRole | null {
  const place = event.target instanceof Element ? event.target.closest(`[${DROP_ROLE}]`) : null
  const role = place?.getAttribute(DROP_ROLE)
  return role === 'avatar' || role === 'voice' ? role : null
}
