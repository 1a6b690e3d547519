import { taskIdSchema } from '../../protocol/task/index.ts'
import type { Capability } from './port.ts'
import { hmacHex, isSameSecret } from './secrets.ts'

/** `v1.<task>.<epoch>.<tenant>.<mac>`: readable for an operator, of no use without the gateway's own key. */
export function signCapability(key: string, capability: Capability): string {
  const text = `v1.${capability.taskId}.${String(capability.epoch)}.${capability.tenant}`
  return `${text}.${hmacHex(key, text)}`
}

export function verifyCapability(key: string, signed: string): Capability | undefined {
  const match = /^(v1\.([^.]+)\.(\d{1,9})\.([A-Za-z0-9-]{1,64}))\.([0-9a-f]{64})$/.exec(signed)
  const [, text, taskId, epoch, tenant, mac] = match ?? []
  if (text === undefined || taskId === undefined || tenant === undefined || mac === undefined) return undefined
  if (!isSameSecret(hmacHex(key, text), mac) || !taskIdSchema.safeParse(taskId).success) return undefined
  return { taskId, epoch: Number(epoch), tenant }
}
