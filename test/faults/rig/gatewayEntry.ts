// A real gateway as a child of the fault campaign.
import { createGateway, loadCredentials } from '../../../src/gateway/index.ts'
import { createLogger } from '../../../src/shared/node/index.ts'
import { gatewayStartSchema } from './messages.ts'
import { createScaledClock } from './scaledClock.ts'
import { serveParent } from './serveParent.ts'

serveParent(async (given, { plan }) => {
  const { dataDir, port, logFile, overrides, ...options } = gatewayStartSchema.parse(given)
  const { tenant } = options.credentials
  const credentials = options.readsCredentials
    ? { ...(await loadCredentials(dataDir, {})), tenant }
    : options.credentials
  const clock = createScaledClock(options.clock)
  plan.arm(options.faults)
  const log = createLogger({ name: 'gateway', level: 'info', destination: logFile })
  const gateway = createGateway({
    ...{ dataDir, host: '127.0.0.1', port, credentials, log, clock, version: '0.0.0-faults' },
    ...overrides,
  })
  const address = await gateway.start()
  return {
    started: { type: 'started', ...address },
    stop: async () => {
      await gateway.stop()
      log.close()
    },
    skew: (skewMs) => {
      clock.skew(skewMs)
    },
  }
})
