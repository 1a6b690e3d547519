import type { TooltipProps } from '@mantine/core'
import { cloneElement, useState, useSyncExternalStore } from 'react'
import type { ReactElement, Ref } from 'react'
import { floatingTip } from './floatingTip.ts'

interface TipProps extends Pick<TooltipProps, 'position' | 'multiline' | 'maw'> {
  /** Null: nothing to say. */
  readonly label: string | null
  readonly children: ReactElement<{ ref?: Ref<HTMLElement> }>
}

/** A hint on hover and focus. The part that floats is fetched when the page has come to rest; the child never remounts. */
export function Tip({ label, children, ...rest }: TipProps) {
  const [target, setTarget] = useState<HTMLElement | null>(null)
  const Floating = useSyncExternalStore(floatingTip.subscribe, floatingTip.get)
  return (
    <>
      {cloneElement(children, { ref: setTarget })}
      {Floating !== null && target !== null && label !== null && <Floating target={target} label={label} {...rest} />}
    </>
  )
}
