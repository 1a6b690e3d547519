import { defineErrors } from './entry.ts'

/** Turning GPU servers on and off by the operator's own hook. */
export const powerErrors = defineErrors({
  NO_POWER_HOOK: {
    status: 409,
    retryable: false,
    en: [
      'This gateway cannot turn GPU servers on or off.',
      'Start it with --power-command or --power-url, or switch the machine yourself.',
    ],
    zh: ['此网关无法开关 GPU 服务器。', '请使用 --power-command 或 --power-url 启动网关，或手动开关机器。'],
  },
  SERVER_BUSY: {
    status: 409,
    retryable: true,
    en: ['{server} still runs tasks.', 'Drain it first and wait until its tasks have ended.'],
    zh: ['{server} 仍有任务在运行。', '请先将其设为排空，待任务结束后再操作。'],
  },
  POWER_HOOK_INVALID: {
    status: 400,
    retryable: false,
    en: ['The power hook cannot be used: {detail}.', 'See “Turning GPU machines on and off” in docs/operations.md.'],
    zh: ['电源钩子无法使用：{detail}。', '请参阅 docs/operations.md 的“Turning GPU machines on and off”一节。'],
  },
})
