import { app } from 'electron'
import { join } from 'node:path'
import { defaultDataDir, defaultOutputDir } from '../shared/node/index.ts'
import { placesOf, runApp } from './app/index.ts'
import type { SecondInstance } from './app/index.ts'
import { linkOf } from './links/index.ts'
import { registerAppScheme } from './protocol/index.ts'

const places = placesOf({
  argv: process.argv.slice(1),
  mainDir: import.meta.dirname,
  electronResourcesDir: process.resourcesPath,
  isPackaged: app.isPackaged,
  defaultDataDir: defaultDataDir(),
  defaultOutputDir: defaultOutputDir(),
})
const greeting: SecondInstance = { link: linkOf(process.argv) }

registerAppScheme()
app.enableSandbox()
// The lock is one per profile: with another --data a second app may run.
app.setPath('userData', join(places.dataDir, 'shell', 'profile'))

// A second instance has nothing to stop, and hands its link over by asking for the lock.
if (app.requestSingleInstanceLock(greeting)) runApp(places, greeting.link)
else app.exit(0)
