import type { Command, CommandGroup } from '../../src/cli/command.ts'
import { auditCommand } from '../../src/cli/commands/audit.ts'
import { keysGroup } from '../../src/cli/commands/keys.ts'
import { queueGroup } from '../../src/cli/commands/queue.ts'
import { serversGroup } from '../../src/cli/commands/servers.ts'
import { settingsGroup } from '../../src/cli/commands/settings.ts'
import { tasksGroup } from '../../src/cli/commands/tasks.ts'
import { main } from '../../src/cli/main.ts'

const GROUPS: readonly CommandGroup[] = [tasksGroup, serversGroup, queueGroup, keysGroup, settingsGroup]
const COMMANDS: readonly (Command | CommandGroup)[] = [...GROUPS, auditCommand]

export interface OperateEnd {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  /** The last line of `--json`. */
  readonly last: Readonly<Record<string, unknown>> | undefined
}

/** The operators' commands on a command line, in this process: what `dhs` itself does after it has started. */
export async function operate(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<OperateEnd> {
  let stdout = ''
  let stderr = ''
  const code = await main(argv, COMMANDS, '1.2.3', {
    ...{ env: { LC_ALL: 'en_US.UTF-8', ...env }, isTty: false, columns: 80 },
    out: (text) => void (stdout += text),
    err: (text) => void (stderr += text),
  })
  const json = stdout.split('\n').findLast((line) => line.startsWith('{'))
  return { code, stdout, stderr, last: json === undefined ? undefined : (JSON.parse(json) as Record<string, unknown>) }
}
