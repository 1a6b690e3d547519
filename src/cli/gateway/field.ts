import type { FieldWorkerOptions } from '../../gateway/index.ts'
import { text, UsageError } from '../command.ts'
import type { Command, OptionValues } from '../command.ts'
import type { Io } from '../io.ts'

/** Whether workers of the field are let in, and how their machines are reached. */
export const FIELD_OPTIONS: Command['options'] = {
  'field-workers': { type: 'boolean', help: 'also let in workers of the field (the HeyGem dialect)' },
  'field-settings': { type: 'string', value: 'FILE', help: 'JSON file with the HTTP address of each of them' },
}

export async function readField(options: OptionValues, io: Pick<Io, 'env'>): Promise<FieldWorkerOptions | undefined> {
  const file = text(options, 'field-settings')
  if (options['field-workers'] !== true) {
    if (file !== undefined) throw new UsageError('--field-settings needs --field-workers')
    return undefined
  }
  const { readFieldOptions } = await import('../../gateway/index.ts')
  return readFieldOptions(file, io.env)
}
