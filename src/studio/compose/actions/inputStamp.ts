import { basename } from 'node:path'
import { AppError } from '../../../shared/index.ts'
import { isSameFile, statRegularFile } from '../../../shared/node/index.ts'
import type { StoredInput } from '../../history/index.ts'

/** The file must be the one the person chose, byte for byte: another one under its name is another task. */
export async function assertUnchanged(input: StoredInput): Promise<void> {
  if (!isSameFile(input.stamp, await statRegularFile(input.path))) {
    const data = { file: basename(input.path) }
    throw new AppError('INPUT_CHANGED', { message: 'the file changed after it was chosen', data, retryable: true })
  }
}
