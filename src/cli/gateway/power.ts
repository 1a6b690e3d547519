import type { PowerHookOptions } from '../../gateway/index.ts'
import { text } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import type { Io } from '../io.ts'

/** How GPU servers are turned on and off: whoever starts the gateway says it, nobody else. */
export const POWER_OPTIONS: Command['options'] = {
  'power-command': {
    type: 'string',
    value: 'PROGRAM',
    help: 'run to turn GPU servers on and off (or argv in a .json file)',
  },
  'power-url': { type: 'string', value: 'URL', help: 'https address called for the same, signed' },
  'power-secret-file': { type: 'string', value: 'FILE', help: 'file with the secret that signs those calls' },
}

export async function readPower(options: OptionValues, io: Pick<Io, 'env'>): Promise<PowerHookOptions | undefined> {
  const command = text(options, 'power-command')
  const url = text(options, 'power-url')
  const secretFile = text(options, 'power-secret-file')
  const { readPowerOptions } = await import('../../gateway/index.ts')
  return readPowerOptions({ command, url, secretFile }, io.env)
}
