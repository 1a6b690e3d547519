import { Tooltip } from '@mantine/core'
import type { TooltipProps } from '@mantine/core'

type FloatingTipProps = Pick<TooltipProps, 'position' | 'multiline' | 'maw'> & {
  readonly target: HTMLElement
  readonly label: string
}

export function FloatingTip(props: FloatingTipProps) {
  return <Tooltip {...props} />
}
