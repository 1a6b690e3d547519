import { setImmediate as nextTurn } from 'node:timers/promises'
import { auditCommand } from './commands/audit.ts'
import { composeCommand } from './commands/compose.ts'
import { gatewayCommand } from './commands/gateway.ts'
import { keysGroup } from './commands/keys.ts'
import { queueGroup } from './commands/queue.ts'
import { serveCommand } from './commands/serve.ts'
import { serversGroup } from './commands/servers.ts'
import { settingsGroup } from './commands/settings.ts'
import { tasksGroup } from './commands/tasks.ts'
import { workerCommand } from './commands/worker.ts'
import type { Io } from './io.ts'
import { main } from './main.ts'
import { VERSION } from './version.ts'

const io: Io = {
  env: process.env,
  isTty: process.stdout.isTTY,
  columns: process.stdout.columns,
  out: (text) => void process.stdout.write(text),
  err: (text) => void process.stderr.write(text),
}

// A reader that goes away (`dhs … | head`) ends the program quietly; a full disk under a log ends no server.
const output = { isLost: false }
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(1)
  output.isLost = true
})
// Nothing is left to say it with, and the program's work is not its messages.
process.stderr.on('error', () => undefined)

const servers = [gatewayCommand, workerCommand, serveCommand]
const operators = [tasksGroup, serversGroup, queueGroup, keysGroup, settingsGroup, auditCommand]
const args = process.argv.slice(2)
const code = await main(args, [composeCommand, ...servers, ...operators], VERSION, io)
// A failed write is told in the next tick.
await nextTurn()
const isServer = servers.some(({ name }) => name === args[0])
// Of all but a server, an answer that did not arrive is a failure.
process.exit(code === 0 && output.isLost && !isServer ? 1 : code)
