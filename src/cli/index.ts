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

// A reader that goes away (`dhs … | head`) ends the program quietly.
process.stdout.on('error', () => process.exit(1))

const operators = [tasksGroup, serversGroup, queueGroup, keysGroup, settingsGroup, auditCommand]
const commands = [composeCommand, gatewayCommand, workerCommand, serveCommand, ...operators]
const code = await main(process.argv.slice(2), commands, VERSION, io)
process.exit(code)
