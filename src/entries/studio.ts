import { join } from 'node:path'
import { AppError } from '../shared/index.ts'
import { createLogger, ensureDir } from '../shared/node/index.ts'
import { createStudio } from '../studio/index.ts'
import { runPart } from './runPart.ts'
import { platformOver, serveDoor, servePage } from './studioPorts.ts'
import { isUtilityPort } from './wellFormedPort.ts'

runPart('studio', async ({ dataDir, outputDir, resourcesDir, appVersion, locale, gateway }, channel) => {
  const [platformPort, doorPort] = channel.ports
  if (!isUtilityPort(platformPort) || !isUtilityPort(doorPort)) {
    throw new AppError('INTERNAL', { message: 'the studio needs its two ports' })
  }
  await ensureDir(dataDir, 0o700)
  const log = createLogger({ name: 'studio', destination: join(dataDir, 'studio.log') })
  const studio = await createStudio({
    dataDir,
    outputDir,
    resourcesDir,
    version: appVersion,
    locale,
    platform: platformOver(platformPort),
    log,
  })
  const refuse = (): void => {
    log.warn('a page sent what is no request')
  }
  serveDoor(doorPort, studio.door)
  channel.onMessage((message, ports) => {
    if (message.kind === 'gateway') studio.setEmbeddedGateway(message.gateway)
    const [port] = ports
    if (message.kind === 'port' && isUtilityPort(port)) servePage(port, studio.router, refuse)
  })
  studio.setEmbeddedGateway(gateway)
  await studio.start()
  return {
    async stop() {
      await studio.stop()
      platformPort.close()
      doorPort.close()
      log.close()
    },
  }
})
