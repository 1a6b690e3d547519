import { accessSync, constants } from 'node:fs'

/** Whether this process may run the file; on Windows, where no bit says so, whether it is there. */
export function isExecutable(path: string): boolean {
  try {
    accessSync(path, process.platform === 'win32' ? constants.F_OK : constants.X_OK)
    return true
  } catch {
    return false
  }
}
