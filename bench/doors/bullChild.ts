// node bullChild.ts REDIS_PORT: the peer's door: one Fastify route that adds the body as a BullMQ job.
import { Queue } from 'bullmq'
import Fastify from 'fastify'
import { BULL_QUEUE } from '../queue/bullNames.ts'

const queue = new Queue(BULL_QUEUE, { connection: { port: Number(process.argv[2]) } })
const app = Fastify()
app.post('/submit', async (request) => {
  const job = await queue.add('task', request.body)
  return { code: 0, msg: 'ok', data: { task_id: job.id } }
})
await queue.waitUntilReady()
await app.listen({ host: '127.0.0.1', port: 0 })
const address = app.server.address()
process.once('SIGTERM', () => void Promise.all([app.close(), queue.close()]).then(() => process.exit(0)))
process.stdout.write(`${JSON.stringify({ port: typeof address === 'object' ? address?.port : undefined })}\n`)
